/** One op of the open module: its name, cost, feature maps and their statistics. */

import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { mainOf, nodeOf, ownOp } from '../graph.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';
import { MapGrid } from './maps.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../../inceptionscope.js').Stats} Stats
 */

export class OpView {
  /**
   * @param {Graph} graph
   * @param {Node} node
   * @param {Node[]} chain the node, after those that are computed together with it and not drawn apart
   * @param {boolean} own whether it is of the open module, not of one before it
   * @param {import('./maps.js').Source} source
   * @param {import('../lens.js').Look} look
   */
  constructor(graph, node, chain, own, source, { planes, shape, note }) {
    this.node = node;
    this.chain = chain;
    this.own = own;
    /** @type {import('../lens.js').Values} */
    this.values = { sides: [], difference: null };
    this.grid = new MapGrid(node.id, shape, source, planes);
    const ends = (node.parts ?? []).map((part) => ({ to: part.to, lane: nodeOf(graph, part.node)?.lane ?? null }));
    if (new Set(ends.map((end) => end.lane)).size > 1) {
      this.grid.mark = (channel) => laneColour(ends.find((end) => channel < end.to)?.lane ?? null);
    }
    this.summary = h('div', { class: 'summary', text: '\u00a0' });
    this.cost = h('p', { class: 'cost' });
    this.showCost(null);
    const notes = new Map(chain.flatMap((n) => (n.note ? [[n.note.code, n.note]] : [])));
    const prefix = `${graph.modules[node.module].id}.`;
    this.title = title(chain);
    this.element = h(
      'article',
      { class: 'op', 'data-node': node.id },
      h(
        'header',
        {},
        this.title,
        h('code', { title: node.id, text: node.id.startsWith(prefix) ? node.id.slice(prefix.length) : node.id }),
        h('span', { class: 'shape', text: format.shape(node.shape) }),
      ),
      [...notes.values()].map(noteLine),
      note ? h('p', { class: 'note', text: note }) : null,
      this.cost,
      planes.length ? this.grid.element : null,
      this.summary,
    );
  }

  /** A sum is called by the scale in force. */
  rename() {
    const now = title(this.chain);
    this.title.replaceWith(now);
    this.title = now;
  }

  /**
   * Parameters and multiply-adds, and the time once it was measured.
   * @param {Map<string, number> | null} times milliseconds
   */
  showCost(times) {
    const total = (/** @type {'params' | 'macs'} */ what) =>
      this.own ? this.chain.reduce((sum, n) => sum + n[what], 0) : 0;
    const [params, macs, ms] = [total('params'), total('macs'), times?.get(this.node.id)];
    const figures = [
      params ? t.ops.params(params) : '',
      macs ? t.ops.macs(macs) : '',
      ms === undefined ? '' : t.ops.time(ms),
    ];
    setText(this.cost, figures.filter(Boolean).join(t.ops.separator) || t.ops.free);
  }

  /** Its values have changed. */
  refresh() {
    const { sides, difference } = this.values;
    if (sides.length === 0) return;
    const lines = sides.map((stats, i) => this.#summary(stats, sides.length > 1 ? t.compare.letters[i] : ''));
    if (difference) lines.push(h('p', { text: t.compare.differs(average(difference.size), largest(difference)) }));
    this.summary.replaceChildren(...lines);
    this.grid.refresh();
  }

  /** @param {Stats} stats @param {string} letter of a side */
  #summary(stats, letter) {
    const bad = stats.nonfinite.reduce((a, b) => a + b, 0);
    const said = t.maps.stats(greatest(stats.max), average(stats.mean), average(stats.zeros));
    return h('p', {}, letter ? h('b', { text: `${letter} ` }) : null, said,
      bad ? h('strong', { class: 'alarm', text: t.maps.nonfinite(bad) }) : null);
  }
}

/** @param {import('../graph.js').Note} note */
export function noteLine(note) {
  const text = t.ops.notes[note.code]('value' in note ? note.value : undefined);
  return h('p', { class: 'note', text });
}

/** The ops of a step, the one that it is named for in ink. @param {Node[]} chain */
function title(chain) {
  const main = mainOf(chain);
  return h(
    'h5',
    {},
    chain.flatMap((node, i) => {
      const op = ownOp(node);
      const valid = op.valid ? [' ', h('abbr', { class: 'valid', title: t.ops.valid, text: t.ops.validMark })] : [];
      const name = h('span', { class: i === main ? '' : 'fused' }, t.ops.of(op), valid);
      return i ? [h('span', { class: 'plus', text: t.ops.plus }), name] : [name];
    }),
  );
}

/** @param {Float32Array} values */
const average = (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** @param {Float32Array} values */
const greatest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

/** The largest absolute value. @param {import('../lens.js').Difference} difference */
const largest = ({ min, max }) => Math.max(greatest(max), greatest(min.map((v) => -v)));
