// Whatever the visitor gives: one clear sentence, and what was shown before stays.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32, deflateSync, gunzipSync } from 'node:zlib';
import { choosePhoto, complaint, openModule, openSetup, predictions, ROOT, sample, tiles, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';

const WEIGHTS = join(ROOT, 'weights/googlenet_flowers.safetensors');

const { site, browser } = await prepare();
/** A page that has named a dandelion: what has to stay. */
const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
await predictions(page);

/**
 * A PNG of one colour (PNG specification, 5: length, type, data, CRC).
 * @param {number} width
 * @param {number} height
 * @param {number[]} colour RGB or RGBA
 */
function png(width, height, colour) {
  const chunk = (/** @type {string} */ type, /** @type {Buffer} */ data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    crc.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, crc]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour.length === 4 ? 6 : 2], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * colour.length, Buffer.from(colour))]);
  const rows = Buffer.alloc(row.length * height, row);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 1 })),
    chunk('IEND', Buffer.alloc(0))]);
}

/** @param {string} name @param {Buffer} buffer */
const photo = (name, buffer) => ({ name, buffer, mimeType: name.endsWith('.png') ? 'image/png' : 'image/jpeg' });

/** Gives a photo that cannot be used. @param {{ name: string, mimeType: string, buffer: Buffer }} file @param {RegExp} expected */
async function refused(file, expected) {
  const shown = await predictions(page);
  await choosePhoto(page, file);
  const text = await complaint(page);
  assert.match(text, expected);
  assert.match(text, /The view is as it was before/);
  assert.deepEqual(await predictions(page), shown);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
}

/** Gives an unusual photo that can be used. @param {{ name: string, mimeType: string, buffer: Buffer }} file */
async function accepted(file) {
  const before = await page.getByRole('img', { name: 'What the network sees' })
    .evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
  await choosePhoto(page, file);
  await page.waitForFunction((old) => {
    const canvas = document.querySelector('canvas[aria-label^="What the network sees"]');
    return canvas instanceof HTMLCanvasElement && canvas.toDataURL() !== old;
  }, before);
  assert.equal((await predictions(page)).length, 5);
  assert.equal(await page.getByRole('alert').filter({ hasText: /\w/ }).count(), 0);
}

/** The colour that the network sees at a place, 0 to 1. @param {number} x @param {number} y */
const seen = (x, y) => page.getByRole('img', { name: 'What the network sees' }).evaluate((element, [x, y]) => {
  const canvas = /** @type {HTMLCanvasElement} */ (element);
  return [...canvas.getContext('2d')?.getImageData(x * canvas.width, y * canvas.height, 1, 1).data ?? []].slice(0, 3);
}, [x, y]);

test('a file that is no picture', () =>
  refused({ name: 'notes.md', mimeType: 'text/plain', buffer: Buffer.from('no picture') }, /not a photo\. Choose a JPEG, PNG or WebP/));
test('a text file that calls itself a picture', () =>
  refused(photo('fake.jpg', Buffer.from('no picture')), /^This file is not a photo \(not an image\)\. Choose a JPEG, PNG or WebP image\./));
test('a cut-off JPEG', () =>
  refused(photo('cut.jpg', readFileSync(sample('dandelion')).subarray(0, 20_000)), /^The photo is cut off\. Save or download it again\./));
test('a cut-off PNG', () => refused(photo('cut.png', png(300, 300, [1, 2, 3]).subarray(0, 200)), /cut off|cannot be decoded|damaged/));

test('one pixel', () => accepted(photo('one.png', png(1, 1, [200, 30, 30]))));
test('a small photo is enlarged, and the page says so', async () => {
  await accepted(photo('small.png', png(40, 30, [90, 30, 200])));
  await page.getByText('224 × 224 pixels, enlarged from').waitFor();
});
test('5000 × 3 pixels', () => accepted(photo('wide.png', png(5000, 3, [30, 200, 30]))));
test('40 megapixels', () => accepted(photo('large.png', png(8000, 5000, [30, 30, 200]))));
test('transparency is laid on white', async () => {
  await accepted(photo('clear.png', png(300, 300, [0, 0, 0, 0])));
  assert.deepEqual(await seen(0.5, 0.5), [255, 255, 255]);
});

