// Inceptionscope, through its public module. `device`: 'gpu' or 'cpu'.
import { open } from '/dist/inceptionscope.js';
import { families } from '../families.js';

export default async function ours(device, threads) {
  let scope;
  return {
    layout: 'NCHW',
    async load(model) {
      // What runs is what the first layer reads, as in the ONNX model, so gradients shall be of that too.
      const profile = 'transform_input=false';
      scope = await open({ model, profile, weights: `/models/${model}.safetensors`, engine: device, threads });
      await scope.ready;
    },
    run: async (input) => (await scope.run(input)).logits,
    /** Of the picture that ran last. */
    families: async () => families(scope.graph, await scope.times()),
    gradient: async (_, target) => (await scope.explain({ method: 'gradient', target })).attribution,
  };
}
