#!/usr/bin/env python3
"""Accuracy of weight files on the photographs that training kept apart, by Inceptionscope's own command line:
classify --json, counted. Needs Python alone. The first file is the reference for the others."""

import argparse
import json
import subprocess
from pathlib import Path


def twister(seed):
    """MT19937, seeded as PyTorch's generator is."""
    state = [seed]
    for i in range(1, 624):
        state.append((1812433253 * (state[-1] ^ state[-1] >> 30) + i) & 0xFFFFFFFF)
    while True:
        for i in range(624):
            y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7FFFFFFF)
            state[i] = state[(i + 397) % 624] ^ y >> 1 ^ (0x9908B0DF if y & 1 else 0)
        for y in state:
            y ^= y >> 11
            y ^= y << 7 & 0x9D2C5680
            y ^= y << 15 & 0xEFC60000
            yield y ^ y >> 18


def permutation(n, seed):
    """torch.randperm: the split of train_googlenet.py."""
    random, order = twister(seed), list(range(n))
    for i in range(n - 1):
        j = i + next(random) % (n - i)
        order[i], order[j] = order[j], order[i]
    return order


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("data", type=Path, help="folder with one folder of .jpg files for each class")
parser.add_argument("weights", nargs="+")
parser.add_argument("--program", default="target/debug/inceptionscope")
args = parser.parse_args()

classes = sorted(folder.name for folder in args.data.iterdir() if folder.is_dir())
photos = [(f, i) for i, name in enumerate(classes) for f in sorted((args.data / name).glob("*.jpg"))]
photos = [photos[i] for i in permutation(len(photos), 1)[:400]]
reference = None
for weights in args.weights:
    images = [argument for file, _ in photos for argument in ("--image", str(file))]
    command = [args.program, "classify", "--model", "googlenet", "--engine", "cpu", "--top", "5", "--json"]
    answers = json.loads(subprocess.run([*command, "--weights", weights, *images], check=True, stdout=subprocess.PIPE).stdout)
    found = [{guess["class"]: guess["probability"] for guess in answer["top"]} for answer in answers]
    best = [max(guesses, key=guesses.get) for guesses in found]
    reference = reference or (found, best)
    right = sum(b == label for b, (_, label) in zip(best, photos))
    equal = sum(a == b for a, b in zip(best, reference[1]))
    apart = max(abs(a[c] - b[c]) for a, b in zip(found, reference[0]) for c in a)
    print(f"{weights}: {right} of {len(photos)} right ({right / len(photos):.2%}), {equal} as the first, probabilities {apart:.4f} apart")
