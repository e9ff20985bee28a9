// What the page says stands in its tables: every key is there and used, and no English is
// written anywhere else. No browser.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { after } from '../../www/locales/ko/particles.js';
import { sentence } from '../../www/page/faults.js';
import { bytes, count, percent, plural, time, value } from '../../www/page/format.js';
import { NAMES, TABLES, addressIn, choose } from '../../www/page/language.js';
import { t } from '../../www/page/words.js';
import { stringsOf } from './harness/strings.js';

const ROOT = join(import.meta.dirname, '../..');

/** All files of a folder with this ending, with what is in them. @param {string} folder @param {string} ending */
function sources(folder, ending) {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(ending));
  return names.map((name) => ({ name: join(folder, name), text: readFileSync(join(ROOT, folder, name), 'utf8') }));
}

/** JavaScript without its comments. @param {string} text */
const code = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/ .*$/gm, '');

const PAGE = sources('www/page', '.js').map(({ name, text }) => ({ name, text: code(text) }));

/** All texts by their paths. @param {any} table @param {string} [path] @returns {[string, any][]} */
function texts(table, path = '') {
  if (typeof table !== 'object' || Array.isArray(table)) return [[path, table]];
  return Object.entries(table).flatMap(([key, inner]) => texts(inner, path ? `${path}.${key}` : key));
}

/** @param {any} table */
const keys = (table) => texts(table).map(([path]) => path);

/** Keys that a computed name picks: all of their group. */
const PICKED = /^(errors|ops\.notes)\b/;

