#!/usr/bin/env python3
"""Trains GoogLeNet (torchvision's layout: batch norm, both auxiliary heads) on a folder of photographs.

DATA holds one folder a class. Made for a CPU and a time budget: photographs are kept in memory at
128 x 128, the learning rate follows the clock. README.md has the commands of the shipped weights.
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import nn

STORED = 128  # rows and columns at which photographs are kept
AUX_LOSS = 0.3  # weight of each auxiliary head's loss, as in the paper


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with one folder of .jpg files for each class")
    parser.add_argument("out", type=Path, help="safetensors file to write (f32)")
    parser.add_argument("--minutes", type=float, default=46, help="time budget (default %(default)s)")
    parser.add_argument("--size", type=int, default=144, help="training crop in pixels (default %(default)s)")
    parser.add_argument("--init", type=Path, help="weights to start from")
    parser.add_argument("--lr", type=float, default=0.12, help="peak learning rate (default %(default)s)")
    parser.add_argument("--warmup", type=int, default=300, help="steps to the peak (default %(default)s)")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--held-out", type=int, default=400, help="photographs kept for validation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def load_photos(data, held_out):
    """All photographs as one u8 tensor N,3,H,W, their classes, and the indices to validate and train on."""
    classes = sorted(folder.name for folder in data.iterdir() if folder.is_dir())
    photos, labels = [], []
    for label, name in enumerate(classes):
        for file in sorted((data / name).glob("*.jpg")):
            photos.append(np.asarray(Image.open(file).convert("RGB").resize((STORED, STORED))))
            labels.append(label)
    photos = torch.from_numpy(np.stack(photos)).permute(0, 3, 1, 2).contiguous()
    # The split has its own seed: a second stage must not see what the first was validated on.
    order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(1))
    return classes, photos, torch.tensor(labels), order[:held_out], order[held_out:]


def build(classes, init):
    """GoogLeNet without transform_input: it reads x / 127.5 - 1."""
    model = torchvision.models.googlenet(
        weights=None, num_classes=classes, aux_logits=True, transform_input=False, init_weights=False
    )
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    if init:
        model.load_state_dict(load_file(init), strict=False)  # a saved file has no num_batches_tracked
    return model.to(memory_format=torch.channels_last)


def augment(photos, size):
    """Random resized crops, flips, brightness, contrast and saturation; then x / 127.5 - 1."""
    out = torch.empty(len(photos), 3, size, size)
    for i in range(len(photos)):
        area = np.random.uniform(0.3, 1.0)
        ratio = math.exp(np.random.uniform(math.log(3 / 4), math.log(4 / 3)))
        width = min(STORED, round(STORED * math.sqrt(area * ratio)))
        height = min(STORED, round(STORED * math.sqrt(area / ratio)))
        top = np.random.randint(0, STORED + 1 - height)
        left = np.random.randint(0, STORED + 1 - width)
        crop = photos[i : i + 1, :, top : top + height, left : left + width].float()
        if np.random.rand() < 0.5:
            crop = crop.flip(3)
        out[i] = F.interpolate(crop, size=(size, size), mode="bilinear", align_corners=False)[0]
    n = len(photos)
    out *= torch.empty(n, 1, 1, 1).uniform_(0.7, 1.3)
    mean = out.mean((1, 2, 3), keepdim=True)
    out = (out - mean) * torch.empty(n, 1, 1, 1).uniform_(0.7, 1.3) + mean
    grey = out.mean(1, keepdim=True)
    out = (out - grey) * torch.empty(n, 1, 1, 1).uniform_(0.6, 1.4) + grey
    return out.clamp(0, 255) / 127.5 - 1


def soft_targets(x, labels, classes):
    """Label smoothing 0.1, and mixup for every second batch."""
    targets = F.one_hot(labels, classes).float() * 0.9 + 0.1 / classes
    if np.random.rand() < 0.5:
        share, other = np.random.beta(0.2, 0.2), torch.randperm(len(x))
        x = share * x + (1 - share) * x[other]
        targets = share * targets + (1 - share) * targets[other]
    return x, targets


def cross_entropy(logits, targets):
    return -(targets * F.log_softmax(logits.float(), 1)).sum(1).mean()


class Average:
    """Moving average of the weights: what is validated and saved."""

    def __init__(self, model):
        self.values = {key: value.detach().clone() for key, value in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        decay = min(0.998, (1 + step) / (10 + step))
        for key, value in model.state_dict().items():
            if value.dtype.is_floating_point:
                self.values[key].mul_(decay).add_(value, alpha=1 - decay)
            else:
                self.values[key].copy_(value)

    def save(self, file, classes):
        tensors = {k: v.contiguous() for k, v in self.values.items() if "num_batches_tracked" not in k}
        save_file(tensors, file, {"classes": json.dumps(classes), "preprocess": "x/127.5-1, 224"})


@torch.no_grad()
def accuracy(model, average, photos, labels, indices, size):
    """Share of right answers of the averaged weights, each photograph seen plain and mirrored."""
    current = {key: value.clone() for key, value in model.state_dict().items()}
    model.load_state_dict(average.values)
    model.eval()
    right = 0
    for batch in indices.split(100):
        x = F.interpolate(photos[batch].float(), size=(size, size), mode="bicubic", align_corners=False)
        x = (x.clamp(0, 255) / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        probabilities = model(x).softmax(1) + model(x.flip(3)).softmax(1)
        right += (probabilities.argmax(1) == labels[batch]).sum().item()
    model.load_state_dict(current)
    return right / len(indices)


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    torch.set_num_threads(args.threads)

    classes, photos, labels, validation, training = load_photos(args.data, args.held_out)
    model = build(len(classes), args.init)
    average = Average(model)
    # Weight decay for weights, not for biases and batch norms.
    optimizer = torch.optim.SGD(
        [
            {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": 5e-4},
            {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0},
        ],
        lr=args.lr,
        momentum=0.9,
        nesterov=True,
    )

    start, step, epoch = time.time(), 0, 0
    elapsed = lambda: (time.time() - start) / (args.minutes * 60)  # share of the time budget
    while elapsed() < 1:
        model.train()
        epoch, losses = epoch + 1, []
        for batch in training[torch.randperm(len(training))].split(args.batch):
            if len(batch) < args.batch or elapsed() >= 1:
                break
            cosine = 0.5 * (1 + math.cos(math.pi * elapsed()))
            for group in optimizer.param_groups:
                group["lr"] = args.lr * min(1, (step + 1) / args.warmup) * cosine + 1e-5

            x, targets = soft_targets(augment(photos[batch], args.size), labels[batch], len(classes))
            x = x.contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                out = model(x)
                auxiliary = cross_entropy(out.aux_logits1, targets) + cross_entropy(out.aux_logits2, targets)
                loss = cross_entropy(out.logits, targets) + AUX_LOSS * auxiliary
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            step += 1
            average.update(model, step)
            losses.append(loss.item())
        right = accuracy(model, average, photos, labels, validation, 160)
        mean = sum(losses) / max(len(losses), 1)
        print(f"epoch {epoch}: loss {mean:.4f}, validation {right:.4f}, {time.time() - start:.0f} s", flush=True)
        average.save(args.out, classes)

    for size in (160, 192, 224):
        print(f"validation at {size}: {accuracy(model, average, photos, labels, validation, size):.4f}")


if __name__ == "__main__":
    main()
