// Two photos or two networks beside each other: maps and their difference, answers, branches, the link, and the end of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { complaints } from './harness/axe.js';
import { chromium, firefox } from './harness/browsers.js';
import { complaint, openSetup, predictions, ROOT, sample, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';
import { serve } from './harness/server.js';
import { Tab } from './harness/tab.js';

/** How the page draws a map: in the site it is one file with the rest. */
const COLOUR = readFileSync(join(ROOT, 'www/page/colour.js'));
const { site, browser } = await prepare({
  site: { answers: { '/colour.js': (_, response) => response.writeHead(200, { 'content-type': 'text/javascript' }).end(COLOUR) } },
});

/** @typedef {import('playwright-core').Page} Page */

const NODE = 'inception3a.branch1';
const LINK = `engine=cpu&image=dandelion&node=inception3a&compare=photo:dahlia`;

/** @param {Page} page */
const section = (page) => page.getByRole('region', { name: 'Compare', exact: true });
/** @param {Page} page @param {string} [node] */
const grid = (page, node = NODE) => page.getByRole('listbox', { name: `Feature maps of ${node}`, exact: true });
/** Both photos are there. @param {Page} page @param {string} b */
const compared = (page, b) => section(page).getByRole('img', { name: `What the network sees, B: ${b}` }).waitFor();
/** @param {Page} page @param {string} side */
const choose = (page, side) => page.getByRole('radiogroup', { name: 'What each tile shows' }).getByText(side, { exact: true }).click();

/** A count as the page writes it: 17.4 k. @param {string} text */
function count(text) {
  const [, figure, unit] = /^([\d.]+)\s?([kM]?)$/.exec(text) ?? [];
  return Number(figure) * ({ k: 1e3, M: 1e6 }[unit] ?? 1);
}

/** The maps of the first tiles, drawn: by channel, by plane. @param {Page} page @param {string} [node] */
async function planes(page, node = NODE) {
  const box = grid(page, node);
  await box.scrollIntoViewIfNeeded();
  await box.getByRole('option', { name: /mean/ }).first().waitFor();
  await page.waitForFunction((element) => [...(element?.querySelectorAll('canvas') ?? [])].every((c) => c.style.visibility === 'visible'),
    await box.elementHandle());
  return box.getByRole('option').evaluateAll((options) => options.slice(0, 4).map((option) => ({
    channel: Number(/^Channel (\d+)/.exec(option.getAttribute('aria-label') ?? '')?.[1]),
    maps: Object.fromEntries([...option.querySelectorAll('canvas')].map((canvas) => [canvas.dataset.plane, canvas.toDataURL()])),
  })));
}

/**
 * The same by the module alone: values of two photos in scopes of their own, subtracted here, and drawn by one scale a channel.
 * @param {Page} page
 */
function expected(page) {
  return page.evaluate(async (node) => {
    const { open } = await import(new URL('inceptionscope.js', document.baseURI).href);
    const { drawMap } = await import(new URL('colour.js', document.baseURI).href);
    const scope = await open({ model: 'googlenet', weights: 'weights/googlenet_flowers.safetensors', engine: 'cpu' });
    const read = async (/** @type {string} */ name) => {
      await scope.run(`samples/${name}.jpg`);
      return scope.activation(node);
    };
    const [a, b] = [await read('dandelion'), await read('dahlia')];
    await scope.dispose();
    const [channels, rows, columns] = a.shape;
    const area = rows * columns;
    const all = Array.from({ length: channels }, (_, channel) => {
      const [one, other] = [a, b].map(({ data }) => data.subarray(channel * area, (channel + 1) * area));
      const difference = one.map((/** @type {number} */ v, /** @type {number} */ i) => other[i] - v);
      const most = (/** @type {Float32Array[]} */ ...values) => Math.max(...values.flatMap((each) => [...each].map(Math.abs))) || 1;
      const draw = (/** @type {Float32Array} */ data, /** @type {string} */ kind, /** @type {number} */ top) => {
        const canvas = document.createElement('canvas');
        drawMap(canvas, data, rows, columns, { kind, top });
        return canvas.toDataURL();
      };
      const shared = most(one, other);
      const maps = {
        a: draw(one, 'sequential', shared),
        b: draw(other, 'sequential', shared),
        difference: draw(difference, 'diverging', most(difference)),
      };
      const size = difference.reduce((/** @type {number} */ sum, /** @type {number} */ v) => sum + Math.abs(v), 0) / area;
      const energyOf = (/** @type {Float32Array} */ values) => values.reduce((sum, v) => sum + v * v, 0);
      const [energyA, energyB] = [energyOf(one), energyOf(other)];
      return { channel, maps, size, energyA, energyB };
    });
    return all;
  }, NODE);
}

test('two photos: A, B and B − A of each channel by the same scale, in the same order, and a link that restores them', async () => {
  const { page, errors } = await visit(browser, `${site.url}#${LINK}&scale=map`);
  await compared(page, 'Dahlia');
  const truth = await expected(page);
  const shown = await planes(page);
  assert.deepEqual(shown.map(({ channel }) => channel), [0, 1, 2, 3]);
  for (const { channel, maps } of shown) assert.deepEqual(maps, truth[channel].maps, `channel ${channel}`);
  // The most different ones first.
  await page.getByLabel('Order').selectOption('by difference');
  const ranked = truth.toSorted((a, b) => b.size - a.size).slice(0, 4).map(({ channel }) => channel);
  assert.deepEqual((await planes(page)).map(({ channel }) => channel), ranked);
  await choose(page, 'B − A');
  const differences = await planes(page);
  for (const { channel, maps } of differences) assert.deepEqual(maps, { difference: truth[channel].maps.difference });
  await page.waitForURL(/compare=photo:dahlia&side=difference$/);
  const { page: other } = await visit(browser, page.url());
  await compared(other, 'Dahlia');
  assert.deepEqual(await planes(other), differences);
  await other.close();
  // One channel, large: its values at one place are A's, B's and their difference.
  await grid(page).getByRole('option').first().click();
  const plates = page.getByRole('group', { name: 'Compare', exact: true });
  await plates.getByRole('img').nth(2).waitFor();
  assert.equal(await plates.getByRole('img').nth(2).evaluate((canvas) => /** @type {HTMLCanvasElement} */ (canvas).toDataURL()),
    truth[ranked[0]].maps.difference);
  assert.deepEqual(errors, []);
  await page.close();
});

test('answers beside each other, branches in numbers, and both taken away', async () => {
  const { page, errors } = await visit(browser, `${site.url}#${LINK}`);
  await compared(page, 'Dahlia');
  const said = await predictions(page);
  assert.ok(said.every((text) => /^\S+: A \S+, B \S+$/.test(text)), said.join('; '));
  const truth = await expected(page);
  const row = page.getByRole('table', { name: 'Energy of the branches' }).getByRole('row').filter({ hasText: '1×1' });
  await row.getByText(/\d/).nth(1).waitFor();
  const cells = await row.getByRole('cell').allInnerTexts();
  for (const [i, side] of /** @type {const} */ (['energyA', 'energyB']).entries()) {
    const energy = truth.reduce((sum, channel) => sum + channel[side], 0);
    assert.ok(Math.abs(count(cells[i]) / energy - 1) < 0.006, `${cells[i]}, not ${energy}`);
  }
  /** @param {string} name */
  const saved = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), section(page).getByRole('button', { name }).click()]);
    return { name: download.suggestedFilename(), file: readFileSync(/** @type {string} */ (await download.path())) };
  };
  const lines = (await saved('Save its numbers as CSV')).file.toString().trim().split('\n');
  assert.equal(lines[0], 'what,name,a,b,difference');
  const [, , a, b, difference] = lines.find((line) => line.startsWith('energy,1×1,'))?.split(',').map(Number) ?? [];
  assert.ok(a > 0 && Math.abs(b - a - difference) < 1e-3 * b, lines.join('\n'));
  const told = JSON.parse((await saved('Save its numbers as JSON')).file.toString());
  assert.deepEqual([told.a, told.b, told.module, told.about.compare], ['Dandelion', 'Dahlia', 'inception3a', 'photo:dahlia']);
  assert.equal(told.numbers.filter((/** @type {any} */ line) => line.what === 'probability').length, 5);
  const picture = await saved('Save the comparison as PNG');
  assert.equal(picture.name, 'googlenet-inception3a-comparison.png');
  assert.ok(picture.file.length > 50_000, `${picture.file.length} bytes`);
  assert.deepEqual(errors, []);
  await page.close();
});

