// A page that reads a file as the runtime does, without the runtime.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ROOT } from './page.js';
import { blank } from './prepare.js';

/** Five pieces, as they are kept. What is in it does not matter here. */
export const PATH = '/some.safetensors';
export const LENGTH = 9_000_000;
const body = () => Buffer.from(Uint8Array.from({ length: LENGTH }, (_, i) => Math.imul(i, 2654435761) >>> 24));
/** The site has its reader of files within its worker. */
const DOWNLOAD = 'runtime/download.js';
export const trouble = () => ({
  [PATH]: { body: body() },
  [`/${DOWNLOAD}`]: { body: readFileSync(join(ROOT, 'www', DOWNLOAD)) },
});
/** Nobody waits for longer, in milliseconds. */
const LIMIT = 30_000;

/**
 * A blank page in which `load()` reads a file as the runtime does, and says whether what it read is the file; `kept()` says what
 * is kept, and `sweep()` deletes what no record lists.
 * @param {import('playwright-core').BrowserContext} browser
 * @param {import('./server.js').Site} site served with `pages: BLANK`
 * @param {string} [fault] in front of the page
 */
export async function reader(browser, site, fault) {
  const { page, errors } = await blank(browser, site, fault);
  await page.evaluate(async ([path, length, ...files]) => {
    const here = (/** @type {string} */ name) => import(new URL(name, document.baseURI).href);
    const [{ download }, { stored }, { sweep }] = await Promise.all(files.map(here));
    const address = new URL(path, document.baseURI).href;
    const digest = () => {
      let hash = 0x811c9dc5; // FNV-1a
      return {
        update(/** @type {Uint8Array} */ bytes) { for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193); },
        hex: () => (hash >>> 0).toString(16),
        free() {},
      };
    };
    async function read() {
      let [loaded, ended] = [0, false];
      for await (const bytes of download(address, { total: () => length, expected: null, digest, tell() {} })) {
        ended = bytes === null;
        for (let i = 0; i < (bytes?.length ?? 0); i += 1) {
          if (bytes[i] !== Math.imul(loaded + i, 2654435761) >>> 24) return `another byte at ${loaded + i}`;
        }
        loaded += bytes?.length ?? 0;
      }
      return ended && loaded === length ? 'right' : `${loaded} bytes, ${ended ? 'the end' : 'no end'}`;
    }
    const told = (/** @type {any} */ error) => `${error?.code ?? 'no code'}: ${error?.message}`;
    Object.assign(window, {
      load: () => read().catch(told),
      sweep: () => sweep().catch(told),
      kept: () => stored().then((/** @type {any[]} */ files) => files.map(({ sha256 }) => (sha256 ? 'whole' : 'a part')), told),
    });
  }, /** @type {const} */ ([PATH, LENGTH, DOWNLOAD, 'inceptionscope.js', 'runtime/store.js']));
  const inTime = async (/** @type {string} */ call) => {
    const late = new AbortController();
    const answer = await Promise.race([page.evaluate(call), setTimeout(LIMIT, 'no answer', { signal: late.signal })]);
    late.abort();
    return answer;
  };
  return { page, errors, load: () => inTime('load()'), kept: () => inTime('kept()'), sweep: () => inTime('sweep()') };
}
