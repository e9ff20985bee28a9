#!/usr/bin/env python
"""explanations.json: why and what if, by the reference models in float64 (recipe weights, seed 1).

For each network: the class activation map of the first class, and of the first rather than the second, with the branches'
shares; logits after each kind of intervention, done with PyTorch's own hooks; for GoogLeNet the mean of several crops. For networks with
branches also the gradient of the first class's logit times activation, by autograd: summed up at every recorded map, and by channel at module outputs.
"""
import json
import pathlib

import numpy as np
import torch
from PIL import Image

import make_gradients
import models
import recipe
from make_goldens import fill, g, input_tensor

OUT = pathlib.Path(__file__).parent / "../goldens/explanations.json"

# The pool, the classifier, and the modules whose outputs are the branches of the last map.
HEADS = {
    "googlenet": ("avgpool", "fc", [[f"inception5b.branch{b}"] for b in ("1", "2.1", "3.1", "4.1")]),
    "inception_v3": ("avgpool", "fc", [[f"Mixed_7c.branch{leaf}" for leaf in leaves] for leaves in (
        ["1x1"], ["3x3_2a", "3x3_2b"], ["3x3dbl_3a", "3x3dbl_3b"], ["_pool"])]),
    "inception_resnet_v2": ("global_pool", "classif", [["conv2d_7b"]]),
    "xception": ("global_pool", "fc", [["act4"]]),
}
# Kind, node, channels (none: all), factor.
INTERVENTIONS = {
    "googlenet": [("mute", "inception4c.branch2.1", [], 0), ("mute", "inception3b.branch1", [0, 5, 17], 0),
                  ("scale", "inception4a.branch4.1", [], 0.5), ("replace", "inception5a.branch1", [], 0)],
    "inception_v3": [("mute", "Mixed_6c.branch7x7_3", [], 0), ("mute", "Mixed_5c.branch3x3dbl_3", [0, 5, 17], 0),
                     ("scale", "Mixed_7a.branch3x3_2", [], 0.5), ("replace", "Mixed_7b.branch1x1", [], 0)],
    "inception_resnet_v2": [("mute", "repeat.3.branch1.1", [], 0), ("mute", "mixed_6a.branch0", [0, 5, 17], 0),
                            ("scale", "mixed_7a.branch1.1", [], 0.5), ("residual", "repeat_1.4", [], 0.3),
                            ("replace", "repeat_2.2.branch0", [], 0)],
    "xception": [("mute", "block12.skipbn", [], 0), ("mute", "act3", [0, 5, 17], 0), ("scale", "bn3", [], 0.5),
                 ("residual", "block5", [], 0.3), ("replace", "block8.rep.8", [], 0)],
}


def replacement(node, shape):
    """What a replaced node's value is: uniform, -1 to 1."""
    return torch.from_numpy(recipe.uniform(f"replace:{node}", 1, int(np.prod(shape)))).reshape(shape)


def sampled(name, values):
    values = values.flatten().double().numpy()
    return dict(std=g(values.std()), values=[g(v) for v in values[recipe.positions(name, values.size)]])


class Kept:
    """A run that keeps what modules yield, and what the pool reads."""

    def __init__(self, net, x, names, pool):
        self.values = {}
        handles = [net.get_submodule(name).register_forward_hook(self.keep(name)) for name in names]
        handles.append(net.get_submodule(pool).register_forward_pre_hook(
            lambda _, args: self.values.__setitem__("map", args[0].clone())))
        self.logits = net(x)[0]
        for handle in handles:
            handle.remove()

    def keep(self, name):
        return lambda _, __, value: self.values.__setitem__(name, value.clone())


def class_map(model, net, x):
    pool, linear, branches = HEADS[model]
    kept = Kept(net, x, sum(branches, []), pool)
    row, bias = net.get_submodule(linear).weight, net.get_submodule(linear).bias
    first, second = (int(c) for c in torch.topk(kept.logits, 2).indices)
    told = dict(classes=[first, second], shape=list(kept.values["map"].shape[2:]))
    for name, w, b in (("class", row[first], bias[first]), ("pair", row[first] - row[second], bias[first] - bias[second])):
        of_map = torch.einsum("c,chw->hw", w, kept.values["map"][0])
        shares, start = [], 0
        for leaves in branches:
            value = torch.cat([kept.values[leaf][0] for leaf in leaves])
            assert torch.equal(value.relu(), kept.values["map"][0, start:start + len(value)])
            shares.append(g(value.relu().mean((1, 2)) @ w[start:start + len(value)]))
            start += len(value)
        assert start == len(w) and abs(sum(shares) + b - (of_map.mean() + b)) < 1e-6
        told[name] = dict(bias=g(b), shares=shares, map=[g(v) for v in of_map.flatten()])
    told["logits"] = [g(kept.logits[first]), g(kept.logits[second])]
    return told


