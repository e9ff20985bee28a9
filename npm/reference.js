/**
 * Writes docs/module.md, the reference of the module, from the comments that are its types, too; with `--check` it fails
 * if the file is not what it would write.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const OUT = join(ROOT, 'docs/module.md');

/** @param {string} path */
const source = (path) => readFileSync(join(ROOT, 'www', path), 'utf8');

/**
 * @typedef {{ kind: string, type: string | null, name: string, optional: boolean, text: string }} Tag
 * @typedef {{ text: string, tags: Tag[], code: string }} Comment what is said, and the line of code that it is about
 * @typedef {{ name: string, text: string, type: string, fields: Tag[] }} Type
 */

/** The comments of a file that are about something. @param {string} text @returns {Comment[]} */
function comments(text) {
  return [...text.matchAll(/^ *\/\*\*([\s\S]*?)\*\/\n(?= *([^\n]*))/gm)].map(([, body, code]) => {
    const lines = body.split('\n').map((line) => line.replace(/^ *\*? ?/, '').trimEnd());
    const joined = lines.join('\n').trim();
    const at = joined.search(/^@/m);
    const tags = at < 0 ? [] : joined.slice(at).split(/^@/m).slice(1).map(tag);
    return { text: (at < 0 ? joined : joined.slice(0, at)).trim(), tags, code: code.trim() };
  });
}

/** What follows an `@`. @param {string} written @returns {Tag} */
function tag(written) {
  const [, kind, after] = /** @type {RegExpExecArray} */ (/^(\w+)\s*([\s\S]*)$/.exec(written));
  let rest = after.trim();
  let type = null;
  if (rest.startsWith('{')) {
    let depth = 0;
    let end = 0;
    do {
      if (rest[end] === '{') depth += 1;
      if (rest[end] === '}') depth -= 1;
      end += 1;
    } while (depth > 0);
    type = shown(rest.slice(1, end - 1));
    rest = rest.slice(end).trim();
  }
  const named = ['param', 'property', 'typedef'].includes(kind) ? /^(\[?)([\w.]+)\]?\s*/.exec(rest) : null;
  const text = rest.slice(named?.[0].length ?? 0).replace(/\s+/g, ' ').trim();
  return { kind, type, name: named?.[2] ?? '', optional: named?.[1] === '[', text };
}

/** A type as readers see it: by its name, wherever it is written. @param {string} type */
const shown = (type) => type.replace(/import\('[^']*'\)\./g, '').replace(/\s+/g, ' ').trim();

/** Types of JSDoc: each `@typedef` with the properties after it. @param {string} text @returns {Type[]} */
function typedefs(text) {
  /** @type {Type[]} */
  const types = [];
  for (const { tags } of comments(`${text}\n`)) {
    for (const each of tags) {
      if (each.kind === 'typedef') types.push({ name: each.name, text: each.text, type: each.type ?? 'object', fields: [] });
      else if (each.kind === 'property') types.at(-1)?.fields.push(each);
    }
  }
  return types;
}

/** Types that were made of Rust's, with the lines that they are. @param {string} text @returns {Map<string, string>} */
const generated = (text) => new Map([...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport type (\w+) =([\s\S]*?;)\n(?=\n|$)/g)]
  .map(([, said, name, body]) => [name, `${said.replace(/\n \* ?/g, ' ').trim()}\n\n\`\`\`ts\ntype ${name} =${body}\n\`\`\`\n`]));

/** The values of a class of the compiled module, as plain ones. @param {string} name @returns {Tag[]} */
function values(name) {
  const body = new RegExp(`export class ${name} {([\\s\\S]*?)\n}`).exec(source('pkg/inceptionscope.d.ts'))?.[1] ?? '';
  return comments(body).filter(({ code: line }) => line.startsWith('readonly ')).map(({ text, code: line }) => {
    const [, field, type] = /** @type {RegExpExecArray} */ (/^readonly (\w+): (.*);$/.exec(line));
    return { kind: 'property', type: field === 'shape' ? 'number[]' : type, name: field, optional: false, text: text.replace(/\n/g, ' ') };
  });
}

/** In a table. @param {string} text */
const cell = (text) => text.replace(/\|/g, '\\|');
const code = (/** @type {string} */ text) => `\`${text}\``;

