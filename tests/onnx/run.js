// Runs ONNX models in onnxruntime: node run.js INPUT.f32 PICTURES MODEL.onnx ... prints
// a JSON list of logits a model, those of all pictures in one.
import { readFileSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

env.wasm.numThreads = 1;
const [file, count, ...models] = process.argv.slice(2);
const input = new Float32Array(readFileSync(file).buffer.slice(0));
const pictures = Number(count);
const side = Math.sqrt(input.length / 3 / pictures);
const all = [];
process.on('uncaughtException', ({ message }) => { // Node would print onnxruntime's one line of source too
  console.error(message);
  process.exit(1);
});
for (const model of models) {
  const session = await InferenceSession.create(readFileSync(model));
  const { logits } = await session.run({ input: new Tensor('float32', input, [pictures, 3, side, side]) });
  all.push([...logits.data]);
  await session.release();
}
console.log(JSON.stringify(all));
