#!/usr/bin/env python3
"""Our GPU engine beside PyTorch (cuDNN, f32 without TF32) on one NVIDIA card; writes the tables of docs/hardware.md.

cargo build --release
venv/bin/python benches/hardware.py --cli target/release/inceptionscope --out docs/hardware.md

The environment is that of tests/oracle/README.md. Both take one picture from the processor's memory and give the logits
back. PyTorch runs as people call it, and as a recorded CUDA graph, which saves the launches as our recorded commands do.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import torch

sys.path.append(str(pathlib.Path(__file__).parent / "../tests/oracle"))
import models  # noqa: E402

RUNS = 30


def median_ms(run):
    """Of RUNS calls, after three that warm up."""
    times = []
    for _ in range(RUNS + 3):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times[3:])


def on_device(run, count=20):
    """Seconds of one call, by many without waiting."""
    run()
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(count):
        run()
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / count


def limits():
    """What the card reaches: GFLOP/s of a large product in f32, GB/s of a large copy."""
    a, b = (torch.randn(8192, 8192, device="cuda") for _ in range(2))
    out = torch.empty_like(a)
    product = on_device(lambda: torch.mm(a, b, out=out))
    source = torch.randn(1 << 28, device="cuda")
    target = torch.empty_like(source)
    copy = on_device(lambda: target.copy_(source))
    return 2 * 8192**3 / product / 1e9, 2 * 4 * source.numel() / copy / 1e9


@torch.inference_mode()
def by_torch(model):
    net, info = models.build(model)
    net = net.cuda()
    picture = torch.randn(1, 3, info["size"], info["size"]).pin_memory()
    eager = median_ms(lambda: net(picture.cuda()).cpu())
    static = picture.cuda()
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            net(static)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        logits = net(static)

    def replay():
        static.copy_(picture)
        graph.replay()
        return logits.cpu()

    return eager, median_ms(replay)


def by_us(cli, model, *options):
    command = [cli, "bench", "--engine", "gpu", "--json", "--runs", str(RUNS), "--model", model, *options]
    # What was measured for another network is not used.
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "XDG_CACHE_HOME": cache})
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)[0]


def table(head, rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", required=True)
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--models", default=",".join([*models.MODELS, "bn_inception"]))
    options = parser.parse_args()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    peak, bandwidth = limits()
    results = []
    for model in options.models.split(","):
        untuned = by_us(options.cli, model)
        ours = by_us(options.cli, model, "--tune", "--steps")
        eager, graph = by_torch(model) if model in models.MODELS else (None, None)
        results.append(dict(model=model, untuned=untuned["median"], ours=ours, eager=eager, graph=graph))
        print(model, untuned["median"], ours["median"], eager, graph, file=sys.stderr, flush=True)
    if options.json:
        options.json.write_text(json.dumps(dict(peak=peak, bandwidth=bandwidth, results=results)))

    def number(value, digits=2):
        return "–" if value is None else f"{value:.{digits}f}"

    rows, slowest = [], []
    for r in results:
        ms, ours = r["ours"]["median"], r["ours"]
        rows.append([r["model"], number(r["untuned"]), number(ms), number(r["eager"]), number(r["graph"]),
                     number(r["graph"] and r["graph"] / ms), f"{ours['gflops'] / 1e3:.2f}", f"{100 * ours['gflops'] / peak:.0f} %",
                     number(sum(s["ms"] for s in ours["steps"]))])
        slowest += [[r["model"], s["node"], s["shader"], f"{1e3 * s['ms']:.0f}", f"{2 * s['macs'] / s['ms'] / 1e9:.2f}"]
                    for s in sorted(ours["steps"], key=lambda s: -s["ms"])[:3]]
    families = {}
    for r in results:
        for s in r["ours"]["steps"]:
            family = families.setdefault(s["shader"], [0, 0.0, 0])
            family[0], family[1], family[2] = family[0] + 1, family[1] + s["ms"], family[2] + s["macs"]
    text = "\n\n".join([
        f"{ours['adapter']}, PyTorch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}. A product of 8192×8192 matrices reaches "
        f"{peak / 1e3:.1f} TFLOP/s in f32, a copy {bandwidth / 1e3:.2f} TB/s (bytes read and written).",
        table(["network", "before tuning ms", "ours ms", "PyTorch ms", "PyTorch, CUDA graph ms", "graph ÷ ours", "TFLOP/s", "of peak",
               "sum of steps ms"], rows),
        "Time by kernel, over all networks:",
        table(["kernel", "steps", "ms", "TFLOP/s"], [[name, n, f"{ms:.2f}", f"{2 * macs / ms / 1e9:.2f}"] for name, (n, ms, macs)
                                                     in sorted(families.items(), key=lambda f: -f[1][1])]),
        "The three slowest steps of each network:",
        table(["network", "node", "kernel", "µs", "TFLOP/s"], slowest),
    ])
    print(text)
    if options.out:
        head = options.out.read_text().split("<!-- benches/hardware.py writes what follows. -->")[0] if options.out.exists() else ""
        options.out.write_text(f"{head}<!-- benches/hardware.py writes what follows. -->\n\n{text}\n")


if __name__ == "__main__":
    main()