/** @param {Tag[]} fields */
function table(fields) {
  if (fields.length === 0) return '';
  const rows = fields.map(({ name, optional, type, text }) =>
    `| ${code(name + (optional ? '?' : ''))} | ${cell(code(type ?? ''))} | ${cell(text)} |`);
  return `| | type | |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** A call: how it is written, what it does, what it takes and answers. @param {string} prefix @param {Comment} comment */
function call(prefix, { text, tags, code: line }) {
  const name = /(?:function|async|get)?\s*(\w+)\s*\(/.exec(line.replace(/^export /, '').replace(/^async /, ''))?.[1] ?? '';
  const params = tags.filter(({ kind }) => kind === 'param');
  const returns = tags.find(({ kind }) => kind === 'returns');
  const given = params.map((param) => param.name + (param.optional ? '?' : '')).join(', ');
  const title = `### ${code(line.startsWith('get ') ? `${prefix}${name}` : `${prefix}${name}(${given})`)}\n`;
  const answer = returns ? `Returns ${code(returns.type ?? '')}${returns.text ? `: ${returns.text}` : ''}.\n` : '';
  return [title, `${text.replace(/\n/g, ' ')}\n`, table(params), answer].filter((part) => part !== '').join('\n');
}

/** Those about calls: of several ways to call one method, each with the line that the last of them is about. @param {Comment[]} all */
function calls(all) {
  const isCall = (/** @type {Comment} */ { code: line }) => /^(async (?!#)|get |export async function |nodes\()/.test(line);
  return all.flatMap((comment, i) => {
    if (!comment.tags.some(({ kind }) => kind === 'overload')) return comment.text !== '' && isCall(comment) ? [comment] : [];
    return [{ ...comment, code: all.slice(i).find(isCall)?.code ?? '' }];
  });
}

/** The exported types' names. */
const entry = source('inceptionscope.js');
const names = typedefs(entry).map(({ name }) => name);
const own = new Map(typedefs(source('runtime/api.js')).map((type) => [type.name, type]));
const rust = generated(source('runtime/rust.d.ts'));

/** @param {string} name */
function type(name) {
  const mine = own.get(name);
  if (!mine || (mine.fields.length === 0 && mine.type === name)) return `### ${name}\n\n${rust.get(name) ?? ''}`;
  const { text, type: written, fields } = mine;
  // `top` is the one that is not as it is there.
  const plain = /^Plain<(\w+)(, \{ top: Guess\[\] \})?>$/.exec(written);
  const shape = plain ? values(plain[1]).map((field) => (field.name === 'top' ? { ...field, type: 'Guess[]' } : field)) : fields;
  const what = written === 'object' || plain ? '' : `${code(written)}\n`;
  return [`### ${name}\n`, text && `${text}\n`, what, table(shape)].filter((part) => part !== '').join('\n');
}

/** What types that are listed are made of, and readers want to see. */
const parts = [...own.keys()].filter((name) => !names.includes(name) && !['Plain', 'Opened', 'Guess', 'Tuning'].includes(name));
const errors = [...source('runtime/errors.js').matchAll(/^ {2}'(\w+\.\w+)':\s*(['"])(.*)\2,$/gm)]
  .map(([, key, , text]) => `| ${code(key)} | ${cell(text.replace(/\\'/g, "'"))} |`);

const scope = source('runtime/scope.js');
const text = [
  '# The module',
  '<!-- Made of the comments in www/inceptionscope.js and www/runtime/ by `cargo xtask types`; do not edit. -->',
  'Every call, option and type of `inceptionscope.js` and of the npm package. [embedding.md](embedding.md) says how to use them.',
  '## Calls',
  ...calls(comments(entry)).filter(({ code: line }) => line.startsWith('export')).map((each) => call('', each).trim()),
  '## Scope',
  /** @type {RegExpExecArray} */ (/\/\*\*\n([^/]*?)\*\/\nexport class Scope/.exec(scope))[1]
    .replace(/^ \* ?/gm, '').replace(/\n/g, ' ').trim(),
  '### `scope.ready`',
  'Resolves when all weights are on the device; rejects when they could not be loaded.',
  ...calls(comments(scope)).filter(({ code: line }) => !line.startsWith('export')).map((each) => call('scope.', each).trim()),
  '## Errors',
  'What JavaScript itself throws, and its message. `data` of an `InceptionscopeError` has what stands in braces. The runtime\'s codes are '
    + '`ErrorFacts` in `www/runtime/rust.d.ts`.',
  `| code | |\n| --- | --- |\n${errors.join('\n')}`,
  '## Types',
  ...[...names, ...parts].sort().map((name) => type(name).trim()),
].join('\n\n').concat('\n');

if (!process.argv.includes('--check')) writeFileSync(OUT, text);
else if (readFileSync(OUT, 'utf8') !== text) {
  console.error('docs/module.md is not what the comments say: cargo xtask types writes it anew');
  process.exit(1);
}
