// Addresses that somebody made up to harm the page, or by mistake: nothing in them is run, nothing breaks, and the page can be
// used after each. Of another site nothing is asked for, unless the address names it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictions, visit } from './harness/page.js';
import { prepare } from './harness/prepare.js';

/** How many are made up, and from what number on; all that were tried: ADDRESSES=400 node tests/browser/run.js faults-address */
const [COUNT, SEED] = [Number(process.env.ADDRESSES ?? 150), Number(process.env.SEED ?? 1)];
/** So many in a row on one page, without waiting for what each asks for. */
const ROW = 50;
/** Of those, so many in tabs of their own. */
const ALONE = 8;
/** Listed weights, and where they are. */
const LISTED = { id: 'inception_v3-tf', host: 'huggingface.co' };
const GOOD = '#engine=cpu&image=dandelion';

const { site, browser } = await prepare({
  browser: { webgpu: false, flags: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'] },
});

let state = SEED >>> 0;
/** Mulberry32. @param {number} n */
function random(n) {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
}
/** @template T @param {T[]} list */
const pick = (list) => list[random(list.length)];

const NUMBERS = ['0', '-1', '1', '1e308', '-1e308', '1e-320', 'NaN', 'Infinity', '-Infinity', '4294967296', '9007199254740993',
  '0x10', '1_000', ' 3 ', '', '٣', '3.7', '-0', '99999999999999999999'];
const HOSTILE = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>', 'data:image/svg+xml,<svg onload=alert(1)>', '__proto__', 'constructor', 'toString',
  'hasOwnProperty', 'prototype', '\u202eabc\u202c', '\ud800', '\0', '%00', '%', '%zz', '../../../etc/passwd', 'file:///etc/passwd',
  'blob:null/x', 'about:blank', 'http://[::1', 'http://user:pass@127.0.0.1:1/x', '//127.0.0.1:1/x', 'ftp://x/y', 'x'.repeat(5000),
  '😀', '[]', '{}', 'null', 'undefined', 'true', '\n\r\t', "'", '`${alert(1)}`', 'class', 'own', 'choose', 'synthetic:',
  'synthetic:-1', 'synthetic:1e3', 'synthetic:99999999999999999999999', 'synthetic:18446744073709551615',
  'googlenet:published', 'googlenet:__proto__', ' googlenet', 'GOOGLENET'];
