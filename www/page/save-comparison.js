/** A comparison as a file: its picture with legend and caption, or its numbers. */

import { picture } from './picture.js';
import { json, saved, table } from './save.js';
import { t } from './words.js';

/**
 * @typedef {import('./comparison.js').Pair} Pair
 * @typedef {import('./panels/branch-table.js').Row} Row
 *
 * @typedef {object} Compared What there is to save.
 * @property {Pair} pair
 * @property {string} module the open one, or empty
 * @property {Row[]} branches of it
 * @property {{ node: string, values: import('./lens.js').Values }[]} ops of it
 *
 * @typedef {{ what: string, name: string, a: number | null, b: number | null }} Line
 */

/**
 * @param {'png' | 'csv' | 'json'} kind
 * @param {Compared} compared
 * @param {HTMLElement[]} elements that show it
 * @param {Record<string, string>} about where it comes from
 * @returns {Promise<string>} what is to be said of it
 */
export async function saveComparison(kind, compared, elements, about) {
  const { pair, module } = compared;
  const file = `${[about.model, module, 'comparison'].filter(Boolean).join('-')}.${kind}`;
  const lines = linesOf(compared);
  const blob =
    kind === 'png'
      ? await picture(elements, t.export.caption(about))
      : kind === 'csv'
        ? table([
            ['what', 'name', 'a', 'b', 'difference'],
            ...lines.map(withDifference).map(({ what, name, a, b, difference }) => [what, name, a, b, difference]),
          ])
        : json({ about, a: pair.a.title, b: pair.b.title, module: module || null, numbers: lines.map(withDifference) });
  return saved(blob, file);
}

/** @param {Compared} compared @returns {Line[]} */
function linesOf({ pair: { a, b, alike }, branches, ops }) {
  const of = (/** @type {number | undefined} */ v) => (v === undefined || !Number.isFinite(v) ? null : v);
  const probability = (/** @type {Pair['a'] | null} */ side, /** @type {number} */ i) => of(side?.result.probabilities[i]);
  const classes = alike
    ? a.names.map((name, i) => ({ what: 'probability', name, a: probability(a, i), b: probability(b, i) }))
    : [
        ...a.names.map((name, i) => ({ what: 'probability', name, a: probability(a, i), b: null })),
        ...b.names.map((name, i) => ({ what: 'probability', name, a: null, b: probability(b, i) })),
      ];
  const numbers = /** @type {const} */ (['energy', 'share']);
  const mean = (/** @type {Float32Array | undefined} */ all) => all && of(all.reduce((x, y) => x + y, 0) / all.length);
  return [
    ...classes,
    ...numbers.flatMap((what) =>
      branches.map((branch) => ({ what, name: branch.label, a: of(branch[what][0]), b: of(branch[what][1]) })),
    ),
    ...ops.map(({ node, values: { sides: [one, other] } }) => (
      { what: 'mean', name: node, a: mean(one?.mean) ?? null, b: mean(other?.mean) ?? null })),
  ];
}

/** @param {Line} line */
const withDifference = (line) => ({ ...line, difference: line.a === null || line.b === null ? null : line.b - line.a });
