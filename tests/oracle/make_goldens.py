#!/usr/bin/env python
"""make_goldens.py --model M --seed S --out FILE [--no-f32]

Builds the public reference model, fills its state_dict by recipe.py, runs it in float64 and writes the goldens.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch

import models
import own
import recipe


NODES = pathlib.Path(__file__).parent / "../goldens/nodes.json"


def fill(net, model, seed):
    sd = net.state_dict()
    keys = set(sd)
    new = {k: torch.from_numpy(recipe.tensor(model, k, tuple(v.shape), keys, seed)) for k, v in sd.items()}
    net.load_state_dict(new, strict=True)
    return new


def input_tensor(info, seed):
    img = recipe.image(info["size"], info["size"], seed)
    mean, std = (np.array(a, dtype=np.float64) for a in info["norm"])
    seen = img[:, :, ::-1] if info.get("order") == "bgr" else img
    x = ((seen.astype(np.float64) / 255.0 - mean) / std).astype(np.float32)  # computed in f64, rounded once to f32
    return img, torch.from_numpy(np.ascontiguousarray(x.transpose(2, 0, 1)))[None]


def g(v, n=9):
    return float(f"{float(v):.{n}g}")


def run(model, seed, dtype):
    if model in own.MODELS:
        info = own.INFO[model]
        img, x = input_tensor(info, seed)
        return own.run(model, seed, dtype, x), info, img
    net, info = models.build(model)
    fill(net, info["base"], seed)
    net = net.to(dtype)
    img, x = input_tensor(info, seed)
    rec = models.Recorder(info["base"], net)
    rec.run(x.to(dtype))
    return rec, info, img


def summarise(rec, rec32=None, full=("head/linear/logits", "head/pool/global_avg", "head/last_bn/bn", "head/embedding/l2_normalised")):
    pts = []
    for p in rec.points:
        t = p["tensor"].double()
        a = t.flatten().numpy()
        pos = recipe.positions(p["id"], a.size)
        d = dict(id=p["id"], path=p["path"], kind=p["kind"], shape=list(t.shape))
        for k in ("parts", "scale"):
            if k in p:
                d[k] = p[k]
        d.update(mean=g(a.mean()), std=g(a.std()), min=g(a.min()), max=g(a.max()), zeros=g((a == 0).mean(), 6))
        if t.dim() == 3:
            d["spatial_std"] = g(t.flatten(1).std(dim=1, unbiased=False).mean(), 6)
        if rec32 is not None:
            e = (rec32.get(p["id"]).double() - t).abs().max().item()
            d["torch_f32_maxerr"] = g(e, 3)
        d["values"] = [g(v) for v in a[pos]]
        if p["id"] in full:
            d["all"] = [g(v, 8) for v in a]
        pts.append(d)
    return pts


def write_nodes(model, points):
    """Lists a network of own.py in nodes.json, in the form of the others."""
    nodes = json.loads(NODES.read_text())
    nodes[model] = [dict(node=p["id"], golden=p["id"], kind=p["kind"], shape=list(p["tensor"].shape), always=p["always"])
                    for p in points]
    lists = (f' {json.dumps(name)}: [\n' + ",\n".join("  " + json.dumps(n, separators=(",", ":"), ensure_ascii=False) for n in of) + "\n ]"
             for name, of in nodes.items())
    NODES.write_text("{\n" + ",\n".join(lists) + "\n}\n")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--model", required=True, choices=models.MODELS + models.VARIANTS + own.MODELS)
    ap.add_argument("--seed", type=int, required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--no-f32", action="store_true", help="skip the float32 run that gives torch_f32_maxerr")
    a = ap.parse_args()
    t0 = time.time()
    rec, info, img = run(a.model, a.seed, torch.float64)
    rec32 = None if a.no_f32 else run(a.model, a.seed, torch.float32)[0]
    # The node ids that people use, and whether the default plan must record them.
    if a.model in own.MODELS:
        pts = summarise(rec, rec32, info["full"])
        node_of = {p["id"]: dict(node=p["id"], always=p["always"]) for p in rec.points}
        write_nodes(a.model, rec.points)
    else:
        pts = summarise(rec, rec32)
        node_of = {n["golden"]: n for n in json.loads(NODES.read_text())[a.model]}
    for p in pts:
        p.update(node=node_of[p["id"]]["node"], always=node_of[p["id"]]["always"])
    logits = rec.get(info.get("logits", "head/linear/logits"))
    pr = torch.softmax(logits, 0)
    top = torch.topk(pr, 5)
    doc = dict(
        format="inception-oracle-1", model=a.model, seed=a.seed, source=info["source"],
        versions=dict(torch=torch.__version__), dtype="float64 arithmetic on float32 weights and float32 input",
        layout="shapes are C,H,W (batch dropped); flat positions are row-major C,H,W",
        input=dict(size=info["size"], mean=list(info["norm"][0]), std=list(info["norm"][1]),
                   image_fnv1a64=f"{recipe.fnv1a64(img.tobytes()):016x}", **({"order": info["order"]} if "order" in info else {})),
        positions="recipe.positions(id, numel, 64): splitmix64 stream 'pos:'+id, seed 0, mod numel",
        top5=[[int(i), g(v, 8)] for v, i in zip(top.values, top.indices)],
        points=pts,
    )
    with open(a.out, "w") as f:
        f.write("{\n")
        for k, v in doc.items():
            if k != "points":
                f.write(f" {json.dumps(k)}: {json.dumps(v)},\n")
        f.write(' "points": [\n')
        f.write(",\n".join("  " + json.dumps(p, separators=(",", ":")) for p in pts))
        f.write("\n ]\n}\n")
    worst = max((p.get("torch_f32_maxerr", 0) / (p["std"] or 1), p["id"]) for p in pts)
    stds = [p["std"] for p in pts if p["kind"] != "softmax of the logits"]
    print(f"{a.model} seed {a.seed}: {len(pts)} points, std {min(stds):.3g}..{max(stds):.3g}, "
          f"logits std {logits.std():.3g}, top1 {top.values[0]:.3g}, worst f32 err/std {worst[0]:.2e} at {worst[1]}, "
          f"{time.time() - t0:.0f}s")


if __name__ == "__main__":
    main()
