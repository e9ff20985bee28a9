/** Branches as bars: what each adds to the answer, or how much the answer falls without it. */

import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../../inceptionscope.js').Removed} Removed
 *
 * @typedef {object} Bar
 * @property {string} label
 * @property {number | null} lane
 * @property {number} value
 */

/** Falls that differ by less than this share of the largest are called a tie. */
const TIE = 0.02;

export class BranchChart {
  /** @param {(module: string) => void} onModule is to be opened */
  constructor(onModule) {
    this.onModule = onModule;
    this.heading = h('h3', {});
    this.verdict = h('p', { class: 'small', role: 'status' });
    this.body = h('div', { class: 'branch-groups' });
    this.element = h('section', { class: 'branch-chart' }, this.heading, this.verdict, this.body);
  }

  /** Of a class map. @param {import('../../inceptionscope.js').Why} why @param {Graph} graph */
  showShares({ shares, bias, value }, graph) {
    this.element.hidden = shares.length < 2;
    if (this.element.hidden) return;
    const of = (/** @type {string} */ id) => graph.nodes.find((n) => n.id === id);
    const module = graph.modules[of(shares[0].node)?.module ?? 0];
    setText(this.heading, t.why.shares(module.label));
    setText(this.verdict, t.why.sharesNote(Number(bias), Number(value)));
    const bars = shares.map(({ node, label, share }) => ({
      label: label ?? node,
      lane: of(node)?.lane ?? null,
      value: share,
    }));
    this.body.replaceChildren(this.#bars(t.why.shares(module.label), bars, rangeOf(bars)));
  }

  /** Module by module. @param {import('../../inceptionscope.js').Removal} removal @param {Graph} graph */
  showRemoved({ branches, done, of }, graph) {
    this.element.hidden = branches.length === 0;
    if (this.element.hidden) return;
    setText(this.heading, t.why.removed);
    setText(this.verdict, done === of ? verdictOf(branches, graph) : '');
    const modules = graph.modules.filter((module) => branches.some((branch) => branch.module === module.id));
    const range = rangeOf(branches.map(({ drop }) => ({ value: drop })));
    this.body.replaceChildren(
      ...modules.map((module) => {
        const own = branches.filter((branch) => branch.module === module.id);
        const bars = own.map(({ label, lane, drop }) => ({ label, lane, value: drop }));
        return h(
          'div',
          {},
          h('button', {
            type: 'button',
            class: 'quiet',
            text: module.label,
            title: t.why.openThis(module.label),
            onclick: () => this.onModule(module.id),
          }),
          this.#bars(module.label, bars, range),
        );
      }),
    );
  }

  /** From zero to the right, or to the left. @param {string} name @param {Bar[]} bars @param {number[]} range */
  #bars(name, bars, [from, to]) {
    const share = (/** @type {number} */ length) => `${(100 * length) / (to - from)}%`;
    return h(
      'ul',
      { class: 'branch-bars', 'aria-label': name },
      bars.map(({ label, lane, value }) =>
        h(
          'li',
          {},
          h('span', { class: 'branch', style: `--lane:${laneColour(lane)}`, text: label, title: label }),
          h(
            'span',
            { class: 'track', 'aria-hidden': 'true' },
            h('i', {
              style: `left:${share(Math.min(value, 0) - from)};width:${share(Math.abs(value))};--lane:${laneColour(lane)}`,
            }),
          ),
          h('span', { class: 'number', text: format.value(value) }),
        ),
      ),
    );
  }
}

/** What bars span, zero included. @param {{ value: number }[]} bars */
function rangeOf(bars) {
  const values = bars.map(({ value }) => value);
  const [from, to] = [Math.min(0, ...values), Math.max(0, ...values)];
  return to > from ? [from, to] : [0, 1];
}

/** Which branch the answer rests on most. @param {Removed[]} branches @param {Graph} graph */
function verdictOf(branches, graph) {
  const ranked = branches.toSorted((a, b) => b.drop - a.drop);
  const [first] = ranked;
  if (!(first.drop > 0)) return t.why.none;
  const name = (/** @type {Removed} */ { module, label }) =>
    t.why.branchOf(label, graph.modules.find(({ id }) => id === module)?.label ?? module);
  const tied = ranked.filter(({ drop }) => first.drop - drop < TIE * first.drop);
  return tied.length > 1 ? t.why.tie(tied.map(name), first.drop) : t.why.most(name(first), first.drop);
}