/** In the page: notes what is posted to workers, and asks them for their memory. */
const LISTEN = () => {
  const post = Worker.prototype.postMessage;
  /** @type {any} */ (window).posted = [];
  Worker.prototype.postMessage = function (/** @type {any[]} */ ...args) {
    const [{ method, scope, args: { to } = /** @type {any} */ ({}) }] = args;
    if (method) /** @type {any} */ (window).posted.push({ method, scope, to });
    /** @type {any} */ (window).memory = () => new Promise((resolve) => {
      const hear = (/** @type {MessageEvent} */ { data }) => {
        if (data.id !== 1e6) return;
        this.removeEventListener('message', hear);
        resolve(data.value.wasm);
      };
      this.addEventListener('message', hear);
      post.call(this, { id: 1e6, scope: 0, method: 'memory', args: {} });
    });
    return post.apply(this, /** @type {any} */ (args));
  };
};

test('whoever stops comparing frees the second photo: every scope that was forked is gone, and the memory does not grow', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript(LISTEN);
  await page.goto(`${site.url}#engine=cpu&image=dandelion`);
  const first = await predictions(page);
  const sizes = [];
  for (const name of ['Dahlia', 'Cat', 'Coffee', 'Pagoda', 'Dahlia']) {
    await section(page).getByLabel('Compare with').selectOption(name);
    await compared(page, name);
    await section(page).getByRole('button', { name: 'Stop comparing' }).click();
    await section(page).getByRole('button', { name: 'Stop comparing' }).waitFor({ state: 'hidden' });
    sizes.push(await page.evaluate(() => /** @type {any} */ (window).memory()));
  }
  const posted = await page.evaluate(() => /** @type {any} */ (window).posted);
  const forked = posted.filter((/** @type {any} */ { method }) => method === 'fork').map((/** @type {any} */ { to }) => to);
  const disposed = posted.filter((/** @type {any} */ { method }) => method === 'dispose').map((/** @type {any} */ { scope }) => scope);
  assert.equal(forked.length, 5);
  assert.deepEqual(disposed, forked);
  assert.equal(sizes.at(-1), sizes[1], `${sizes}`);
  await page.waitForURL((url) => !/compare=/.test(url.href));
  assert.deepEqual(await predictions(page), first);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'compare-with');
  await page.close();
});

