// Whatever a program gives the module: an error that says which argument, and the scope lives on.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MESSAGES } from '../../www/runtime/errors.js';
import { ROOT } from './harness/page.js';
import { BLANK, blank, prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ site: { pages: BLANK } });

/**
 * A call in the page, of `scope`, `open`, `forget`, `models` and `photo`; the code of its error, and which argument it is about.
 * @type {[string, string, string][]}
 */
const WRONG = [
  ['scope.stats()', 'argument.type', 'node'],
  ['scope.stats(7)', 'argument.type', 'node'],
  ['scope.stats("")', 'argument.range', 'node'],
  ['scope.activation({ id: "conv1" })', 'argument.type', 'node'],
  ['scope.activation(3)', 'argument.type', 'node'],
  ['scope.activation(Symbol("conv1"))', 'argument.type', 'node'],
  ['scope.maps("conv1", { channels: 3 })', 'argument.type', 'channels'],
  ['scope.maps("conv1", { channels: [0, -1] })', 'argument.range', 'channels[1]'],
  ['scope.maps("conv1", { channels: [0, 1.5] })', 'argument.range', 'channels[1]'],
  ['scope.maps("conv1", { channels: [2 ** 32] })', 'argument.range', 'channels[0]'],
  ['scope.maps("conv1", { channels: [undefined] })', 'argument.type', 'channels[0]'],
  ['scope.maps("conv1", { channels: [] })', 'argument.range', 'channels'],
  ['scope.maps("conv1", [3])', 'argument.type', 'options'],
  ['scope.maps("conv1", 3)', 'argument.type', 'options'],
  ['scope.maps("conv1", () => {})', 'argument.type', 'options'],
  ['scope.maps("conv1", { channel: [3] })', 'argument.unknown', 'channel'],
  ['scope.maps("conv1", { size: 0 })', 'argument.range', 'size'],
  ['scope.mean("conv1", { size: "7" })', 'argument.type', 'size'],
  ['scope.strongest("conv1")', 'argument.type', 'nodes'],
  ['scope.strongest(["conv1", ""])', 'argument.range', 'nodes[1]'],
  ['scope.histogram("conv1", 0, { bins: 0 })', 'argument.range', 'bins'],
  ['scope.histogram("conv1", 0, { bins: 4097 })', 'argument.range', 'bins'],
  ['scope.histogram("conv1", 0, { bins: 1e9 })', 'argument.range', 'bins'],
  ['scope.histogram("conv1", 0, { bins: -1 })', 'argument.range', 'bins'],
  ['scope.histogram("conv1", -1)', 'argument.range', 'channel'],
  ['scope.histogram("conv1", NaN)', 'argument.range', 'channel'],
  ['scope.histogram("conv1")', 'argument.type', 'channel'],
  ['scope.receptive("inception3a", { channel: -1 })', 'argument.range', 'channel'],
  ['scope.explain("conv1", 0, -1, 0)', 'argument.range', 'row'],
  ['scope.explain("conv1", 0, 0, 2 ** 40)', 'argument.range', 'column'],
  ['scope.kernel("conv1", 0n)', 'argument.type', 'channel'],
  ['scope.mute(null)', 'argument.type', 'node'],
  ['scope.mute("conv1", "0")', 'argument.type', 'channels'],
  ['scope.mute("conv1", [])', 'argument.range', 'channels'],
  ['scope.mute("conv1", new DataView(new ArrayBuffer(4)))', 'argument.type', 'channels'],
  ['scope.mute("conv1", [0], () => {})', 'argument.type', 'options'],
  ['scope.mute("conv1", [0], { onNode: 1 })', 'argument.type', 'onNode'],
  ['scope.scale("conv1")', 'argument.type', 'factor'],
  ['scope.scale("conv1", Infinity)', 'argument.range', 'factor'],
  ['scope.scale("conv1", 1e39)', 'argument.range', 'factor'],
  ['scope.replace("conv1", [1, 2])', 'argument.type', 'values'],
  ['scope.replace("conv1", new Float64Array(3))', 'argument.type', 'values'],
  ['scope.restore(7)', 'argument.type', 'node'],
  ['scope.restore("")', 'argument.range', 'node'],
  ['scope.nameClasses(["daisy"])', 'argument.type', 'text'],
  ['open({ assetsUrl: 3 })', 'argument.type', 'assetsUrl'],
  ['open({ wasmUrl: "" })', 'argument.range', 'wasmUrl'],
  ['open({ workerUrl: "http://" })', 'argument.range', 'workerUrl'],
  ['open({ worker: "w.js" })', 'argument.unknown', 'worker'],
  ['models({ assetUrl: "/" })', 'argument.unknown', 'assetUrl'],
  ['scope.tune({ limit: 0 })', 'argument.range', 'limit'],
  ['scope.tune({ limit: NaN })', 'argument.range', 'limit'],
  ['scope.tune(500)', 'argument.type', 'options'],
  ['scope.run()', 'argument.type', 'input'],
  ['scope.run(-1)', 'argument.type', 'input'],
  ['scope.run({ data: [] })', 'argument.type', 'input'],
  ['photo("cat").then((cat) => scope.run(cat, cat))', 'argument.type', 'options'],
  ['photo("cat").then((cat) => scope.run(cat, { corp: null }))', 'argument.unknown', 'corp'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: {} }))', 'argument.type', 'crop.x'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: { x: 0, y: 0, size: Infinity } }))', 'argument.range', 'crop.size'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: { x: 0, y: 0, size: -9 } }))', 'argument.range', 'crop.size'],
  ['scope.run(null)', 'argument.type', 'input'],
  ['scope.run(new Float64Array(3))', 'argument.type', 'input'],
  ['scope.run(document.body)', 'argument.type', 'input'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: { x: 0, y: 0 } }))', 'argument.type', 'crop.size'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: { x: 0, y: 0, size: 0.5 } }))', 'argument.range', 'crop.size'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: { x: NaN, y: 0, size: 9 } }))', 'argument.range', 'crop.x'],
  ['photo("cat").then((cat) => scope.run(cat, { crop: 1 }))', 'argument.type', 'crop'],
  ['photo("cat").then((cat) => scope.run(cat, { resize: 0 }))', 'argument.type', 'resize'],
  ['photo("cat").then((cat) => scope.run(cat, { signal: {} }))', 'argument.type', 'signal'],
  ['forget(7)', 'argument.type', 'url'],
  ['forget()', 'argument.type', 'url'],
  ['open(7)', 'argument.type', 'options'],
  ['open("googlenet")', 'argument.type', 'options'],
  ['open({ modell: "googlenet" })', 'argument.unknown', 'modell'],
  ['open({ size: 1e9 })', 'argument.range', 'size'],
  ['open({ size: NaN })', 'argument.range', 'size'],
  ['open({ weights: "synthetic:-1" })', 'argument.range', 'weights'],
  ['open({ engine: "tpu" })', 'argument.range', 'engine'],
  ['open({ model: 3 })', 'argument.type', 'model'],
  ['open({ weights: 3 })', 'argument.type', 'weights'],
  ['open({ weights: "synthetic:x" })', 'argument.range', 'weights'],
  ['open({ tune: true })', 'argument.type', 'tune'],
  ['open({ size: 74 })', 'argument.range', 'size'],
  ['open({ onProgress: {} })', 'argument.type', 'onProgress'],
];

