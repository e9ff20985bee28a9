import { after } from 'node:test';
import { chromium } from './browsers.js';
import { visit } from './page.js';
import { serve } from './server.js';

/**
 * A site and a browser for the tests of a file, closed after them.
 * @param {{ site?: Parameters<typeof serve>[0], browser?: Parameters<typeof chromium>[0] }} [options]
 */
export async function prepare(options = {}) {
  const [site, browser] = await Promise.all([serve(options.site), chromium(options.browser)]);
  after(async () => {
    await browser.close();
    await site.close();
  });
  return { site, browser };
}

/** A page with nothing on it, for tests of the module alone. */
export const BLANK = { '/blank.html': '<!doctype html><title>blank</title>', '/favicon.ico': '' };

/** How many pixels wide and high a network's input may be where a software GPU computes often: a third of the work of 224. */
export const SMALL = 128;

/**
 * Such a page, in which `module` is ours, and `photo(name)` a photo that comes with the site.
 * @param {Awaited<ReturnType<typeof chromium>>} browser
 * @param {Awaited<ReturnType<typeof serve>>} site served with `pages: BLANK`
 * @param {string} [inject] a script in front of the page's own
 */
export async function blank(browser, site, inject) {
  const { page, errors } = await visit(browser, `${site.url}blank.html`, inject);
  await page.evaluate(async () => {
    const module = await import(new URL('inceptionscope.js', document.baseURI).href);
    const photo = async (/** @type {string} */ name) => (await fetch(`samples/${name}.jpg`)).blob();
    Object.assign(window, { module, photo });
  });
  return { page, errors };
}
