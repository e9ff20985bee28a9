#!/usr/bin/env python
"""make_visualisation.py --out ../goldens/visualisation.json

Feature visualisation as Lucid and DeepDream as its notebook do it, in float64: the parametrisation by NumPy, optimisation and dream by
PyTorch. All noise is the recipe's. `single` is by how much PyTorch's own float32 is off at most.

Trajectories begin with more contrast than Lucid's. In a nearly grey picture the values under a max pool are nearly equal, rounding
decides which is the largest, and Adam, whose first steps have one size whatever the gradient's, makes much of it: PyTorch's own float32
is then off by 1.5 % after 20 steps. `first` are the first two steps with Lucid's contrast.
"""
import argparse
import json
import pathlib

import numpy as np
import torch
from torch import nn

import make_goldens as mg
import models
import recipe

COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOURS = COLOURS / np.max(np.linalg.norm(COLOURS, axis=0))


def normals(name, seed, n):
    """Box and Muller's method."""
    a, b = recipe.uniform(name, seed, 2 * n).reshape(-1, 2).T
    return np.sqrt(-2 * np.log(a / 2 + 0.5)) * np.cos(np.pi * b)


def spectrum(size, seed, deviation):
    """Real parts and imaginary parts: 2, 3, rows, columns."""
    columns = (size + size % 2) // 2 + 1
    return deviation * normals("visualise", seed, 2 * 3 * size * columns).reshape(2, 3, size, columns)


def scales(size):
    fy = np.fft.fftfreq(size)[:, None]
    fx = np.fft.fftfreq(size)[: size // 2 + (2 if size % 2 else 1)]
    return size / np.maximum(np.sqrt(fx**2 + fy**2), 1 / size)


def by_numpy(values):
    size = values.shape[2]
    maps = np.fft.irfft2((values[0] + 1j * values[1]) * scales(size))[:, :size, :size] / 4
    return 1 / (1 + np.exp(-np.einsum("ij,jyx->iyx", COLOURS, maps)))


def by_torch(values):
    size = values.shape[2]
    maps = torch.fft.irfft2(torch.complex(values[0], values[1]) * torch.from_numpy(scales(size)))[:, :size, :size] / 4
    return torch.sigmoid(torch.einsum("ij,jyx->iyx", torch.from_numpy(COLOURS), maps))


class Net:
    """A reference network that stops at a module."""

    def __init__(self, model, module, seed, dtype=torch.float64):
        self.net, info = models.build(model)
        mg.fill(self.net, info["base"], seed)
        self.dtype = dtype
        self.net = self.net.to(dtype).eval()
        for p in self.net.parameters():
            p.requires_grad_(False)
        for m in self.net.modules():
            if hasattr(m, "inplace"):
                m.inplace = False
        self.mean, self.std = (torch.tensor(v, dtype=dtype)[:, None, None] for v in info["norm"])
        self.found = None
        dict(self.net.named_modules())[module].register_forward_hook(self.hook)

    def hook(self, module, inputs, output):
        # What follows may work in place.
        self.found = output.clone()

    def __call__(self, picture):
        self.net(((picture.to(self.dtype) - self.mean) / self.std)[None])
        return self.found[0]


def grow(net, channel, size, seed, deviation, steps):
    values = torch.from_numpy(spectrum(size, seed, deviation)).requires_grad_(True)
    adam = torch.optim.Adam([values], lr=0.05)
    told = []
    for _ in range(steps):
        adam.zero_grad()
        loss = -net(by_torch(values))[channel].mean()
        loss.backward()
        told.append(-loss.item())
        adam.step()
    return told


def off(single, double):
    return float(f"{max(abs(s - d) / max(abs(d), 1e-2) for s, d in zip(single, double)):.1e}")


def trajectory(model, module, channel, node, size, seed, deviation, steps):
    told, single = (grow(Net(model, module, 1, dtype), channel, size, seed, deviation, steps) for dtype in (torch.float64, torch.float32))
    return dict(model=model, objective=node, size=size, seed=seed, deviation=deviation, single=off(single, told),
                values=[mg.g(v) for v in told])


def zoom(maps, size):
    """scipy.ndimage.zoom of order 1."""
    at = np.arange(size) * (maps.shape[1] - 1) / (size - 1)
    low = np.minimum(at.astype(int), maps.shape[1] - 1)
    high, part = np.minimum(low + 1, maps.shape[1] - 1), at - low
    rows = maps[:, low] * (1 - part)[:, None] + maps[:, high] * part[:, None]
    return rows[:, :, low] * (1 - part) + rows[:, :, high] * part


def dreamt(net, size, seed, iterations, octaves):
    photo = recipe.image(size, size, 1).astype(np.float64).transpose(2, 0, 1) / 255
    bases = [photo]
    for _ in range(octaves - 1):
        bases.append(zoom(bases[-1], round(bases[-1].shape[1] / 1.4)))
    detail = np.zeros_like(bases[-1])
    told, step = [], 0
    for base in bases[::-1]:
        detail = zoom(detail, base.shape[1]) if detail.shape != base.shape else detail
        picture = base + detail
        for _ in range(iterations):
            down, right = (int(v % np.uint64(65)) - 32 for v in recipe.stream(f"dream.{step}", seed, 2))
            seen = torch.from_numpy(np.roll(picture, (down, right), (1, 2))).requires_grad_(True)
            acts = net(seen)
            (0.5 * acts**2).sum().backward()
            told.append((acts**2).mean().item())
            g = seen.grad.numpy()
            seen = np.clip(seen.detach().numpy() + 1.5 / 255 / np.abs(g).mean() * g, 0, 1)
            picture = np.roll(seen, (-down, -right), (1, 2))
            step += 1
        detail = picture - base
    return told, picture.flatten()


def dream(model, module, size, seed, iterations, octaves):
    (told, flat), (single, _) = (dreamt(Net(model, module, 1, dtype), size, seed, iterations, octaves) for dtype in (torch.float64, torch.float32))
    return dict(model=model, objective=module, size=size, seed=seed, iterations=iterations, octaves=octaves, single=off(single, told),
                values=[mg.g(v) for v in told], picture=[mg.g(v) for v in flat[recipe.positions("dream", flat.size, 64)]])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    pictures = []
    for size, seed in [(15, 1), (16, 2), (96, 3), (128, 4)]:
        flat = by_numpy(spectrum(size, seed, 0.5)).flatten()
        pictures.append(dict(size=size, seed=seed, deviation=0.5, mean=mg.g(flat.mean()), std=mg.g(flat.std()),
                             values=[mg.g(v) for v in flat[recipe.positions("picture", flat.size, 64)]]))
    doc = dict(format="inception-visualisation-1", torch=torch.__version__, numpy=np.__version__, pictures=pictures, trajectories=[
        trajectory("googlenet", "inception4a.branch1.bn", 7, "inception4a:7", 128, 5, 0.5, 20),
        trajectory("inception_v3", "Mixed_5b.branch1x1.bn", 5, "Mixed_5b:5", 128, 6, 0.2, 20),
    ], first=trajectory("googlenet", "inception4a.branch1.bn", 7, "inception4a:7", 128, 5, 0.01, 2),
        dream=dream("googlenet", "inception4c", 160, 7, 2, 3))
    text = json.dumps(doc, indent=1)
    pathlib.Path(a.out).write_text(text + "\n")
    for t in doc["trajectories"]:
        print(t["model"], t["values"][0], t["values"][-1], t["single"])
    print("dream", doc["dream"]["values"], doc["dream"]["single"])


if __name__ == "__main__":
    main()