def intervened(net, x, kind, node, channels, factor):
    def hook(_, __, value):
        if kind == "replace":
            return replacement(node, value.shape[1:])[None].to(value)
        changed = value.clone()
        changed[:, channels or slice(None)] *= factor
        return changed

    module = net.get_submodule(node)
    if kind == "residual" and hasattr(module, "scale"):
        own, module.scale = module.scale, factor
        logits = net(x)[0]
        module.scale = own
        return logits
    target = module.rep if kind == "residual" else module
    handle = target.register_forward_hook(hook)
    logits = net(x)[0]
    handle.remove()
    return logits


def crops_of(image, count, size):
    """The squares of 10, 12 and 144 crops, as docs/explanations.md describes them."""
    def shorter(side):
        w, h = image.size
        return image.resize((side, side * h // w) if w <= h else (side * w // h, side), Image.BILINEAR)

    def square(photo, left, top, side=size):
        return photo.crop((left, top, left + side, top + side))

    def five(photo, left, top, w, h):
        right, bottom = w - size, h - size
        return [square(photo, left + x, top + y) for x, y in (
            (0, 0), (right, 0), (0, bottom), (right, bottom), (round(right / 2), round(bottom / 2)))]

    def six(side, place):
        def at(photo, side):
            return [{"first": 0, "centre": round((n - side) / 2), "last": n - side}[place] for n in photo.size]
        photo, whole = shorter(side), shorter(size)
        return five(photo, *at(photo, side), side, side) + [square(whole, *at(whole, size))]

    if count == 10:
        photo = shorter(256)
        plain = five(photo, 0, 0, *photo.size)
    elif count == 12:
        plain = six(256, "centre")
    else:
        plain = [c for side in (256, 288, 320, 352) for place in ("first", "centre", "last") for c in six(side, place)]
    return plain + [c.transpose(Image.FLIP_LEFT_RIGHT) for c in plain]


def multi_crop(net, info):
    image = Image.fromarray(recipe.image(427, 640, 1))
    mean, std = (np.array(a) for a in info["norm"])
    told = {}
    for count in (10, 12, 144):
        crops = crops_of(image, count, info["size"])
        assert len(crops) == count
        total = 0
        for crop in crops:
            x = ((np.asarray(crop) / 255 - mean) / std).transpose(2, 0, 1)
            total = total + torch.softmax(net(torch.from_numpy(np.ascontiguousarray(x))[None])[0], 0)
        told[count] = [g(v) for v in total / count]
    return told


def gradient_times_activation(model, target):
    """By map: its sum, the sum of its channels' sizes, and some channels' sums."""
    recorder = make_gradients.run(model, 1, torch.float64, target)[0]
    told = {}
    for point in recorder.points:
        gradient = point["live"].grad
        if gradient is None or gradient.dim() != 4:
            continue
        channels = (gradient[0] * point["tensor"].double()).sum((1, 2)).numpy()
        path = point["path"].replace(":F.", ".")
        told[path] = [g(channels.sum()), g(abs(channels).sum()),
                      [g(v) for v in channels[recipe.positions(path, channels.size, 4)]]]
    return told


def main():
    told = {}
    for model, head in HEADS.items():
        net, info = models.build(model)
        fill(net, info["base"], 1)
        net = net.double()
        x = input_tensor(info, 1)[1].double()
        with torch.no_grad():
            told[model] = dict(map=class_map(model, net, x), interventions=[
                dict(kind=kind, node=node, channels=channels, factor=factor,
                     logits=sampled(f"{kind}:{node}", intervened(net, x, kind, node, channels, factor)))
                for kind, node, channels, factor in INTERVENTIONS[model]])
            if model == "googlenet":
                told[model]["crops"] = multi_crop(net, info)
        if model != "xception":
            told[model]["products"] = gradient_times_activation(model, told[model]["map"]["classes"][0])
        print(model, told[model]["map"]["classes"], told[model]["map"]["class"]["shares"], info["norm"])
    lines = ",\n".join(f" {json.dumps(m)}: {json.dumps(of, separators=(',', ':'))}" for m, of in told.items())
    OUT.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
