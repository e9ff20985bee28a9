// Several pictures at a call: the answers of one picture after the other, in their order, and which one an error is about.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLANK, blank, prepare } from './harness/prepare.js';

const { site, browser } = await prepare({ site: { pages: BLANK } });

// A GPU that is emulated takes seconds for each.
for (const [engine, count] of /** @type {const} */ ([['cpu', 9], ['gpu', 3]])) {
  test(`${engine}: an array of pictures is answered as each alone, and nothing comes in between`, async () => {
    const { page, errors } = await blank(browser, site);
    const found = await page.evaluate(async ([engine, count]) => {
      const { module, photo } = /** @type {any} */ (window);
      const scope = await module.open({ weights: 'weights/googlenet_flowers.safetensors', engine, tune: 'off' });
      const draw = async (/** @type {string} */ name, /** @type {any} */ canvas) => {
        const bitmap = await createImageBitmap(await photo(name));
        Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
        canvas.getContext('2d').drawImage(bitmap, 0, 0);
        return canvas;
      };
      const image = new Image();
      image.src = 'samples/dahlia.jpg';
      await image.decode();
      await scope.run(await photo('cat'));
      const tensor = (await scope.activation('input')).data;
      // What is taken over or closed is made for each time.
      const pictures = async () => [
        await photo('dandelion'), image, await draw('cat', document.createElement('canvas')),
        await draw('coffee', new OffscreenCanvas(1, 1)),
        await createImageBitmap(await photo('dahlia')), tensor, 'samples/cat.jpg', new URL('samples/coffee.jpg', document.baseURI),
        await fetch('samples/dandelion.jpg'),
      ].slice(0, count);
      /** @type {any[]} */
      const alone = [];
      for (const picture of await pictures()) alone.push(await scope.run(picture));
      const last = (await scope.activation('inception5b')).data;
      /** @type {string[]} */
      const heard = [];
      const asked = scope.run(await pictures(), { onNode: (/** @type {string} */ node) => node === 'inception5b' && heard.push(node) });
      const after = scope.activation('inception5b'); // of the last picture
      const batch = await asked;
      const told = (/** @type {any[]} */ results) => results.map(({ logits, seen, top }) => JSON.stringify([String(logits), seen, top]));
      const same = told(batch).map((answer, i) => answer === told(alone)[i]);
      const none = await scope.run([]);
      const crop = { x: 10, y: 20, size: 100 };
      const [part] = await scope.run([await photo('cat')], { crop });
      const kind = scope.engine.engine;
      await scope.dispose();
      return { same, different: new Set(told(alone)).size, heard: heard.length, none, kind,
        last: String((await after).data) === String(last), seen: [part.seen.x, part.seen.y, part.seen.width].map(Math.round) };
    }, /** @type {const} */ ([engine, count]));
    const { different } = found;
    assert.deepEqual(found, {
      same: Array(count).fill(true), different, heard: count, none: [], last: true, kind: engine, seen: [10, 20, 100],
    });
    assert.ok(found.different >= 3, `${found.different} different answers`);
    assert.deepEqual(errors, []);
    await page.close();
  });
}

test('an error names the picture that it is about, and the scope lives on', async () => {
  const { page } = await blank(browser, site);
  const found = await page.evaluate(async () => {
    const { module, photo } = /** @type {any} */ (window);
    const scope = await module.open({ model: 'googlenet', engine: 'cpu' });
    const cat = await photo('cat');
    const { logits } = await scope.run(cat);
    const closed = await createImageBitmap(cat);
    closed.close();
    const stop = new AbortController();
    const stopped = scope.run([cat, cat], { signal: stop.signal });
    stop.abort();
    const calls = [
      scope.run([cat, 7]), scope.run([cat, new Blob([]), cat]), scope.run([cat, cat, 'nowhere.jpg']), scope.run([closed, cat]),
      scope.run([new Float32Array(7)]), scope.run([[cat]]), scope.run([cat], { crop: {} }), stopped,
    ];
    const said = (await Promise.allSettled(calls)).map((/** @type {any} */ { reason }) =>
      [reason?.code, reason?.data?.index ?? reason?.data?.name ?? null, /^input\[\d\]: /.test(reason?.message),
        reason instanceof module.InceptionscopeError]);
    const [after] = await scope.run([cat]);
    await scope.dispose();
    return { said, same: String(after.logits) === String(logits) };
  });
  assert.deepEqual(found.said, [
    ['argument.type', 'input[1]', true, true],
    ['photo.format', 1, true, true],
    ['photo.unreachable', 2, true, true],
    ['photo.unreadable', 0, true, true],
    ['input.size', 0, true, true],
    ['argument.type', 'input[0]', true, true],
    ['argument.type', 'crop.x', false, true],
    ['call.aborted', null, false, true],
  ]);
  assert.equal(found.same, true);
  await page.close();
});