/** What each part of an address may have, good and bad. @type {Record<string, () => string>} */
const PARTS = {
  model: () => pick(['googlenet', 'googlenet', 'googlenet:published', '__proto__', '']),
  variant: () => pick(['', '', 'published', 'constructor']),
  profile: () => pick(['', '', 'timm', 'torchvision', '<b>x</b>']),
  weights: () => pick(['', '', 'synthetic:1', 'googlenet-flowers', 'weights/googlenet_flowers.safetensors', 'own', '.', '/', '?',
    '../../x.safetensors']),
  engine: () => pick(['cpu', 'cpu', 'cpu', 'auto', '__proto__', '<b>']),
  threads: () => pick(NUMBERS),
  image: () => pick(['cat', 'coffee', 'dahlia', 'own', 'none']),
  photo: () => pick(['x.jpg', '<b>x</b>.jpg']),
  photoId: () => pick(['0123', '../x', '']),
  file: () => pick(['x.safetensors', '<b>x</b>']),
  fileId: () => pick(['0123', '../x', '']),
  crop: () => pick(['0,0,100', '10,10,50', '0,0,1e-300', '1e300,1e300,1e300', '-1e9,-1e9,1e9', '0,0,0.0001', numbers(3)]),
  node: () => pick(['inception3a', 'conv1', 'inception3a.branch2.1', 'fc', 'logits', 'input', 'probabilities', '__proto__']),
  channel: () => pick(['0', '5', '63', ...NUMBERS]),
  at: () => pick(['3,4', '0.5,0.5', '1e9,1e9', numbers(2)]),
  changes: () => pick(['inception3a=0', 'inception3a=NaN', 'inception3a:0-3=0', 'mute:inception3a', '=', ';;;', 'x=1;y=2', '__proto__=0']),
  class: () => pick(['1', ...NUMBERS]),
  why: () => pick(['cam:1', 'cam:9', 'gradient:1', 'occlusion:1;patch,1e9', 'occlusion:1;patch,-1', 'occlusion:-1', '__proto__:1',
    'cam:', 'cam:1:1', 'grad-cam:1;layer,nowhere', 'branches:1']),
  evaluate: () => pick(['', '10', '1e9', 'x', '1;own']),
  view: () => pick(['figure', 'list', 'table']),
  maps: () => pick(['strongest', 'mean', 'x']),
  scale: () => pick(['module', 'channel', 'map', '__proto__', 'constructor']),
  sort: () => pick(['channel', 'mean', 'constructor']),
  filter: () => pick(['mean', 'max', '__proto__', 'constructor']) + pick(['>', '<', '=', '>=', '']) + pick(NUMBERS),
  compare: () => pick(['photo:cat', 'photo:nowhere', 'variant:x', 'weights:synthetic:2', 'weights:x', 'scale:NaN', 'scale:2',
    'unchanged', ':']),
  side: () => pick(['a', 'b', 'difference', 'c']),
  likes: () => pick(['deepdream', 'dream', 'x;y', '__proto__']),
  publish: () => pick(['network', 'together', 'lanes', 'layout,network', 'x,y;z', '{}', '__proto__']),
};
/** @param {number} count */
const numbers = (count) => Array.from({ length: pick([count, count, count - 1, count + 1]) }, () => pick(NUMBERS)).join();
/** @param {string} value */
const encoded = (value) => encodeURIComponent(value.replace('\ud800', '')) || (value ? '%ED%A0%80' : '');

/** What no table makes. */
const OTHERS = ['', '#', '##', '#&&&', '#=', '#model', '#model=googlenet&model=resnet34', `#${'a=b&'.repeat(50_000)}`,
  `#model=googlenet&photo=${'A'.repeat(1 << 18)}`, '#%', '#%E0%A4%A', '#__proto__=1&constructor=2', '#%00=1', '#/etc/passwd',
  '#<script>alert(1)</script>',
  '#image=data:image/png;base64,iVBORw0KGgo=', '#image=javascript:alert(1)', '#image=file:///etc/passwd', '#image=blob:http://127.0.0.1/x',
  '#weights=javascript:alert(1)', '#weights=data:text/html,x', '#weights=file:///etc/passwd', '#weights=%2e%2e/x',
  '#weights=weights/100%25.safetensors',
  '#weights=synthetic:18446744073709551616', `#weights=${LISTED.id}&model=googlenet`, '#class=4294967297', '#node=inception3a&channel=0x5'];

/** One of them. @returns {string} */
function made() {
  const keys = Object.keys(PARTS).filter(() => random(100) < 25);
  return `#${keys.map((key) => `${key}=${encoded(random(100) < 30 ? pick(HOSTILE) : PARTS[key]())}`).join('&')}`;
}
const ADDRESSES = [...OTHERS, ...Array.from({ length: Math.max(0, COUNT - OTHERS.length) }, made)];

