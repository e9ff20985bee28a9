// Where the time of one of our runs goes, by kernel, beside what the processor could do at most.

/** Of these kinds kernels differ by their window. @param {{ kind: string, kernel?: [number, number] }} op */
function family({ kind, kernel: [rows, columns] = [1, 1] }) {
  if (kind === 'conv2d') return rows === columns ? `${rows}×${rows}` : `${Math.min(rows, columns)}×${Math.max(rows, columns)}, both ways`;
  return { depthwise_conv2d: 'depthwise', max_pool2d: 'max pool', avg_pool2d: 'average pool', linear: 'linear' }[kind] ?? 'others';
}

/**
 * Milliseconds, multiply-adds, and bytes that are read and written (float maps and weights, each once) of each family, the
 * slowest first.
 * @param {import('../../www/runtime/rust.d.ts').Graph} graph
 * @param {{ node: string, ms: number }[]} times of steps
 */
export function families(graph, times) {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const units = Map.groupBy(graph.nodes, ({ unit }) => unit);
  const found = new Map();
  for (const { node: id, ms } of times) {
    const own = units.get(id) ?? [];
    const name = family(nodes.get(id)?.ops[0] ?? { kind: '' });
    const sum = found.get(name) ?? { name, ms: 0, macs: 0, bytes: 0 };
    const size = (/** @type {string} */ node) => (nodes.get(node)?.shape ?? []).flat().reduce((a, b) => a * b, 1);
    const read = own.flatMap(({ inputs }) => inputs).filter((input) => nodes.get(input)?.unit !== id);
    sum.ms += ms;
    sum.macs += own.reduce((all, { macs }) => all + macs, 0);
    sum.bytes += 4 * ([id, ...read].reduce((all, node) => all + size(node), 0) + own.reduce((all, { params }) => all + params, 0));
    found.set(name, sum);
  }
  return [...found.values()].sort((a, b) => b.ms - a.ms);
}

/** GFLOP/s and GB/s of one core, the best of a few tries. @param {number} sums @param {number} bytes */
export async function processor(sums, bytes) {
  const { instance } = await WebAssembly.instantiateStreaming(fetch('/models/processor.wasm'));
  const { multiply, read } = /** @type {Record<string, (...numbers: number[]) => number>} */ (instance.exports);
  const best = (/** @type {() => number} */ work) => Math.min(...Array.from({ length: 7 }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  }));
  const ROUNDS = 4e6;
  return { gflops: (ROUNDS * sums * 4 * 2) / best(() => multiply(ROUNDS, 1e-9)) / 1e6, gbs: bytes / best(() => read()) / 1e6 };
}