test('a photo that is to be turned is turned', async () => {
  await accepted(photo('upright.jpg', readFileSync(sample('pagoda'))));
  const upright = await seen(0.1, 0.1); // sky
  // An EXIF segment (TIFF, one entry: tag 0x0112, SHORT, 1 value) that says: turn by 180 degrees.
  const exif = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 34]),
    Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0\0\0\0\0', 'latin1')]);
  const file = readFileSync(sample('pagoda'));
  await accepted(photo('turned.jpg', Buffer.concat([file.subarray(0, 2), exif, file.subarray(2)])));
  const turned = await seen(0.9, 0.9);
  assert.ok(upright.every((v, c) => Math.abs(v - turned[c]) < 24), `${upright} is not ${turned}`);
});

/** Gives weights that cannot be used. @param {string} name @param {Buffer} buffer @param {RegExp} expected */
async function refusedWeights(name, buffer, expected) {
  const shown = await predictions(page);
  await openSetup(page);
  await page.getByRole('button', { name: 'ImageNet weights' }).click();
  await page.getByLabel('Choose a weight file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer });
  const text = await complaint(page);
  assert.match(text, expected);
  assert.match(text, /The view is as it was before/);
  assert.deepEqual(await predictions(page), shown);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await openModule(page, 'Inception (3a)'); // still alive
  await tiles(page, 'inception3a.branch1');
  await openModule(page, 'Inception (3a)');
}

test('cut-off weights', () =>
  refusedWeights('cut.safetensors', readFileSync(WEIGHTS).subarray(0, 2_000_000),
    /cut\.safetensors: The file is cut off: it has 2000000 of \d+ bytes/));
test('weights of nothing known', () => {
  const header = Buffer.from(JSON.stringify({ 'a.weight': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return refusedWeights('strange.safetensors', Buffer.concat([length, header, Buffer.alloc(4)]), /strange\.safetensors: .*(fit|hold)/);
});
test('a Keras file in place of weights', () =>
  refusedWeights('model.safetensors', Buffer.from('\x89HDF\r\n\x1a\n and what else such a file holds', 'latin1'),
    /model\.safetensors: This is a Keras file/));

test('Keras files whose types or links have no end', async () => {
  const file = (/** @type {string} */ name) => readFileSync(join(ROOT, 'tests/fixtures/weights', name));
  await refusedWeights('nested.h5', gunzipSync(file('nested.h5.gz')), /nested\.h5: The header of the file is damaged \(.+\)/);
  // What reads them still can.
  await refusedWeights('linked.h5', file('linked.h5'), /linked\.h5: The header of the file is damaged \(HDF5: groups without end\)/);
});

test('a PyTorch file of another network', () =>
  refusedWeights('toy.pth', readFileSync(join(ROOT, 'tests/fixtures/weights/state_dict.pth')), /toy\.pth: .*(fit|hold)/));

test('a TF.js model in place of weights', () => refusedWeights('model.json', Buffer.from('{"weightsManifest":[]}'), /^model\.json: /));
test('class names where a photo is asked for', async () => {
  const shown = await predictions(page);
  await choosePhoto(page, { name: 'names.txt', mimeType: 'text/plain', buffer: Buffer.from('one\n') });
  assert.match(await complaint(page),
    /^names\.txt is not a photo\. Choose a JPEG, PNG or WebP image here\. For weights and class names, use .*under Weights/);
  assert.deepEqual(await predictions(page), shown);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
});
test('a single class name', () =>
  refusedWeights('names.txt', Buffer.from('one\n'), /there is 1 class name, but the network has 5 classes/i));
test('names of other classes', () =>
  refusedWeights('names.txt', Buffer.from('one\ntwo\n'), /names\.txt: there are 2 class names, but the network has 5 classes/i));

test('weights that are not there, and weights of another network', async () => {
  for (const [address, expected] of /** @type {const} */ ([
    ['#weights=weights/missing.safetensors', /missing\.safetensors.*404.*(Check|Choose)/],
    ['#model=inception_v3&weights=weights/googlenet_flowers.safetensors', /Choose googlenet\./],
    ['#weights=http://127.0.0.1:9/unreachable.safetensors', /cannot be reached.*choose it here/i],
    ['#model=lenet', /no network “lenet”\. Choose GoogLeNet, .* or ResNet-152\./],
  ])) {
    const { page } = await visit(browser, `${site.url}${address}`);
    if (address.includes('http')) await page.getByRole('button', { name: 'Load them' }).click();
    assert.match(await complaint(page), expected);
    await page.close();
  }
});

test('what a link names and is not there is said, and stays said when the photo has run', async () => {
  for (const [part, expected] of /** @type {const} */ ([
    ['node=nosuch', /^This network has no node “nosuch”, so only the network is shown\./],
    ['model=lenet', /^There is no network “lenet”\. /],
    ['weights=own&file=mine.pth', /^This link was made with a weight file that it does not contain \(mine\.pth\)/],
  ])) {
    const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&${part}`);
    assert.match((await predictions(page))[0], /^dandelion/);
    await page.getByRole('status').filter({ hasText: /^Ran in/ }).or(page.locator('.took').filter({ hasText: /Ran in/ })).first().waitFor();
    assert.match((await page.getByRole('alert').textContent()) ?? '', expected);
    // It is not about the next address.
    await page.evaluate(() => { location.hash = '#engine=cpu&image=cat'; });
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor({ state: 'detached' });
    await page.close();
  }
});

test('no WebGPU', async () => {
  const without = await serve({ inject: Array(3).fill('delete WorkerNavigator.prototype.gpu;') });
  try {
    const { page } = await visit(browser, `${without.url}#image=dandelion`);
    await predictions(page);
    assert.match(await page.locator('#status').textContent() ?? '',
      /Runs on the CPU( with \d+ threads)?: this browser has no WebGPU\./);
    await openSetup(page);
    await page.getByLabel('Engine', { exact: true }).selectOption('gpu');
    assert.match(await complaint(page), /no GPU can be used/i);
    assert.equal(await page.getByLabel('Engine', { exact: true }).inputValue(), 'auto');
    assert.equal((await predictions(page)).length, 5);
    await page.close();
  } finally {
    await without.close();
  }
});

test('WebGPU without a GPU is not a browser without WebGPU', async () => {
  const bare = await serve({ inject: ['GPU.prototype.requestAdapter = async () => null;'] });
  try {
    const { page } = await visit(browser, `${bare.url}#image=dandelion`);
    await predictions(page);
    const said = await page.locator('#status').textContent() ?? '';
    assert.match(said, /Runs on the CPU( with \d+ threads)?: WebGPU finds no GPU here that it can use\./);
    await page.close();
  } finally {
    await bare.close();
  }
});

test('a link to an own photo asks for it', async () => {
  const { page, errors } = await visit(browser,
    `${site.url}#engine=cpu&image=own&photo=flower.jpg&node=inception4a.branch2.1&channel=12&at=3,4`);
  const asked = page.getByRole('status').filter({ hasText: 'made with a photo that it does not contain (flower.jpg)' });
  await asked.filter({ hasText: 'Choose that photo to open channel 12 of inception4a.branch2.1 on it, at row 3, column 4.' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'Feature maps appear once you choose the photo.' }).waitFor();
  await page.getByRole('status').filter({ hasText: /^Ready/ }).waitFor();
  await page.getByRole('status').filter({ hasText: 'Feature maps appear once you choose the photo.' }).waitFor();
  assert.equal(await page.getByRole('alert').filter({ hasText: /\w/ }).count(), 0, 'it is no alarm');
  assert.equal(await page.evaluate(() => scrollY), 0, 'what is asked for is out of sight');
  const chooser = page.waitForEvent('filechooser');
  await asked.getByText('Choose a photo').click();
  await (await chooser).setFiles(sample('dandelion'));
  assert.match((await predictions(page))[0], /dandelion/);
  await page.getByRole('heading', { name: 'Channel 12 inception4a.branch2.1' }).waitFor();
  await page.getByRole('status').filter({ hasText: /^row 3, column 4: / }).waitFor();
  await asked.waitFor({ state: 'hidden' });
  // Its maps are in sight above the channel.
  const maps = page.getByRole('listbox', { name: 'Feature maps of inception4a.branch2.1', exact: true });
  await page.waitForFunction((element) => {
    const { top, bottom } = element?.getBoundingClientRect() ?? { top: 0, bottom: 0 };
    return top >= 0 && bottom <= (document.getElementById('channel')?.getBoundingClientRect().top ?? 0);
  }, await maps.elementHandle());
  assert.deepEqual(errors, []);
  await page.close();
});
