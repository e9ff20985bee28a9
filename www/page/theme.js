/** The page's colours, for what is drawn rather than styled. */

/**
 * @typedef {object} Theme
 * @property {string} bg
 * @property {string} surface
 * @property {string} sunken
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} strong
 * @property {string} accent
 * @property {string[]} lanes of branches
 */

/** So many colours of branches there are; then they begin again. */
export const LANES = 6;
const DARK = '(prefers-color-scheme: dark)';

/** @param {(name: string) => string} of what a variable of the style sheet holds @returns {Theme} */
const colours = (of) => ({
  bg: of('--bg'),
  surface: of('--surface'),
  sunken: of('--sunken'),
  ink: of('--ink'),
  muted: of('--muted'),
  line: of('--line'),
  strong: of('--line-strong'),
  accent: of('--accent'),
  lanes: Array.from({ length: LANES }, (_, lane) => of(`--lane-${lane}`)),
});

/** As the page looks now, where `element` stands. @param {Element} element */
export function themeNow(element) {
  const style = getComputedStyle(element);
  return colours((name) => style.getPropertyValue(name).trim());
}

/** Light or dark, whatever the page itself is shown in. @param {'light' | 'dark'} name */
export function themeOf(name) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const take = (/** @type {CSSRuleList} */ rules) => {
    for (const rule of rules) {
      if (rule instanceof CSSMediaRule && name === 'dark' && rule.conditionText === DARK) take(rule.cssRules);
      if (!(rule instanceof CSSStyleRule) || rule.selectorText !== ':root') continue;
      for (const key of rule.style)
        if (key.startsWith('--')) found.set(key, rule.style.getPropertyValue(key).trim());
    }
  };
  for (const sheet of document.styleSheets) take(sheet.cssRules);
  return colours((key) => found.get(key) ?? 'currentColor');
}
