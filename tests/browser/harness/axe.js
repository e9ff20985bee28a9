import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** WCAG's, up to version 2.2 and level AA. */
export const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What axe-core has to complain about: of each rule, where. The page's context needs `bypassCSP`.
 * @param {import('playwright-core').Page} page
 * @param {object} [options]
 * @param {string} [options.within] a selector, for a part of the page
 * @param {string[] | null} [options.rules] tags of rules; null: all that axe-core has switched on
 * @returns {Promise<string[]>}
 */
export async function complaints(page, { within, rules = [...WCAG, 'best-practice'] } = {}) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async ({ within, rules }) => {
    const options = rules ? { runOnly: rules } : {};
    const { violations } = await /** @type {any} */ (window).axe.run(within ?? document, options);
    return violations.map((/** @type {any} */ { id, nodes }) => (
      `${id}: ${nodes.map((/** @type {any} */ { target }) => target.join(' ')).join(', ')}`));
  }, { within, rules });
}

/** It has nothing to complain about, in light and in dark. @param {import('playwright-core').Page} page @param {string} when */
export async function accessible(page, when) {
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await complaints(page), [], `${when}, ${colorScheme}`);
  }
}
