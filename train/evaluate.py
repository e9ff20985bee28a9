#!/usr/bin/env python3
"""Accuracy of GoogLeNet weight files on photographs, as Inceptionscope sees them: resize 256, centre
crop 224, bilinear, x / 127.5 - 1. The first file is the reference for the others. Reads f32, f16 and
Inceptionscope's 8-bit form (src/weights/safetensors.rs)."""

import argparse
from pathlib import Path

import torch
import torchvision
from PIL import Image
from safetensors import safe_open
from torchvision.transforms.functional import center_crop, pil_to_tensor, resize


def read(file):
    """The tensors of a file as f32."""
    with safe_open(file, "pt") as source:
        tensors = {name: source.get_tensor(name) for name in source.keys()}
    values = {}
    for name, tensor in tensors.items():
        if name.endswith((".q8_scale", ".q8_min")):
            continue
        if tensor.dtype == torch.uint8:
            row = (-1,) + (1,) * (tensor.ndim - 1)
            scale, low = (tensors[f"{name}.{part}"].view(row) for part in ("q8_scale", "q8_min"))
            tensor = low + scale * tensor.float()
        values[name] = tensor.float()
    return values


def build(file, classes):
    model = torchvision.models.googlenet(
        weights=None, num_classes=classes, aux_logits=True, transform_input=False, init_weights=False
    )
    found = model.load_state_dict(read(file), strict=False)
    missing = [key for key in found.missing_keys if not key.endswith("num_batches_tracked")]
    if missing or found.unexpected_keys:
        raise SystemExit(f"{file}: missing {missing}, unexpected {found.unexpected_keys}")
    return model.eval().to(memory_format=torch.channels_last)


def photo(file):
    picture = resize(Image.open(file).convert("RGB"), 256)
    return pil_to_tensor(center_crop(picture, [224, 224])).float() / 127.5 - 1


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with one folder of .jpg files for each class")
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--held-out", type=int, default=400, help="photographs that training kept for validation; 0: all")
    args = parser.parse_args()

    classes = sorted(folder.name for folder in args.data.iterdir() if folder.is_dir())
    photos = [(f, i) for i, name in enumerate(classes) for f in sorted((args.data / name).glob("*.jpg"))]
    if args.held_out:  # the split of train_googlenet.py
        order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(1))
        photos = [photos[i] for i in order[: args.held_out]]
    models = [build(file, len(classes)) for file in args.weights]
    right, agree, apart = ([0] * len(models) for _ in range(3))
    for start in range(0, len(photos), 50):
        batch = photos[start : start + 50]
        x = torch.stack([photo(file) for file, _ in batch]).contiguous(memory_format=torch.channels_last)
        labels = torch.tensor([label for _, label in batch])
        results = [model(x).softmax(1) for model in models]
        for i, probabilities in enumerate(results):
            right[i] += (probabilities.argmax(1) == labels).sum().item()
            agree[i] += (probabilities.argmax(1) == results[0].argmax(1)).sum().item()
            apart[i] = max(apart[i], (probabilities - results[0]).abs().max().item())
    for i, file in enumerate(args.weights):
        print(
            f"{file}: {right[i]} of {len(photos)} right ({100 * right[i] / len(photos):.2f} %), "
            f"{agree[i]} as the first file, probabilities at most {apart[i]:.4f} apart"
        )


if __name__ == "__main__":
    main()