test('another network on the same photo: what only one has is said, and that the weights were not trained for it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=xception&engine=cpu&image=cat&node=block2`);
  await predictions(page);
  await section(page).getByLabel('Compare with').selectOption('Without skip connections');
  await compared(page, 'Without skip connections');
  await section(page).getByText(/^The weights are random in both/).waitFor();
  const lane = page.locator('[data-node="block2.skipbn"]');
  await lane.getByText('Only in A.').waitFor();
  // Maps are drawn where they are looked at.
  await lane.scrollIntoViewIfNeeded();
  await lane.locator('.tile').first().locator('canvas').first().waitFor();
  assert.equal(await lane.locator('.tile').first().locator('canvas').count(), 1);
  await page.locator('[data-node="block2.rep.3"]').scrollIntoViewIfNeeded();
  await page.locator('[data-node="block2.rep.3"] .tile').first().locator('canvas').nth(2).waitFor();
  assert.equal(await page.locator('[data-node="block2.rep.3"] .tile').first().locator('canvas').count(), 3);
  await page.waitForURL(/compare=variant:no-skip/);
  const workers = page.workers().length;
  await section(page).getByRole('button', { name: 'Stop comparing' }).click();
  await lane.getByText('Only in A.').waitFor({ state: 'detached' });
  while (page.workers().length >= workers) await page.waitForTimeout(30); // its worker ends
  assert.deepEqual(errors, []);
  await page.close();
});

