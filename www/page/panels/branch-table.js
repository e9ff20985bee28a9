/** Of a comparison: what the branches of the open module add to its output, in numbers. */

import { scaleIn } from '../changes.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { nodeOf, ownOp, summands } from '../graph.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../lens.js').Values} Values
 * @typedef {import('../../inceptionscope.js').Stats} Stats
 *
 * @typedef {object} Branch A part of what leaves the module, or a summand of it.
 * @property {string} label
 * @property {string} node whose energy it is
 * @property {number} from first channel
 * @property {number} to one past the last
 * @property {number | null} lane
 * @property {{ block: string, own: number }} [scaled] by the residual scale of a block
 *
 * @typedef {object} Row What is known of a branch, on side A and on side B.
 * @property {string} label
 * @property {string} node
 * @property {number[]} energy
 * @property {number[]} share of the energy of all branches
 */

/** Energies from here on are written as counts are. */
const MANY = 1e4;

export class BranchTable {
  /** @param {Branch[]} branches */
  constructor(branches) {
    this.branches = branches;
    /** @type {Row[]} */
    this.rows = [];
    this.body = h('tbody', {});
    const head = t.compare.columns.map((text, i) => h('th', { scope: 'col', class: i ? 'number' : '', text }));
    this.element = h(
      'div',
      { class: 'table-box branch-table', role: 'group', tabindex: 0, 'aria-label': t.compare.branches },
      h('table', {}, h('caption', { text: t.compare.branches }), h('thead', {}, h('tr', {}, head)), this.body),
    );
  }

  /** Of a module whose branches are joined; else none. @param {Graph} graph @param {number} index */
  static of(graph, index) {
    const module = graph.modules[index];
    const nodes = graph.nodes.filter((n) => n.module === index);
    const concat = nodes.find((n) => n.parts && n.parts.length > 1);
    const sum = nodes.find((n) => n.op === 'add');
    /** @type {Branch[]} */
    let branches = [];
    if (sum) {
      const { scale, residual, shortcut } = summands(sum);
      const whole = { from: 0, to: sum.shape[0] };
      branches = [
        { label: t.residual.name, node: residual, lane: 2, ...whole, scaled: { block: module.id, own: scale } },
        { label: t.module.roles.shortcut, node: shortcut, lane: 5, ...whole },
      ];
    } else if (concat) {
      branches = concat.parts.map(({ node, from, to }) => {
        const source = nodeOf(graph, node);
        const lane = source?.lane ?? null;
        const label = lane !== null ? module.lanes[lane].label : source ? t.ops.of(ownOp(source)) : node;
        return { label, node: concat.id, from, to, lane };
      });
    }
    return branches.length ? new BranchTable(branches) : null;
  }

  /** @param {(node: string) => Values | undefined} values @param {import('../lens.js').Side['changes'][]} changes of both sides */
  show(values, changes) {
    const sides = [0, 1].map((side) => this.branches.map(({ node, from, to, scaled }) => {
      const stats = values(node)?.sides[side];
      if (!stats) return NaN;
      const factor = scaled ? scaleIn(changes[side] ?? [], scaled.block, scaled.own) : 1;
      const [, rows = 1, columns = 1] = stats.shape;
      return factor ** 2 * rows * columns * stats.energy.subarray(from, to).reduce((a, b) => a + b, 0);
    }));
    const totals = sides.map((energies) => energies.reduce((a, b) => a + b, 0));
    this.rows = this.branches.map(({ label, node }, i) => ({
      label,
      node,
      energy: sides.map((energies) => energies[i]),
      share: sides.map((energies, side) => totals[side] === 0 ? 0 : energies[i] / totals[side]),
    }));
    this.body.replaceChildren(...this.rows.map(({ label, energy, share }, i) => {
      const [a, b] = share;
      const cells = [...energy.map(energyOf), ...share.map(shareOf), Number.isNaN(b - a) ? '–' : t.predictions.change(b - a)];
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, h('span', { class: 'branch', style: `--lane:${laneColour(this.branches[i].lane)}`, text: label })),
        cells.map((text, column) => {
          const part = share[column - 2];
          return h('td', { class: 'number', style: part === undefined ? null : `--p:${part || 0}`, text });
        }),
      );
    }));
  }
}

/** @param {number} energy */
const energyOf = (energy) => (Number.isNaN(energy) ? '–' : energy < MANY ? format.value(energy) : format.count(energy));

/** @param {number} share */
const shareOf = (share) => (Number.isNaN(share) ? '–' : format.percent(share));