/** What no address may bring into a page. @param {import('playwright-core').Page} page */
const strange = (page) => page.evaluate(() => {
  const all = [...document.querySelectorAll('*')];
  return {
    scripts: document.scripts.length - 2,
    handlers: all.filter(({ attributes }) => [...attributes].some(({ name }) => name.startsWith('on'))).length,
    frames: document.querySelectorAll('iframe, object, embed').length,
    bold: [...document.querySelectorAll('b')].filter(({ textContent }) => textContent === 'x').length,
    images: [...document.images].filter(({ src }) => !/^(blob:|data:|http:\/\/127\.0\.0\.1:\d+\/samples\/)/.test(src)).length,
    links: all.filter((one) => /^\s*(javascript|data):/i.test(one.getAttribute('href') ?? '')).length,
    inherited: Object.keys(Object.prototype).length,
  };
});
const NOTHING = { scripts: 0, handlers: 0, frames: 0, bold: 0, images: 0, links: 0, inherited: 0 };
/** What a page says that is no sentence. */
const NO_SENTENCE = /\[object|undefined|is not a function|Cannot read|JsValue|panicked|unreachable executed/;

/** A page, with what goes wrong in it by the address that it had. @param {string} hash */
async function opened(hash) {
  const { page } = await visit(browser, 'about:blank');
  /** @type {string[]} */
  const wrong = [];
  let now = hash;
  // What one asks for may come while the next is there.
  const named = [hash];
  page.on('pageerror', (error) => wrong.push(`${error.stack} at ${now.slice(0, 300)}`));
  page.on('dialog', (dialog) => { wrong.push(`${dialog.message()} at ${now.slice(0, 300)}`); dialog.dismiss(); });
  page.on('request', (request) => {
    const url = request.url();
    const { host } = new URL(url);
    const isNamed = named.some((hash) => (host === LISTED.host && hash.includes(LISTED.id))
      || [...new URLSearchParams(hash.slice(1)).values()].some((value) => value.includes(host)));
    if (/^http/.test(url) && !url.startsWith(site.url) && !isNamed) wrong.push(`${url} is asked for at ${now.slice(0, 300)}`);
  });
  await page.goto(site.url + hash);
  return {
    page,
    wrong,
    /** @param {string} next */
    async go(next) {
      now = next;
      named.push(next);
      await page.evaluate((hash) => {
        location.hash = hash;
        return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 30)));
      }, next);
    },
  };
}

const { page: fresh } = await visit(browser, site.url + GOOD);
const [ANSWER] = await predictions(fresh);
await fresh.close();

/** Whether the page can be used: what is wanted is shown. @param {Awaited<ReturnType<typeof opened>>} tab */
async function usable({ page, wrong, go }) {
  await go(GOOD);
  await page.waitForFunction((answer) => answer === document.querySelector('.predictions li[aria-label]')?.getAttribute('aria-label')
    && !document.documentElement.classList.contains('running'), ANSWER).catch(async (cause) => {
    const shown = await page.evaluate(() => `${location.hash}: ${document.body.innerText.replace(/\s+/g, ' ').slice(0, 600)}`);
    throw new Error(`the page cannot be used: ${shown}`, { cause });
  });
  await page.getByRole('button', { name: 'Export', exact: true }).waitFor();
  assert.deepEqual(wrong, []);
}

for (let from = 0; from < ADDRESSES.length; from += ROW) {
  test(`addresses ${from} to ${Math.min(from + ROW, ADDRESSES.length) - 1}, one after the other`, async () => {
    const tab = await opened(GOOD);
    for (const address of ADDRESSES.slice(from, from + ROW)) {
      await tab.go(address);
      assert.deepEqual(await strange(tab.page), NOTHING, address.slice(0, 300));
      // What was given is quoted.
      const said = (await tab.page.getByRole('alert').allTextContents()).join().replaceAll(/“[^”]*”|'[^']*'/g, '');
      assert.doesNotMatch(said, NO_SENTENCE, address.slice(0, 300));
    }
    await usable(tab);
    await tab.page.close();
  });
}

test('some of them in tabs of their own', async () => {
  for (let i = 0; i < ALONE; i += 1) {
    const address = ADDRESSES[Math.floor((i * ADDRESSES.length) / ALONE)];
    const tab = await opened(address);
    // It says something, or shows an answer.
    await tab.page.waitForFunction((places) => (
      [...document.querySelectorAll(places)].some(({ textContent }) => /\w/.test(textContent ?? ''))),
    '[role=alert], .asked, .predictions li, .progress-row [role=status]');
    assert.deepEqual(await strange(tab.page), NOTHING, address.slice(0, 300));
    await usable(tab);
    await tab.page.close();
  }
});
