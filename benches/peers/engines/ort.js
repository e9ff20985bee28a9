// onnxruntime-web on the model that `inceptionscope export --onnx` writes. `device`: 'webgpu' or 'wasm'.

export default async function onnxruntime(device, threads) {
  const ort = await import(`/npm/onnxruntime-web/dist/ort.${device}.bundle.min.mjs`);
  ort.env.wasm.wasmPaths = `${location.origin}/npm/onnxruntime-web/dist/`;
  ort.env.wasm.numThreads = threads;
  let session;
  const batch = async (input, count) => {
    const side = Math.sqrt(input.length / count / 3);
    const { logits } = await session.run({ input: new ort.Tensor('float32', input, [count, 3, side, side]) });
    return logits.getData();
  };
  return {
    layout: 'NCHW',
    async load(model) {
      const file = new Uint8Array(await (await fetch(`/models/${model}.onnx`)).arrayBuffer());
      session = await ort.InferenceSession.create(file, { executionProviders: [device], graphOptimizationLevel: 'all' });
    },
    run: (input) => batch(input, 1),
    batch,
  };
}