test('changes before and after: the same view, with the network without them as A; undoing them ends it', async () => {
  const { page, errors } = await visit(browser, `${site.url}#engine=cpu&image=dandelion&node=inception3a&changes=inception3a.branch1*0`);
  await predictions(page);
  await page.getByRole('button', { name: 'Compare before and after' }).click();
  await compared(page, 'With the changes');
  const table = page.getByRole('table', { name: 'Energy of the branches' });
  await table.getByRole('row').filter({ hasText: '1×1' }).getByText('0', { exact: true }).waitFor();
  const [before, after, , share] = await table.getByRole('row').filter({ hasText: '1×1' }).getByRole('cell').allInnerTexts();
  assert.ok(count(before) > 0, before);
  assert.deepEqual([after, share], ['0', '0%']);
  await page.getByRole('button', { name: 'Undo all' }).click();
  await section(page).getByRole('button', { name: 'Stop comparing' }).waitFor({ state: 'hidden' });
  await page.waitForURL((url) => !/compare=/.test(url.href));
  assert.deepEqual(errors, []);
  await page.close();
});

test('no residual scaling: in the first block the residual is the same, and its energy by the square of the scale larger', async () => {
  const { page, errors } = await visit(browser, `${site.url}#model=inception_resnet_v1&engine=cpu&image=cat&node=repeat_1.0`);
  await predictions(page);
  await section(page).getByLabel('Compare with').selectOption('No residual scaling: scale 1 in every block');
  await compared(page, 'Residual scale 1.00');
  const table = page.getByRole('table', { name: 'Energy of the branches' });
  /** @param {string} name */
  const energies = async (name) => {
    const row = table.getByRole('row').filter({ hasText: name });
    await row.getByText(/\d/).nth(1).waitFor();
    return row.getByRole('cell').allInnerTexts().then((cells) => cells.slice(0, 2).map(count));
  };
  const [own, one] = await energies('Residual');
  assert.ok(Math.abs((one / own) * 0.17 ** 2 - 1) < 0.02, `${own}, ${one}`);
  const [before, after] = await energies('Shortcut');
  assert.equal(before, after);
  await page.waitForURL(/compare=scale:1/);
  assert.deepEqual(errors, []);
  await page.close();
});

test('another photo is compared with the same one, with the same changes, and another network follows', async () => {
  const { page } = await visit(browser, `${site.url}#${LINK}`);
  await compared(page, 'Dahlia');
  await page.getByRole('button', { name: 'Mute branch 1×1', exact: true }).click();
  const row = page.getByRole('table', { name: 'Energy of the branches' }).getByRole('row').filter({ hasText: '1×1' });
  await row.getByText('0', { exact: true }).nth(1).waitFor();
  await page.getByRole('button', { name: 'Undo all' }).click();
  await page.getByLabel('Choose a photo').setInputFiles(sample('cat'));
  await section(page).getByRole('img', { name: 'What the network sees, A: cat.jpg' }).waitFor();
  await compared(page, 'Dahlia');
  await section(page).getByLabel('Your own photo…').setInputFiles(sample('coffee'));
  await compared(page, 'coffee.jpg');
  await section(page).getByLabel('Compare with').selectOption('Dahlia');
  await compared(page, 'Dahlia');
  await openSetup(page);
  await page.getByLabel('Weights', { exact: true }).selectOption('Random, untrained');
  await page.getByText('its weights are random, so it does not rank classes').waitFor();
  await compared(page, 'Dahlia');
  await page.close();
});

