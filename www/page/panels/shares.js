/** What each branch adds to the answer, from stem to head: one row a module, and the channels of one of them. */

import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { nodeOf } from '../graph.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';
import { barList, rangeOf } from './branches.js';

/**
 * @typedef {import('../../inceptionscope.js').Branches} Branches
 * @typedef {import('../../inceptionscope.js').ModuleShare} ModuleShare
 * @typedef {import('../graph.js').Graph} Graph
 *
 * @typedef {object} Callbacks
 * @property {(module: string) => void} onModule is to be opened
 * @property {(node: string, channel: number) => void} onChannel likewise
 * @property {(module: string) => void} onChosen its channels are shown
 * @property {(module: string) => void} onRemove its channels are to be removed one after the other
 */

/** How many of a module's channels are listed. */
const MOST = 12;

/** A module of one chain has one part. @param {ModuleShare} share */
const partsOf = ({ lanes, sum }) => (lanes.length ? lanes : [{ lane: null, label: '', share: sum }]);

/** What parts of one sign add up to. @param {{ share: number }[]} parts @param {1 | -1} sign */
const total = (parts, sign) => parts.reduce((sum, { share }) => (share * sign > 0 ? sum + share : sum), 0);

export class ShareChart {
  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.rows = h('tbody', {});
    this.detail = h('div', { class: 'share-detail' });
    const head = t.why.shareHead.map((text) => h('th', { scope: 'col', text }));
    this.element = h(
      'section',
      { class: 'share-chart' },
      h(
        'table',
        {},
        h('caption', { class: 'hidden', text: t.why.methods.branches }),
        h('thead', {}, h('tr', {}, head)),
        this.rows,
      ),
      this.detail,
    );
  }

  /** @param {Branches} step @param {Graph} graph @param {string} chosen the module whose channels are shown */
  show({ modules, value }, graph, chosen) {
    const all = modules.map(partsOf);
    const [from, to] = rangeOf(all.flatMap((parts) => [{ value: total(parts, 1) }, { value: total(parts, -1) }]));
    const place = (/** @type {number} */ length) => `${(100 * length) / (to - from)}%`;
    const labelOf = (/** @type {string} */ id) => graph.modules.find((module) => module.id === id)?.label ?? id;
    const choose = (/** @type {string} */ id) => {
      for (const button of this.rows.querySelectorAll('button')) {
        button.setAttribute('aria-pressed', String(button.dataset.module === id));
      }
      const share = modules.find(({ module }) => module === id);
      this.detail.replaceChildren(...(share ? this.#detail(share, value, graph) : []));
    };
    this.rows.replaceChildren(
      ...modules.map((share, index) => {
        const parts = all[index];
        const ends = { 1: -from, [-1]: -from };
        const bars = parts.map(({ lane, label, share: part }) => {
          const sign = part < 0 ? -1 : 1;
          const start = Math.min(ends[sign], ends[sign] + part);
          ends[sign] += part;
          const title = label ? t.why.part(label, part) : format.value(part);
          const style = `left:${place(start)};width:${place(Math.abs(part))};--lane:${laneColour(lane)}`;
          return h('i', { style, title });
        });
        const said = parts.map(({ label, share: part }) => (label ? t.why.part(label, part) : format.value(part)));
        const button = h('button', {
          type: 'button',
          class: 'quiet',
          'data-module': share.module,
          'aria-pressed': 'false',
          text: labelOf(share.module),
          title: t.why.showChannels(labelOf(share.module)),
          onclick: () => {
            choose(share.module);
            this.callbacks.onChosen(share.module);
          },
        });
        return h(
          'tr',
          {},
          h('th', { scope: 'row' }, button),
          h(
            'td',
            {},
            h('span', { class: 'hidden', text: format.list(said) }),
            h('span', { class: 'track', 'aria-hidden': 'true' }, bars, h('b', { style: `left:${place(-from)}` })),
          ),
          h('td', { class: 'number', text: format.value(share.sum) }),
          h('td', { class: 'number muted', text: format.value(share.biases) }),
        );
      }),
    );
    choose(chosen);
  }

  /** @param {ModuleShare} share @param {number | null} value @param {Graph} graph */
  #detail({ module: id, sum, biases, lanes, channels }, value, graph) {
    const { onModule, onChannel, onRemove } = this.callbacks;
    const module = graph.modules.find((one) => one.id === id);
    if (!module) return [];
    const laneOf = lanesOf(graph, module.output);
    const order = [...channels.keys()].sort((a, b) => Math.abs(channels[b]) - Math.abs(channels[a])).slice(0, MOST);
    const listed = order.map((channel) => ({
      label: t.why.channel(channel),
      lane: laneOf(channel),
      value: channels[channel],
      onclick: () => onChannel(module.output, channel),
    }));
    const parts = lanes.map(({ label, lane, share: part }) => ({ label, lane, value: part }));
    const each = channels.map((share) => ({ share }));
    const say = h('p', { class: 'small' });
    setText(say, t.why.adds(sum, biases, Number(value)));
    return [
      h('h3', { text: module.label }),
      say,
      ...(parts.length ? [barList(t.why.branchesOf(module.label), parts, rangeOf(parts))] : []),
      h('h3', { text: t.why.channelsOf(module.label) }),
      h('p', { class: 'small', text: t.why.channels(channels.length, total(each, 1), total(each, -1), listed.length) }),
      barList(t.why.channelsOf(module.label), listed, rangeOf(listed)),
      h(
        'div',
        { class: 'actions' },
        h('button', { type: 'button', class: 'quiet', text: t.why.muteEach, onclick: () => onRemove(id) }),
        h('button', { type: 'button', class: 'quiet', text: t.why.openThis(module.label), onclick: () => onModule(id) }),
      ),
    ];
  }
}

/** Of which lane a channel of a module's output is. @param {Graph} graph @param {string} output */
export function lanesOf(graph, output) {
  const node = nodeOf(graph, output);
  /** @type {{ lane: number | null, end: number }[]} */
  const parts = [];
  const add = (/** @type {string} */ id) => {
    const part = nodeOf(graph, id);
    if (!part) return;
    if (part.op === 'concat') part.inputs.forEach(add);
    else parts.push({ lane: part.lane, end: (parts.at(-1)?.end ?? 0) + part.shape[0] });
  };
  if (node) add(node.id);
  return (/** @type {number} */ channel) => parts.find(({ end }) => channel < end)?.lane ?? null;
}
