// A browser whose storage fails in every way, and kept weights that are damaged in every place: what is read is right, nothing
// waits for ever, and what can be mended is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { chromium } from './harness/browsers.js';
import { at, HANG, is, reject, SOON, STORAGE } from './harness/faults.js';
import { choosePhoto, openSetup, predictions, sample, visit } from './harness/page.js';
import { BLANK } from './harness/prepare.js';
import { reader, trouble } from './harness/reader.js';
import { DIST, serve } from './harness/server.js';

const browser = await chromium({ webgpu: false });
after(() => browser.close());

const full = reject('QuotaExceededError');
/** A body that is kept, but not given back. @param {string} answer */
const unreadable = (answer) => at('Cache.match', `return method.apply(this, args).then((found) =>
  found && Object.defineProperty(found, 'arrayBuffer', { value: () => ${answer} }))`);

/** What the browser does, and how. @type {Record<string, string>} */
const FAULTS = {
  nothing: '',
  ...STORAGE,
  'caches that may not be looked at':
    `Object.defineProperty(globalThis, 'caches', { get() { throw new DOMException('no', 'SecurityError'); } });`,
  'open throws': at('CacheStorage.open', `throw new DOMException('no', 'SecurityError')`),
  'open is refused the third time': at('CacheStorage.open', `if (k === 3) ${reject('UnknownError')}`),
  'open never answers the third time': SOON + at('CacheStorage.open', `if (k === 3) ${HANG}`),
  'no room at once': at('Cache.put', `if (k === 1) ${full}`),
  'no room after three entries': at('Cache.put', `if (k === 4) ${full}`),
  'no room for the last entry': at('Cache.put', `if (k === 11) ${full}`),
  'never any room': at('Cache.put', full),
  'put throws': at('Cache.put', `throw new TypeError('no')`),
  'put never answers': SOON + at('Cache.put', HANG),
  'put never answers in the middle': SOON + at('Cache.put', `if (k === 5) ${HANG}`),
  'put says yes, and keeps nothing': at('Cache.put', 'return Promise.resolve()'),
  'no room, and nothing can be deleted': at('Cache.put', `if (k >= 3) ${full}`) + at('Cache.delete', reject('UnknownError')),
  'match throws': at('Cache.match', `throw new TypeError('no')`),
  'match is refused the fourth time': at('Cache.match', `if (k === 4) ${reject('UnknownError')}`),
  ...Object.fromEntries([12, 14].flatMap((k) => [
    [`match is refused from the ${k}th time on`, at('Cache.match', `if (k >= ${k}) ${reject('UnknownError')}`)],
    [`match never answers from the ${k}th time on`, SOON + at('Cache.match', `if (k >= ${k}) ${HANG}`)],
  ])),
  'what is kept cannot be read': unreadable(`Promise.reject(new DOMException('no', 'NotReadableError'))`),
  'what is kept is never read': SOON + unreadable('new Promise(() => {})'),
  'delete is refused': at('Cache.delete', reject('UnknownError')),
  'delete never answers': SOON + at('Cache.delete', HANG),
  'no names for pieces': `Object.defineProperty(Crypto.prototype, 'randomUUID', { value: undefined });`,
  'no digests': is('Crypto.subtle', 'undefined'),
  'digests are refused': at('SubtleCrypto.digest', reject('OperationError')),
  'digests never come': SOON + at('SubtleCrypto.digest', HANG),
  'digests that are all the same': at('SubtleCrypto.digest', 'return Promise.resolve(new ArrayBuffer(32))'),
  'a clock that goes backwards': '{ let time = 1e12; Date.now = () => (time -= 1e9); }',
  'a clock without a time': 'Date.now = () => NaN;',
};

