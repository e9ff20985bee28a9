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
 * @property {number | null} [mark] another value, to be compared
 * @property {() => void} [onclick] what the label does
 */

/** Falls that differ by less than this share of the largest are called a tie. */
const TIE = 0.02;

/** How many removed channels are listed. */
const CHANNELS = 24;

export class BranchChart {
  /**
   * @param {(module: string) => void} onModule is to be opened
   * @param {(node: string, channel: number) => void} onChannel likewise
   */
  constructor(onModule, onChannel) {
    this.onModule = onModule;
    this.onChannel = onChannel;
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
    this.body.replaceChildren(barList(t.why.shares(module.label), bars, rangeOf(bars)));
  }

  /** Module by module. @param {import('../../inceptionscope.js').Removal} removal @param {Graph} graph */
  showRemoved({ branches, correlation, done, of, module: id }, graph) {
    this.element.hidden = branches.length === 0;
    if (this.element.hidden) return;
    const ranks = done === of && correlation !== null ? t.why.ranks(correlation) : '';
    if (id) return this.#showChannels(branches, ranks, graph, id);
    setText(this.heading, t.why.removed);
    setText(this.verdict, done === of ? [verdictOf(branches, graph), ranks].join(' ').trim() : '');
    const modules = graph.modules.filter((module) => branches.some((branch) => branch.module === module.id));
    const range = rangeOf(branches.flatMap(({ drop, share }) => [{ value: drop }, { value: share ?? 0 }]));
    const compared = branches.some(({ share }) => share !== null);
    this.body.replaceChildren(
      h('p', { class: 'small muted', text: compared ? t.why.mark : '' }),
      ...modules.map((module) => {
        const own = branches.filter((branch) => branch.module === module.id);
        const bars = own.map(({ label, lane, drop, share }) => ({ label, lane, value: drop, mark: share }));
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
          barList(module.label, bars, range),
        );
      }),
    );
  }

  /** @param {Removed[]} removed channels of a module @param {string} ranks @param {Graph} graph @param {string} id */
  #showChannels(removed, ranks, graph, id) {
    const module = graph.modules.find((one) => one.id === id);
    const largest = removed.toSorted((a, b) => b.drop - a.drop).slice(0, CHANNELS);
    const bars = largest.map(({ channel = 0, lane, drop, share }) => ({
      label: t.why.channel(channel),
      lane,
      value: drop,
      mark: share,
      onclick: () => module && this.onChannel(module.output, channel),
    }));
    const heading = t.why.removedOf(module?.label ?? id);
    setText(this.heading, heading);
    setText(this.verdict, [t.why.removedNote(removed.length, largest.length), ranks].join(' ').trim());
    const range = rangeOf(bars.flatMap(({ value, mark }) => [{ value }, { value: mark ?? 0 }]));
    this.body.replaceChildren(h('p', { class: 'small muted', text: t.why.mark }), barList(heading, bars, range));
  }
}

/** From zero to the right, or to the left. @param {string} name @param {Bar[]} bars @param {number[]} range */
export function barList(name, bars, [from, to]) {
  const share = (/** @type {number} */ length) => `${(100 * length) / (to - from)}%`;
  return h(
    'ul',
    { class: 'branch-bars', 'aria-label': name },
    bars.map(({ label, lane, value, mark = null, onclick }) => {
      const style = `--lane:${laneColour(lane)}`;
      return h(
        'li',
        {},
        onclick
          ? h('button', { type: 'button', class: 'branch', style, text: label, onclick })
          : h('span', { class: 'branch', style, text: label, title: label }),
        h(
          'span',
          { class: 'track', 'aria-hidden': 'true' },
          h('i', { style: `left:${share(Math.min(value, 0) - from)};width:${share(Math.abs(value))};${style}` }),
          mark !== null && h('b', { style: `left:${share(mark - from)}` }),
        ),
        h('span', { class: 'number', text: format.value(value) }),
      );
    }),
  );
}

/** What bars span, zero included. @param {{ value: number }[]} bars */
export function rangeOf(bars) {
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
