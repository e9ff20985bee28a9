// Inceptionscope, through its public module. `device`: 'gpu' or 'cpu'.
import { open } from '/dist/inceptionscope.js';
import { families } from '../families.js';

export default async function ours(device, threads) {
  let scope;
  let options;
  return {
    layout: 'NCHW',
    async load(model) {
      // What runs is what the first layer reads, as in the ONNX model, so gradients shall be of that too.
      const profile = 'transform_input=false';
      options = { model, profile, weights: `/models/${model}.safetensors`, engine: device, threads };
      scope = await open(options);
      await scope.ready;
    },
    run: async (input) => (await scope.run(input)).logits,
    async batch(input, count) {
      const each = input.length / count;
      const answers = await scope.run(Array.from({ length: count }, (_, i) => input.subarray(i * each, (i + 1) * each)));
      return answers.flatMap(({ logits }) => [...logits]);
    },
    /** Of the picture that ran last. */
    families: async () => families(scope.graph, await scope.times()),
    gradient: async (_, target) => (await scope.explain({ method: 'gradient', target })).attribution,
    /** As a visitor has them: transformations, optimiser and the picture's pixels included. The first makes buffers and shaders; the last
     * is not told of. */
    async steps(node, size, count) {
      const ends = [];
      await scope.visualise({ objective: `${node}:0`, size, steps: count + 2, onStep: () => ends.push(performance.now()) });
      const small = await open({ ...options, size });
      await small.ready;
      await small.run(new Float32Array(3 * size * size));
      const order = small.graph.nodes.map(({ id }) => id);
      const until = (await small.times()).filter((step) => order.indexOf(step.node) <= order.indexOf(node));
      await small.dispose();
      return { ms: ends.slice(1).map((end, i) => end - ends[i]), forward: until.reduce((sum, { ms }) => sum + ms, 0) };
    },
  };
}
