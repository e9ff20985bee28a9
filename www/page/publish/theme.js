/** The colours of a figure: those of the page's stylesheet, light or dark, whatever the page itself is shown in. */

/**
 * @typedef {object} Theme
 * @property {string} paper
 * @property {string} ink
 * @property {string} muted
 * @property {string} line
 * @property {string} accent
 * @property {string[]} lanes
 */

const DARK = '(prefers-color-scheme: dark)';

/** The variables that the stylesheets give the page. @param {boolean} dark */
function variables(dark) {
  /** @type {Map<string, string>} */
  const found = new Map();
  const take = (/** @type {CSSRuleList} */ rules) => {
    for (const rule of rules) {
      if (rule instanceof CSSMediaRule && dark && rule.conditionText === DARK) take(rule.cssRules);
      if (!(rule instanceof CSSStyleRule) || rule.selectorText !== ':root') continue;
      for (const name of rule.style)
        if (name.startsWith('--')) found.set(name, rule.style.getPropertyValue(name).trim());
    }
  };
  for (const sheet of document.styleSheets) take(sheet.cssRules);
  return found;
}

/** @param {'light' | 'dark'} name @returns {Theme} */
export function themeOf(name) {
  const all = variables(name === 'dark');
  const of = (/** @type {string} */ key) => all.get(`--${key}`) ?? 'currentColor';
  const lanes = [...all.keys()].filter((key) => /^--lane-\d+$/.test(key)).map((key) => of(key.slice(2)));
  return { paper: of('surface'), ink: of('ink'), muted: of('muted'), line: of('line'), accent: of('accent'), lanes };
}