test('weights that cannot be had, and a link that names nothing, leave the first network as it is', async () => {
  const { page } = await visit(browser, `${site.url}#engine=cpu&image=dandelion`);
  const first = await predictions(page);
  const links = /** @type {const} */ ([
    ['weights:nowhere.safetensors', /^Comparison: /],
    ['nonsense:1', /nonsense:1/],
    ['variant:nothing', /^Comparison: .*nothing/],
  ]);
  for (const [asked, said] of links) {
    await page.goto(`${site.url}#engine=cpu&image=dandelion&compare=${asked}`);
    await page.getByRole('alert').filter({ hasText: said }).waitFor();
    assert.deepEqual(await predictions(page), first);
    await page.waitForFunction(() => !location.hash.includes('compare='));
    await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  }
  await page.close();
});

test('a second network that dies is said to have done so, and the first one stays', async () => {
  const die = `addEventListener('message', ({ data }) => {
    if (data.method === 'run') setTimeout(() => { throw new Error('injected'); });
  });`;
  // The page's own worker, that of the second network, and each that replaces it.
  const broken = await serve({ inject: ['', die, die, die] });
  try {
    const { page } = await visit(browser, `${broken.url}#engine=cpu&image=dandelion`);
    const first = await predictions(page);
    await section(page).getByLabel('Compare with').selectOption('Random, untrained');
    assert.match(await complaint(page), /^Comparison: The runtime failed \(.*injected/);
    assert.deepEqual(await predictions(page), first);
    await page.waitForURL((url) => !/compare=/.test(url.href));
    await page.close();
  } finally {
    await broken.close();
  }
});

for (const [name, width, height] of /** @type {const} */ ([['desk', 1440, 900], ['phone', 390, 844]])) {
  test(`by keyboard, with nothing for axe to complain about, on a ${name}`, async () => {
    const browser = await chromium({ context: { viewport: { width, height }, bypassCSP: true } });
    try {
      const { page } = await visit(browser, `${site.url}#${LINK}`);
      await compared(page, 'Dahlia');
      await planes(page);
      const radio = page.getByRole('radio', { name: 'A, B and B − A' });
      await radio.focus();
      await radio.press('ArrowRight');
      await page.waitForFunction(() => location.hash.endsWith('side=a'));
      assert.equal(await page.getByRole('radio', { name: 'A', exact: true }).evaluate((input) => input === document.activeElement), true);
      assert.deepEqual(Object.keys((await planes(page))[0].maps), ['a']);
      await page.keyboard.press('ArrowLeft');
      await page.waitForFunction(() => !location.hash.includes('side='));
      // What is chosen stays in the window while the maps are scrolled.
      const bottom = page.locator('[data-node="inception3a"]');
      await bottom.scrollIntoViewIfNeeded();
      assert.ok(await page.getByRole('radiogroup').evaluate((e) => e.getBoundingClientRect().top >= 0));
      assert.deepEqual(await complaints(page), []);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window');
    } finally {
      await browser.close();
    }
  });
}

for (const [name, start, engine] of /** @type {const} */ ([['Firefox', firefox, 'cpu'], ['Chromium with WebGPU', chromium, 'gpu']])) {
  test(`two photos in ${name}`, async () => {
    const browser = await start();
    try {
      const tab = await Tab.open(browser, `${site.url}#${LINK.replace('cpu', engine)}`);
      await tab.named('#compare figcaption', /Dahlia/);
      assert.match(await tab.answer(), /^\S+: A \S+, B \S+$/);
      const drawn = `[...document.querySelectorAll('[data-node="${NODE}"] canvas')].filter((c) => c.style.visibility === 'visible')`;
      // Maps are drawn where they are looked at.
      await tab.value(`document.querySelector('[data-node="${NODE}"]').scrollIntoView({ behavior: 'instant' })`);
      await tab.until(`${drawn}.length >= 9`);
      await tab.value(`document.querySelector('#compare header button').click()`);
      await tab.until(`document.querySelectorAll('[data-node="${NODE}"] .tile canvas').length > 0
        && document.querySelectorAll('[data-node="${NODE}"] .tile canvas + canvas').length === 0`);
      assert.doesNotMatch(await tab.answer(), /: A /);
    } finally {
      await browser.close();
    }
  });
}
