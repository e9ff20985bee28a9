#!/usr/bin/env python
"""preproc.json: what each public preprocessing does to photo-shaped images (recipe.image(height, width, seed)).

u8 pixels after resize + crop are recorded at 96 positions of the H,W,C crop (stream 'pos:preproc/<id>'), with mean/std.
PIL's filters are antialiased (support grows with the downscale factor); a plain 2x2 bilinear differs visibly at the stripes.
"""
import json

import numpy as np
import timm
import torchvision.models as tv
from PIL import Image
from timm.data import create_transform, resolve_data_config

import recipe

out = {}


def crop_of(img, resize, crop, interp):
    w, h = img.size
    s = resize / min(w, h)
    if w <= h:
        nw, nh = resize, int(resize * h / w)
    else:
        nw, nh = int(resize * w / h), resize
    r = img.resize((nw, nh), interp)
    top, left = int(round((nh - crop) / 2.0)), int(round((nw - crop) / 2.0))
    return (nw, nh, left, top), np.asarray(r.crop((left, top, left + crop, top + crop)))


def add(pid, img, resize, crop, interp, name, tensor, mean, std):
    geo, a = crop_of(img, resize, crop, interp)
    t = tensor.numpy().transpose(1, 2, 0).astype(np.float64)
    back = t * np.array(std) + np.array(mean)
    assert np.abs(back * 255 - a).max() < 1e-2, (pid, np.abs(back * 255 - a).max())
    plain = np.asarray(img.resize(geo[:2], Image.NEAREST).crop((geo[2], geo[3], geo[2] + crop, geo[3] + crop))).astype(int)
    pos = recipe.positions("preproc/" + pid, a.size, 96)
    out[pid] = dict(transform=name, photo_w_h=img.size, resized_w_h=geo[:2], crop_left_top=geo[2:], crop=crop, mean=mean, std=std,
                    u8_mean=[round(float(v), 4) for v in a.reshape(-1, 3).mean(0)], u8_std=[round(float(v), 4) for v in a.reshape(-1, 3).std(0)],
                    u8_fnv1a64=f"{recipe.fnv1a64(a.tobytes()):016x}", u8_values=[int(v) for v in a.flatten()[pos]],
                    mean_abs_diff_if_nearest=round(float(np.abs(plain - a).mean()), 3))


for seed in (1, 2):
    img = Image.fromarray(recipe.image(427, 640, seed))
    for mid, W in (("googlenet", tv.GoogLeNet_Weights), ("inception_v3", tv.Inception_V3_Weights), ("resnet50", tv.ResNet50_Weights)):
        for w in W:
            t = w.transforms()
            add(f"{mid}.{w.name}.seed{seed}", img, t.resize_size[0], t.crop_size[0], Image.BILINEAR,
                "torchvision: resize shorter side (bilinear, antialias), centre crop", t(img), list(t.mean), list(t.std))
    for mid in ("inception_v4.tf_in1k", "inception_resnet_v2.tf_in1k", "legacy_xception.tf_in1k", "inception_v3.tv_in1k"):
        m = timm.create_model(mid.split(".")[0])
        cfg = timm.get_pretrained_cfg(mid).to_dict()
        c = resolve_data_config({}, pretrained_cfg=cfg)
        t = create_transform(**c)
        size = c["input_size"][1]
        add(f"{mid}.seed{seed}", img, int(size / c["crop_pct"]), size, Image.BICUBIC,
            "timm: resize shorter side (bicubic, antialias), centre crop", t(img), list(c["mean"]), list(c["std"]))
# A photo that has the input's size already is resized all the same.
img, t = Image.fromarray(recipe.image(224, 224, 1)), tv.ResNet50_Weights.IMAGENET1K_V1.transforms()
add("resnet50.IMAGENET1K_V1.square.seed1", img, 256, 224, Image.BILINEAR,
    "torchvision: resize shorter side (bilinear, antialias), centre crop", t(img), list(t.mean), list(t.std))
json.dump(dict(image="recipe.image(height, width, seed) as RGB", positions="recipe.positions('preproc/'+id, crop*crop*3, 96) into H,W,C",
               items=out), open("../goldens/preproc.json", "w"), indent=None, separators=(",", ":"))
for k, v in out.items():
    print(k, v["resized_w_h"], v["crop_left_top"], v["u8_mean"], v["mean_abs_diff_if_nearest"])