/** What is of the right type, and still cannot be. @type {[string, string][]} */
const UNFIT = [
  ['scope.run(closed())', 'photo.unreadable'],
  ['scope.run("nowhere.jpg")', 'photo.unreachable'],
  ['scope.run(new Response("no", { status: 404 }))', 'photo.unreachable'],
  ['scope.run(new Image())', 'photo.unreadable'],
  ['scope.activation("conv9")', 'node.unknown'],
  ['scope.stats("toString")', 'node.unknown'],
  ['scope.maps("conv1", { channels: [64] })', 'node.channel'],
  ['scope.strongest(["conv1", "conv9"])', 'node.unknown'],
  ['scope.histogram("conv1", 2 ** 31 - 1)', 'node.channel'],
  ['scope.receptive("inception3a", { channel: 256 })', 'node.channel'],
  ['scope.explain("conv1", 0, 112, 0)', 'node.position'],
  ['scope.kernel("conv1", 64)', 'node.channel'],
  ['scope.mute("conv1", [64])', 'node.channel'],
  ['scope.replace("conv1", new Float32Array(0))', 'input.size'],
  ['scope.restore("conv9")', 'node.unknown'],
  ['scope.nameClasses("")', 'weights.class_names'],
  ['scope.run(new Float32Array(7))', 'input.size'],
  ['scope.run(new Blob([]))', 'photo.format'],
  ['open({ model: "resnet7" })', 'model.unknown'],
  ['open({ model: "googlenet", variant: "none" })', 'variant.unknown'],
  ['open({ model: "googlenet", profile: "none" })', 'profile.unknown'],
  ['open({ weights: "no-such-id" })', 'weights.address'],
  ['open({ weights: "nowhere.safetensors" })', 'weights.refused'],
  ['open({ weights: "http://127.0.0.1:1/x.safetensors" })', 'weights.unreachable'],
];

