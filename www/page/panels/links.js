/** The links of a channel with those of another node: what excites and what inhibits, each with its kernel. */

import { drawMap } from '../colour.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { nodeOf, placeInOutput } from '../graph.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../../inceptionscope.js').Links} Links
 * @typedef {import('../../runtime/rust.d.ts').Link} Link
 */

/**
 * How a node and one of its channels are called.
 * @param {Graph} graph @param {string} id @param {number} [channel] @param {string[]} [classes]
 * @returns {{ label: string, lane: number | null, branch: string, own: string }} the node's module where it is its output; the
 *   channel's branch; its class or colour, or else its number
 */
export function nameOf(graph, id, channel = 0, classes = []) {
  const node = nodeOf(graph, id);
  const module = node && graph.modules[node.module];
  const label = module?.output === id && node?.op !== 'input' ? module.label : id;
  const place = placeInOutput(graph, id, channel);
  const lane = place && 'lane' in place ? (nodeOf(graph, place.part.node)?.lane ?? null) : (node?.lane ?? null);
  const branch = module && lane !== null ? module.lanes[lane].label : '';
  const named = node?.op === 'input' ? t.kernel.rgb[channel] : node?.op === 'linear' ? classes[channel] : '';
  return { label, lane, branch, own: named || String(channel) };
}

/**
 * Whether a node's channels have pictures: single values, and the colours of a photo, have none.
 * @param {Graph | undefined} graph
 * @param {string} id
 */
export function hasPictures(graph, id) {
  const node = nodeOf(graph, id);
  return node !== undefined && (node.shape[1] ?? 1) > 1 && node.op !== 'input';
}

export class LinksView {
  /**
   * @param {Graph} graph
   * @param {Links} links
   * @param {string[]} classes their names
   * @param {(channel: number) => void} onLink
   */
  constructor(graph, links, classes, onLink) {
    this.links = links;
    /** By channel, where its picture is drawn. @type {Map<number, HTMLCanvasElement>} */
    this.visions = new Map();
    const { reads, node, shape, links: all } = links;
    const [rows, columns] = shape;
    const title = (reads ? t.circuit.inputs : t.circuit.outputs)(nameOf(graph, node).label);
    const top = Math.max(...all.flatMap(({ weights }) => weights.map(Math.abs))) || 1;
    const scale = /** @type {const} */ ({ kind: 'diverging', top });
    const drawn = hasPictures(graph, node);

    const card = (/** @type {Link} */ { channel, sum, size, weights }) => {
      const { lane, branch, own } = nameOf(graph, node, channel, classes);
      const kernel = h('canvas', { class: 'plate kernel', 'aria-hidden': 'true', style: `aspect-ratio:${columns}/${rows}` });
      drawMap(kernel, Float32Array.from(weights), rows, columns, scale);
      const vision = drawn && h('canvas', { class: 'vision plate', width: 1, height: 1, 'aria-hidden': 'true' });
      if (vision) this.visions.set(channel, vision);
      const name = t.circuit.link(own, branch, sum, size);
      return h(
        'li',
        {},
        h(
          'button',
          {
            type: 'button',
            class: 'link',
            style: `--lane:${laneColour(lane)}`,
            title: name,
            onclick: () => onLink(channel),
          },
          h('span', { class: 'link-pictures' }, kernel, vision),
          h('span', { class: 'hidden', text: name }),
          h(
            'span',
            { class: 'link-name', 'aria-hidden': 'true' },
            h('b', { text: own }),
            branch ? h('span', { class: 'muted', text: branch }) : null,
          ),
          h('span', { class: 'number small', 'aria-hidden': 'true', text: format.value(sum < 0 ? -size : size) }),
        ),
      );
    };
    const group = (/** @type {string} */ kind, /** @type {Link[]} */ list) =>
      h(
        'div',
        {},
        h('h4', { text: kind }),
        list.length
          ? h('ol', { class: 'links', 'aria-label': `${title}: ${kind}` }, list.map(card))
          : h('p', { class: 'muted small', text: t.circuit.noneOfKind }),
      );
    const share = all.reduce((sum, { size }) => sum + size, 0) / (links.size || 1);
    this.element = h(
      'section',
      {},
      h('h3', { text: title }),
      h('p', { class: 'muted small', text: t.circuit.how(nodeOf(graph, node)?.shape[0] ?? 0, shape, links.stride, all.length, share) }),
      legend(scale),
      h(
        'div',
        { class: 'link-groups' },
        group(t.circuit.excitatory, all.filter(({ sum }) => sum > 0)),
        group(t.circuit.inhibitory, all.filter(({ sum }) => sum <= 0)),
      ),
    );
  }
}

/** What the colours of the kernels mean. @param {import('../colour.js').Scale} scale */
function legend(scale) {
  const canvas = h('canvas', { class: 'circuit-ramp', 'aria-hidden': 'true' });
  drawMap(canvas, Float32Array.from({ length: 101 }, (_, i) => scale.top * (i / 50 - 1)), 1, 101, scale);
  const end = (/** @type {number} */ value) => h('span', { class: 'number', text: format.value(value) });
  return h('div', { class: 'circuit-legend small' }, t.circuit.colours, end(-scale.top), canvas, end(scale.top));
}
