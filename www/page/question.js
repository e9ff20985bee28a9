/**
 * A question about the answer, as the address keeps it: `cam:985`, `cam:985:987` (rather than class 987), and with
 * options `occlusion:985;patch,32;fill,blur`.
 */

/**
 * @typedef {import('../inceptionscope.js').Method | 'removal' | 'branches'} Method
 *
 * @typedef {object} Question
 * @property {Method} method
 * @property {number} target a class
 * @property {number | null} rather another one
 * @property {Record<string, string | number>} options of the method; what is left out is the runtime's choice
 */

/** What each method lets a visitor choose. @type {Record<Method, string[]>} */
export const OPTIONS = {
  cam: [],
  occlusion: ['patch', 'stride', 'fill'],
  gradient: [],
  'input-x-gradient': [],
  smoothgrad: ['samples', 'sigma'],
  integrated: ['steps', 'baseline'],
  guided: [],
  'grad-cam': ['layer'],
  removal: ['layer'],
  branches: ['layer'],
};

export const METHODS = /** @type {Method[]} */ (Object.keys(OPTIONS));

/** Those that take many runs: they are not asked again for every change of the network. */
const LONG = new Set(/** @type {Method[]} */ (['occlusion', 'smoothgrad', 'integrated', 'removal']));

/** @param {Method} method */
export const isLong = (method) => LONG.has(method);

/** Which method found it. @param {import('../inceptionscope.js').Why | import('../inceptionscope.js').Removal
 *   | import('../inceptionscope.js').Branches} step @returns {Method} */
export const methodOf = (step) => ('modules' in step ? 'branches' : 'branches' in step ? 'removal' : step.method);

/** @param {Question | null} question */
export function textOf(question) {
  if (!question) return '';
  const { method, target, rather, options } = question;
  const asked = [method, target, ...(rather === null ? [] : [rather])].join(':');
  return [asked, ...Object.entries(options).map((option) => option.join())].join(';');
}

/** @param {string} text @returns {Question | null} nothing if it is no question */
export function questionIn(text) {
  const [asked, ...given] = text.split(';');
  const [, method, target, rather] = /^([a-z-]+):(\d+)(?::(\d+))?$/.exec(asked) ?? [];
  if (!Object.hasOwn(OPTIONS, method ?? '')) return null;
  const known = OPTIONS[/** @type {Method} */ (method)];
  const options = given.map((option) => option.split(',', 2)).filter(([name, value]) => known.includes(name) && value);
  return {
    method: /** @type {Method} */ (method),
    target: Number(target),
    rather: rather === undefined ? null : Number(rather),
    options: Object.fromEntries(
      options.map(([name, value]) => [name, Number.isFinite(Number(value)) ? Number(value) : value]),
    ),
  };
}