test('each wrong argument is an error of its own, and the scope lives on', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async ({ calls }) => {
    const { module, photo } = /** @type {any} */ (window);
    const { open, forget, models, InceptionscopeError } = module;
    const scope = await open({ model: 'googlenet', engine: 'cpu' });
    await scope.ready;
    const { logits } = await scope.run(await photo('cat'));
    const bitmap = await createImageBitmap(await photo('cat'));
    const closed = () => {
      bitmap.close();
      return bitmap;
    };
    const said = [];
    for (const call of calls) {
      const run = new Function('scope', 'open', 'forget', 'models', 'photo', 'closed', `return ${call}`);
      const error = await run(scope, open, forget, models, photo, closed).then(() => null, (/** @type {unknown} */ reason) => reason);
      said.push([call, error?.code ?? String(error), error?.data?.name ?? null, error instanceof InceptionscopeError,
        error?.message ?? '']);
    }
    const after = await scope.run(await photo('cat'));
    await scope.dispose();
    return { said, same: String(logits) === String(after.logits) };
  }, { calls: [...WRONG, ...UNFIT].map(([call]) => call) });
  const wanted = [...WRONG, ...UNFIT.map(([call, code]) => [call, code, null])].map((row) => [...row, true]);
  assert.deepEqual(found.said.map((row) => row.slice(0, 4)), wanted);
  for (const [call, , , , message] of found.said) assert.doesNotMatch(String(message), /undefined\b.*expected|\{\w+\}/, String(call));
  assert.equal(found.same, true);
  await page.close();
});

test('a picture comes from whatever shows or holds one', async () => {
  const { page } = await blank(browser, site);
  const top = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu' });
    const blob = await photo('dandelion');
    const bitmap = await createImageBitmap(blob);
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    context.drawImage(bitmap, 0, 0);
    const image = new Image();
    image.src = 'samples/dandelion.jpg';
    await image.decode();
    const offscreen = new OffscreenCanvas(bitmap.width, bitmap.height);
    offscreen.getContext('2d')?.drawImage(bitmap, 0, 0);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const inputs = [
      blob, image, canvas, offscreen, frame, context.getImageData(0, 0, bitmap.width, bitmap.height), bitmap,
      'samples/dandelion.jpg', new URL('samples/dandelion.jpg', document.baseURI), await fetch('samples/dandelion.jpg'),
    ];
    const named = [];
    for (const input of inputs) named.push((await scope.run(input)).top[0].name);
    await scope.dispose();
    return named;
  });
  assert.deepEqual(top, top.map(() => 'dandelion'));
  await page.close();
});

test('the table of codes has all that JavaScript throws, and nothing else', () => {
  const folder = join(ROOT, 'www/runtime');
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'));
  const source = [...files.map((name) => join(folder, name)), join(ROOT, 'www/inceptionscope.js')]
    .map((path) => readFileSync(path, 'utf8')).join('\n');
  const thrown = new Set([...source.matchAll(/failure\('([\w.]+)'/g)].map((match) => match[1]));
  for (const code of ['argument.type', 'argument.range']) if (source.includes(`? '${code}'`)) thrown.add(code);
  assert.deepEqual([...thrown].sort(), Object.keys(MESSAGES).sort());
});