for (const [what, fault] of Object.entries(FAULTS)) {
  test(`storage: ${what}`, async (t) => {
    const site = await serve({ pages: BLANK, trouble: trouble() });
    try {
      const { page, errors, load, kept } = await reader(browser, site, fault);
      for (const time of ['first', 'second']) {
        assert.equal(await load(), 'right', `${time} time`);
        const files = await kept();
        t.diagnostic(`${time}: ${files}`);
        // A list, which is empty where nothing can be kept, or why there is none.
        if (Array.isArray(files)) assert.ok(files.length <= 1, `${files}`);
        else assert.match(files, /^storage\.unavailable: /);
      }
      assert.deepEqual(errors, []);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

/** Which of them, as code: there are some five. */
const PIECES = { first: '0', middle: 'pieces.length >> 1', last: 'pieces.length - 1' };
/**
 * What is wrong with what is kept, as code: `cache`, the `pieces` and the `file` that are its keys, `record` of the file.
 * @type {Record<string, string>}
 */
const DAMAGE = {
  nothing: '',
  ...Object.fromEntries(Object.entries(PIECES).flatMap(([which, i]) => Object.entries({
    'has another bit': `edit(${i}, (bytes) => { bytes[bytes.length >> 1] ^= 1; return bytes; })`,
    'has another first byte': `edit(${i}, (bytes) => { bytes[0] ^= 128; return bytes; })`,
    'has another last byte': `edit(${i}, (bytes) => { bytes[bytes.length - 1] ^= 128; return bytes; })`,
    'is too short': `edit(${i}, (bytes) => bytes.slice(0, -1))`,
    'is too long': `edit(${i}, (bytes) => new Uint8Array([...bytes.slice(0, 10), ...bytes]))`,
    'is empty': `edit(${i}, () => new Uint8Array(0))`,
    'is gone': `cache.delete(pieces[${i}])`,
    'is a page': `cache.put(pieces[${i}], new Response('<html>'))`,
  }).map(([what, code]) => [`the ${which} piece ${what}`, code]))),
  'two pieces are swapped': `edit(1, async (bytes) => { const other = await get(2); await edit(2, () => bytes); return other; })`,
  'the record is cut off': `cache.put(file, new Response('{"url":'))`,
  'the record is empty': `cache.put(file, new Response(''))`,
  'the record is null': `cache.put(file, new Response('null'))`,
  'the record is a number': `cache.put(file, new Response('3'))`,
  'the record is {}': `cache.put(file, new Response('{}'))`,
  'the record is of other types': `cache.put(file, new Response('{"__proto__":{"sha256":"x"},"pieces":"abc",' +
    '"url":"javascript:alert(1)","bytes":1e308,"time":"<b>"}'))`,
  'pieces: null': `change(() => { record.pieces = null; })`,
  'pieces: undefined': `change(() => { delete record.pieces; })`,
  'pieces: none': `change(() => { record.pieces = []; })`,
  'pieces of other types': `change(() => { record.pieces = [null, 3, 'x', {}, { at: '0', bytes: {}, sha256: [] }]; })`,
  'pieces with another beginning': `change(() => { record.pieces[0].at = 5; })`,
  'pieces that overlap': `change(() => { record.pieces[1].at -= 1000; })`,
  'pieces of a negative length': `change(() => { record.pieces[1].bytes = -1; })`,
  'no digest': `change(() => { record.sha256 = null; })`,
  'another digest': `change(() => { record.sha256 = '00'.repeat(32); })`,
  'a digest that is no text': `change(() => { record.sha256 = 3; })`,
  'another total': `change(() => { record.total = 5; record.sha256 = null; })`,
  'another length': `change(() => { record.bytes = 5; })`,
  'no length': `change(() => { record.bytes = null; })`,
  'a larger length': `change(() => { record.bytes += 1000; })`,
  'another address': `change(() => { record.url = 'not an address'; })`,
  'an address with a percent sign': `change(() => { record.url = 'http://x/100%.safetensors'; })`,
  'another name for the pieces': `change(() => { record.id = 'x'; })`,
  'a time that is none': `change(() => { record.time = '<b>'; })`,
  'a part, of a version without a name': `part(2, () => { record.version = null; })`,
  'a part': `part(2, () => {})`,
  'a part, of another version': `part(2, () => { record.version = '"0"'; })`,
  'a part of another length': `part(2, () => { record.bytes = 100; })`,
  'a part without its middle': `part(4, () => { record.pieces.splice(1, 1); })`,
  'a part without its beginning': `part(4, () => { record.pieces.shift(); })`,
  'the middle is missing': `change(() => { record.pieces.splice(2, 1); })`,
  'the end is missing': `change(() => { record.pieces.pop(); })`,
  'the pieces are reversed': `change(() => { record.pieces.reverse(); })`,
  'a piece is there twice': `change(() => { record.pieces.splice(1, 0, record.pieces[1]); })`,
  'the record is gone, its pieces are not': 'cache.delete(file)',
};

test('kept weights that are damaged', async (t) => {
  const site = await serve({ pages: BLANK, trouble: trouble() });
  try {
    const { page, errors, load, kept } = await reader(browser, site);
    assert.equal(await load(), 'right');
    assert.deepEqual(await kept(), ['whole']);
    for (const [what, code] of Object.entries(DAMAGE)) {
      await t.test(what, async (t) => {
        await page.evaluate(`(async () => {
          const cache = await caches.open('inceptionscope-weights');
          const keys = (await cache.keys()).map(({ url }) => url);
          const file = keys.find((key) => key.includes('/stored/file/'));
          const record = await (await cache.match(file)).json();
          const pieces = record.pieces.map(({ at }) => keys.find((key) => key.endsWith('/' + record.id + '/' + at)));
          const get = async (i) => new Uint8Array(await (await cache.match(pieces[i])).arrayBuffer());
          const edit = async (i, how) => cache.put(pieces[i], new Response(await how(await get(i))));
          const change = (how) => { how(); return cache.put(file, new Response(JSON.stringify(record))); };
          const part = (count, how) => change(() => {
            record.sha256 = null;
            record.pieces.splice(count);
            how();
            const { at, bytes } = record.pieces.at(-1);
            record.bytes = record.bytes === 100 ? 100 : at + bytes;
          });
          await (${code || 'null'});
        })()`);
        const before = await kept();
        assert.ok(Array.isArray(before), `the list: ${before}`);
        site.ranges.length = 0;
        assert.equal(await load(), 'right');
        t.diagnostic(`asked for: ${site.ranges.map((range) => range ?? 'all')}`);
        // It is mended: the next case begins with it.
        assert.ok((await kept()).includes('whole'));
      });
    }
    assert.deepEqual(errors, []);
    await page.close();
  } finally {
    await site.close();
  }
});

const NO = `throw new DOMException('no', 'SecurityError')`;
/** Of what not every worker has. @param {string} method @param {string} effect */
const inWindow = (method, effect) => `if ('${method.split('.')[0]}' in self) ${at(method, effect)}\n`;
/** All that a page may ask to keep something, in a window and in its workers; `effect` is what comes of it. @param {string} effect */
const all = (effect) => [
  'CacheStorage.open', 'CacheStorage.match', 'Cache.put', 'Cache.match', 'StorageManager.estimate', 'LockManager.request',
  'ServiceWorkerContainer.register',
].map((method) => inWindow(method, effect)).join('');
/** What is there no more. @param {string} getter @param {string[]} names */
const without = (getter, ...names) => names.map((name) => `{
  const owner = [self, self.Navigator?.prototype, self.WorkerNavigator?.prototype].find((each) => each && Object.hasOwn(each, '${name}'));
  if (owner) Object.defineProperty(owner, '${name}', { ${getter} });
}`).join('\n');
const STORES = ['caches', 'indexedDB', 'localStorage', 'sessionStorage', 'storage', 'locks', 'serviceWorker'];

/** @type {Record<string, string>} */
const WINDOWS = {
  'has none of it': without('value: undefined', ...STORES),
  'lets nobody look at it': without(`get() { throw new DOMException('no', 'SecurityError'); }`, ...STORES),
  throws: all(NO) + ['IDBFactory.open', 'Storage.getItem', 'Storage.setItem'].map((method) => inWindow(method, NO)).join(''),
  refuses: all(reject('InvalidStateError')) + inWindow('IDBFactory.open', NO),
  'never answers': SOON + all(HANG) + inWindow('IDBFactory.open', 'return {}'),
};

for (const [what, fault] of Object.entries(WINDOWS)) {
  test(`a window whose storage ${what}`, async () => {
    // Not isolated: the page asks for a service worker first.
    const site = await serve({ isolated: false, inject: [fault, fault] });
    try {
      const { page, errors } = await visit(browser, `${site.url}#image=own&photo=x.jpg&photoId=1&engine=cpu`, fault);
      await page.getByText('made with a photo that it does not contain (x.jpg)').waitFor();
      await choosePhoto(page, sample('dandelion'));
      assert.match((await predictions(page))[0], /^dandelion/);
      await openSetup(page);
      await page.getByRole('button', { name: 'Saved files', exact: true }).click();
      await page.getByRole('dialog').getByText(/Nothing is saved|cannot be read/).waitFor();
      assert.equal(await page.getByRole('alert').filter({ hasText: /\w/ }).count(), 0);
      assert.deepEqual(errors.filter((error) => !/sw\.js|Failed to load resource/.test(error)), []);
      await page.close();
    } finally {
      await site.close();
    }
  });
}

/** What the storage of the service worker does, once the page is kept. @type {Record<string, string>} */
const SERVICE_WORKERS = {
  'is full': at('Cache.put', full),
  'may not be opened': at('CacheStorage.open', reject('SecurityError')),
  'never answers': SOON + at('CacheStorage.match', HANG) + at('CacheStorage.open', HANG),
};

for (const [what, fault] of Object.entries(SERVICE_WORKERS)) {
  test(`a service worker whose storage ${what}`, async () => {
    const site = await serve({ isolated: false });
    try {
      site.trouble['/sw.js'] = { body: Buffer.from(fault + readFileSync(join(DIST, 'sw.js'), 'utf8')) };
      const { page, errors } = await visit(browser, `${site.url}#image=dandelion&engine=cpu`);
      assert.match((await predictions(page))[0], /^dandelion/);
      assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null), 'the page has no service worker');
      await page.reload();
      assert.match((await predictions(page))[0], /^dandelion/);
      assert.deepEqual(errors, []);
      await page.close();
    } finally {
      await site.close();
    }
  });
}
