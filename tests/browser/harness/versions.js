// The site as it is, and as a newer version of it would be.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, serve } from './server.js';

/** What the site has at a path. @param {string} path */
export const file = (path) => readFileSync(join(DIST, path), 'utf8');
export const VERSION = /const VERSION = '(\w+)';/.exec(file('sw.js'))?.[1] ?? '';
export const NEWER = 'abcdef0123456789';
/** Files that say which version they are of. */
const STAMPED = readdirSync(DIST, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(js|html)$/.test(path) && file(path).includes(VERSION));

/** These files as the newer version has them: what a server is to answer. */
export function newer() {
  const answers = STAMPED.map((path) => [`/${path}`, { body: Buffer.from(file(path).replaceAll(VERSION, NEWER)) }]);
  const files = Object.fromEntries(answers);
  return { ...files, '/': files['/index.html'] };
}

/** A site that may change while a page is open: browsers ask for each file anew. @param {Parameters<typeof serve>[0]} [options] */
export const serveChanging = (options) => serve({ ...options, fresh: true });

/** The version that an open page is of. @param {import('playwright-core').Page} page */
export const versionOf = (page) => page.evaluate(() => (
  /** @type {HTMLMetaElement} */ (document.querySelector('meta[name=version]'))?.content
));