test('every key that the page uses is there, and every key is used', () => {
  const known = keys(t);
  /** @type {Set<string>} */
  const used = new Set();
  for (const { name, text } of PAGE) {
    for (const [, path] of text.matchAll(/(?<![\w.$])t\.([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)/g)) {
      const found = known.filter((key) => key === path || key.startsWith(`${path}.`) || path.startsWith(`${key}.`));
      assert.ok(found.length > 0, `${name} uses t.${path}, which no table has`);
      // A whole panel at once would hide what it does not use.
      assert.ok(path.includes('.') || path === 'errors', `${name} uses all of t.${path}`);
      for (const key of found) used.add(key);
    }
  }
  assert.deepEqual(known.filter((key) => !used.has(key) && !PICKED.test(key)), [], 'nothing says these');
});

/** What a text is: words, a list of so many, or a function of so much. @param {unknown} text */
const kindOf = (text) =>
  typeof text === 'function' ? `function of ${text.length}` : Array.isArray(text) ? `list of ${text.length}` : typeof text;

/** Every table, by its language. */
const LANGUAGES = await Promise.all(Object.entries(TABLES).map(async ([language, load]) => ({ language, table: (await load()).default })));

test('every language has the same keys, with texts of the same kind', () => {
  const kinds = (/** @type {object} */ table) => Object.fromEntries(texts(table).map(([path, text]) => [path, kindOf(text)]).sort());
  for (const { language, table } of LANGUAGES) assert.deepEqual(kinds(table), kinds(t), language);
  assert.deepEqual(Object.keys(NAMES), Object.keys(TABLES));
});

/** Texts without a Korean word: names, symbols of units and of ops, and what stands between other texts. */
const NAMES_ONLY = [
  'Inceptionscope', 'Inceptionscope · … · … · … · ……', 'WebGPU', 'CPU', 'Top-1', 'ReLU', 'max(x, 0)', '……%p', '… MAC', 'V', 'BN', 'concat',
  'conv …', 'depthwise …', 'max pool …', 'average pool …', 'average pool → …', 'global average pool', 'local response norm', 'L2 norm',
  'linear', 'softmax', 'URL: …', 'ImageNet', 'SmoothGrad', 'Grad-CAM', 'PNG', 'CSV', 'JSON', 'HTML', 'A', 'B', 'B − A', 'A, B',
  'A, B, B − A', '· A: … · B: …', '…: A …, B …',
];
/** Beginnings of strings that are data: kinds of ops and of interventions, and the like. */
const CODES = [
  'gpu', 'cpu', 'chosen', 'hardware', 'software', 'wrong', 'lost', 'doubted', 'unsupported', 'residual_scale', 'replaced',
  'input-x-gradient', 'grad-cam', 'options', 'layer', 'no-bn', 'relu-between', 'no-skip',
];

test('no English is left in the Korean table', () => {
  const files = sources('www/locales/ko', '.js').filter(({ name }) => !name.endsWith('particles.js'));
  const left = files.flatMap(({ name, text }) => {
    const bare = code(text).replace(/import .*;|^ {2,}'[a-z._0-9]+':/gm, '');
    const strings = stringsOf(bare).map((s) => s.trim());
    const english = strings.filter((s) => /[A-Za-z]/.test(s) && !CODES.includes(s) && !NAMES_ONLY.includes(s)
      && (!/[가-힣]/.test(s) || /[a-z]{3,} [a-z]{2,} [a-z]{2,}/.test(s.replace('Stefan van der Walt', ''))));
    return english.map((s) => `${name}: ${s}`);
  });
  assert.deepEqual(left, []);
});

/** Facts of all errors. @type {Record<string, any>} */
const FACTS = { expected: 3, found: 5, fitting: 2 };
const LISTS = ['fits', 'known', 'missing', 'misshaped', 'near', 'numbers', 'others', 'shards'];
const NUMBERS = ['channels', 'column', 'columns', 'limit', 'loaded', 'row', 'rows', 'values'];

for (const { language, table } of LANGUAGES) {
  test(`every error can be told: ${language}`, () => {
    const facts = new Proxy(FACTS, {
      get(all, key) {
        const name = String(key);
        return all[name] ?? (LISTS.includes(name) ? ['first', 'second'] : NUMBERS.includes(name) ? 7 : name);
      },
    });
    for (const [name, make] of Object.entries(table.errors)) {
      const said = /** @type {(facts: any) => string} */ (make)(facts);
      assert.doesNotMatch(said, /undefined|NaN,|\[object|\s\s(?!$)/, name);
      assert.match(said.split('\n')[0], /[.?]$/, name);
      if (language === 'ko') assert.match(said, /[가-힣]/, name);
    }
  });
}

test('what is no photo has a name in every language', () => {
  const rust = sources('src/photo', '.rs').map(({ text }) => text).join();
  const kinds = [...rust.matchAll(/\(\s*"([a-z]+)",\s*"|kind: "([a-z]+)"/g)].map(([, a, b]) => a ?? b);
  assert.equal(new Set(kinds).size, 14, `${kinds}`);
  for (const { language, table } of LANGUAGES) {
    for (const kind of kinds) {
      const said = table.errors['photo.format']({ kind, found: 'FOUND' });
      assert.equal(said.includes('FOUND'), language === 'en', `${kind}: ${said}`);
    }
  }
});

test('Korean particles follow how a name is read', () => {
  const cases = /** @type {[string | number, Parameters<typeof after>[1], string][]} */ ([
    ['사진', '을/를', '사진을'], ['고양이', '을/를', '고양이를'], ['서울', '으로/로', '서울로'], ['대전', '으로/로', '대전으로'],
    ['1×1', '은/는', '1×1은'], ['5×5', '은/는', '5×5는'], [10, '이/가', '10이'], [1, '으로/로', '1로'], [3, '으로/로', '3으로'], ['34%', '을/를', '34%를'],
    ['Inception (4a)', '으로/로', 'Inception (4a)로'], ['pool', '은/는', 'pool은'], ['stem', '이/가', 'stem이'], ['concat', '과/와', 'concat과'],
    ['module', '으로/로', 'module로'], ['weight', '을/를', 'weight를'], ['CPU', '으로/로', 'CPU로'], ['BVLC', '은/는', 'BVLC는'], ['RNN', '은/는', 'RNN은'],
    ['a.npy', '으로/로', 'a.npy로'], ['“민들레”', '은/는', '“민들레”는'], ['∞', '을/를', '∞을(를)'], ['', '이/가', '이(가)'],
  ]);
  for (const [name, pair, expected] of cases) assert.equal(after(name, pair), expected);
});

/** Strings with words in them that nobody reads. */
const UNREAD = [
  /^inceptionscope-/, /^superseded$/, /^\((prefers|forced|max|pointer)/, /^(application|text)\//, /sans-serif$/,
  /^(var|rgb|translate|minmax)\(/,
  /^#?[\w-]*(\[|\.)/, /^\[data-node/, /^\.[\w-]/, /^\{'descr'/, /^https?:/, /^cargo xtask/, /^<\w/,
];

test('no sentence is written outside the tables', () => {
  /** @type {string[]} */
  const found = [];
  for (const { name, text } of PAGE) {
    // Classes and styles are lists of words too.
    const bare = text.replace(/(class|style): (`[^`]*`|'[^']*')/g, '').replace(/import .*;/g, '');
    const strings = [...bare.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)]
      .map(([, a, b]) => (a ?? b).replace(/\$\{[^}]*\}/g, '…'));
    const sentences = strings.filter((s) =>
      /[A-Za-z]{2,}[,:;]? [A-Za-z]{2,}/.test(s) || /^[A-Z][a-z]+[ .!?…]*$/.test(s.trim()) && s.includes(' '));
    // A single word is read where it is an element's text or name.
    const words = [...bare.matchAll(/(?:text|title|alt|placeholder|'aria-label'): [`']([^`'$]*[A-Za-z]{2}[^`'$]*)[`']/g)].map(([, s]) => s);
    for (const s of [...sentences, ...words]) if (!UNREAD.some((pattern) => pattern.test(s))) found.push(`${name}: ${s}`);
  }
  assert.deepEqual(found, []);
});

test('no text has a hole', () => {
  for (const [key, text] of texts(t)) {
    if (typeof text === 'string') assert.match(text, /^(?!.*(undefined|\s\s))\s?\S.*$/, key);
  }
});

test('the language is the one asked for, or the browser’s, if there is a table', () => {
  const known = ['en', 'ko'];
  assert.equal(choose(['ko-KR', 'en'], known), 'ko');
  assert.equal(choose(['de', 'ko'], known), 'ko');
  assert.equal(choose(['KO'], known), 'ko');
  assert.equal(choose(['de'], known), 'en');
  assert.equal(choose([], known), 'en');
  assert.equal(choose(['', 'ko'], known), 'ko');
  assert.equal(addressIn('http://a.b/c/?x=1&lang=en#model=googlenet&at=1,2', 'ko'), 'http://a.b/c/?x=1&lang=ko#model=googlenet&at=1,2');
});

test('numbers', () => {
  const plain = (/** @type {string} */ text) => text.replaceAll('\u00a0', ' ');
  const cases = /** @type {[string, string][]} */ ([
    [percent(0), '0%'], [percent(0.0004), '<0.1%'], [percent(0.064), '6.4%'], [percent(0.61), '61%'], [percent(0.613), '61%'],
    [percent(0.994), '99.4%'], [percent(0.99951), '>99.9%'], [percent(1), '100%'],
    [count(6_624_904), '6.62 M'], [count(1_502_000_000), '1.50 G'], [count(125_000), '125 k'], [count(8256), '8256'],
    [bytes(39_900_000), '39.9 MB'], [bytes(1536), '2 kB'], [bytes(5), '5 B'],
    [time(312), '312 ms'], [time(1840), '1.84 s'], [time(2.34, 1), '2.3 ms'],
    [value(-0.5), '−0.500'], [value(NaN), 'NaN'], [value(0.0001), '1.00e-4'],
    [plural(1, { one: 'class', other: 'classes' }), '1 class'], [plural(1024, { one: 'class', other: 'classes' }), '1,024 classes'],
  ]);
  for (const [found, expected] of cases) assert.equal(plain(found), expected);
});

test('an error is told in the page’s words, with its file; one without a sentence in its own', () => {
  const sentences = { 'weights.odd': (/** @type {any} */ { tensor }) => `tensor ${tensor} is odd.` };
  const said = (/** @type {object} */ error) => sentence(Object.assign(new Error('it failed'), error), sentences);
  assert.equal(said({ code: 'weights.odd', data: { tensor: 'fc' } }), 'Tensor fc is odd.');
  assert.equal(said({ code: 'weights.odd', data: { tensor: 'fc', file: 'a.pth' } }), 'a.pth: tensor fc is odd.');
  assert.equal(said({ code: 'weights.new', data: {} }), 'It failed');
  assert.equal(said({ code: 'toString' }), 'It failed');
  assert.equal(sentence('no error at all', sentences), 'No error at all');
});
