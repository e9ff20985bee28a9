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

/** @param {(name: string) => string} of what a variable of the style sheet holds @returns {Theme} */
const themeOf = (of) => ({
  bg: of('--bg'),
  surface: of('--surface'),
  sunken: of('--sunken'),
  ink: of('--ink'),
  muted: of('--muted'),
  line: of('--line'),
  strong: of('--line-strong'),
  accent: of('--accent'),
  lanes: [0, 1, 2, 3, 4, 5].map((lane) => of(`--lane-${lane}`)),
});

/** As the page looks now, where `element` stands. @param {Element} element */
export function themeNow(element) {
  const style = getComputedStyle(element);
  return themeOf((name) => style.getPropertyValue(name).trim());
}

/** As it looks on paper: the light colours, whichever the page has now. */
export function themeOnPaper() {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules]);
  const root = rules.find(
    (rule) => rule instanceof CSSStyleRule && rule.selectorText === ':root' && rule.style.getPropertyValue('--bg'),
  );
  const { style } = /** @type {CSSStyleRule} */ (root);
  return themeOf((name) => style.getPropertyValue(name).trim());
}
