/** What stands in a figure: asks the network for whole values, counts what is left out, and writes title and caption. */

import { sharedScale } from '../colour.js';
import { nodeOf } from '../graph.js';
import { methodOf } from '../question.js';
import { t } from '../words.js';
import { channelScale, channelsOf } from '../view.js';
import { branchesOf, chosen, opOf } from './branches.js';
import { OF_CHANNEL, OF_MODULE } from './spec.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../colour.js').Scale} Scale
 * @typedef {import('../../inceptionscope.js').Guess} Guess
 * @typedef {import('../../inceptionscope.js').Why} Why
 * @typedef {import('../../inceptionscope.js').Branches} Branches
 * @typedef {import('../../inceptionscope.js').Removal} Removal
 * @typedef {import('./spec.js').Spec} Spec
 *
 * @typedef {object} Source What a figure is made of.
 * @property {Scope} scope that holds a run
 * @property {HTMLCanvasElement} seen what the network sees
 * @property {Guess[]} top the best classes
 * @property {string[]} names of the classes
 * @property {boolean} untrained
 * @property {string} photo what the photo is, in words; empty if nobody knows
 * @property {string} credit whose it is, where that has to be said
 * @property {string} weights what they are, in words
 * @property {string} changes of the network, as the address has them
 * @property {Why | Removal | Branches | null} why what was asked about the answer
 *
 * @typedef {{ channel: number, data: Float32Array, rows: number, columns: number, scale: Scale, lane: number | null }} Map
 *
 * @typedef {object} Panel Maps of one node.
 * @property {string} node
 * @property {string} label
 * @property {number[]} shape
 * @property {number} total how many maps the node has
 * @property {Map[]} maps those that are shown
 * @property {Scale & { max: number, min: number }} scale of all its maps
 *
 * @typedef {{ label: string, lane: number | null, panels: Panel[] }} Block
 *
 * @typedef {object} Content
 * @property {Spec} spec
 * @property {string} title
 * @property {string} caption
 * @property {HTMLCanvasElement} seen
 * @property {Guess[]} top
 * @property {boolean} untrained
 * @property {Block[]} blocks
 * @property {(Scale & { max: number, min: number }) | null} scale that all maps share; null: each has its own
 * @property {Why | Removal | Branches | null} why
 * @property {Graph} graph
 * @property {string[]} names of the classes
 */

/** The module that a figure shows. @param {Graph} graph @param {string} node */
export const moduleOf = (graph, node) =>
  nodeOf(graph, node)?.module ??
  Math.max(
    0,
    graph.modules.findIndex(({ lanes }) => lanes.length > 1),
  );

/** The node of which a channel is shown. @param {Graph} graph @param {string} node @returns {Node} */
export const channelNode = (graph, node) =>
  /** @type {Node} */ (nodeOf(graph, node) ?? nodeOf(graph, graph.modules[moduleOf(graph, node)].output));

/** Fewer maps for a branch that has fewer. @param {Source} source @param {Spec} spec @returns {Promise<Content>} */
export async function gather(source, spec) {
  const { scope, why } = source;
  const { graph } = scope;
  const whys = spec.layout === 'why' && why !== null;
  const layout = spec.layout === 'why' && !whys ? 'prediction' : spec.layout;
  /** @type {Block[]} */
  let blocks = [];
  if (OF_MODULE.includes(layout)) blocks = await moduleBlocks(scope, spec);
  else if (OF_CHANNEL.includes(layout)) blocks = [await channelBlock(scope, spec)];
  else if (layout === 'network') blocks = await networkBlocks(scope);
  const panels = blocks.flatMap((block) => block.panels);
  const scale = colour(panels, layout === 'network' ? 'map' : spec.colours);
  const content = { ...source, graph, spec: { ...spec, layout }, blocks, scale, why: whys ? why : null };
  return { ...content, title: spec.title ?? titleOf(content), caption: spec.caption ?? captionOf(content, source) };
}

/** @param {Scope} scope @param {Spec} spec */
async function moduleBlocks(scope, spec) {
  const { graph } = scope;
  const branches = chosen(branchesOf(graph, moduleOf(graph, spec.node)), spec.branches);
  return Promise.all(
    branches.map(async ({ label, lane, nodes }) => {
      const shown = spec.steps ? nodes : nodes.slice(-1);
      return { label, lane, panels: await Promise.all(shown.map((node) => panelOf(scope, node, spec))) };
    }),
  );
}

/** @param {Scope} scope @param {Node} node @param {Spec} spec @returns {Promise<Panel>} */
async function panelOf(scope, node, spec) {
  const stats = await scope.stats(node.id);
  const hand = spec.order === 'hand' ? spec.hand[node.id]?.filter((channel) => channel < node.shape[0]) : undefined;
  const channels =
    hand ??
    channelsOf(
      { sides: [stats], difference: null },
      { sort: spec.order === 'hand' ? 'mean' : spec.order, filter: '' },
    ).slice(0, spec.maps);
  const { shape, data } = channels.length
    ? await scope.maps(node.id, { channels })
    : { shape: [0, 1, 1], data: new Float32Array() };
  const [, rows, columns] = shape;
  const ends = (node.parts ?? []).map((part) => ({ to: part.to, lane: nodeOf(scope.graph, part.node)?.lane ?? null }));
  const several = new Set(ends.map((end) => end.lane)).size > 1;
  const maps = channels.map((channel, i) => ({
    channel,
    data: data.slice(i * rows * columns, (i + 1) * rows * columns),
    rows,
    columns,
    scale: channelScale([stats], channel),
    lane: several ? (ends.find((end) => channel < end.to)?.lane ?? null) : null,
  }));
  return {
    node: node.id,
    label: opOf(node),
    shape: node.shape,
    total: node.shape[0],
    maps,
    scale: sharedScale([stats]),
  };
}

/** @param {Scope} scope @param {Spec} spec @returns {Promise<Block>} */
async function channelBlock(scope, spec) {
  const node = channelNode(scope.graph, spec.node);
  const channel = Math.min(spec.channel, node.shape[0] - 1);
  const panel = await panelOf(scope, node, { ...spec, order: 'hand', hand: { [node.id]: [channel] } });
  return { label: t.channel.of(node.id, channel), lane: node.lane, panels: [panel] };
}

/** The mean map of each module. @param {Scope} scope @returns {Promise<Block[]>} */
async function networkBlocks(scope) {
  const drawn = scope.graph.modules.filter(
    ({ shape, output }) => (shape[1] ?? 1) > 1 && !nodeOf(scope.graph, output)?.op.endsWith('input'),
  );
  return Promise.all(
    drawn.map(async ({ label, output, shape }) => {
      const {
        shape: [, rows, columns],
        data,
      } = await scope.mean(output);
      const peak = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
      const signed = data.some((v) => v < 0);
      const scale = {
        kind: /** @type {import('../colour.js').Kind} */ (signed ? 'diverging' : 'sequential'),
        top: peak,
        min: 0,
        max: peak,
      };
      const map = { channel: -1, data, rows, columns, scale, lane: null };
      return { label, lane: null, panels: [{ node: output, label: '', shape, total: shape[0], maps: [map], scale }] };
    }),
  );
}

/** Gives maps a scale in common, if they have one. @param {Panel[]} panels @param {string} colours */
function colour(panels, colours) {
  if (colours === 'map') return null;
  const scale = colours === 'module' && panels.length ? joint(panels.map((panel) => panel.scale)) : null;
  for (const panel of panels) for (const map of panel.maps) map.scale = scale ?? panel.scale;
  return scale ?? (panels.length === 1 ? panels[0].scale : null);
}

/** @param {Panel['scale'][]} scales */
function joint(scales) {
  const most = (/** @type {'top' | 'max'} */ key) => scales.reduce((a, scale) => Math.max(a, scale[key]), 0);
  const min = scales.reduce((a, scale) => Math.min(a, scale.min), 0);
  return {
    kind: /** @type {import('../colour.js').Kind} */ (min < 0 ? 'diverging' : 'sequential'),
    top: most('top'),
    max: most('max'),
    min,
  };
}

/** How many maps are shown, of how many. @param {Content} content */
export function counted({ blocks, spec }) {
  if (!OF_MODULE.includes(spec.layout)) return '';
  const panels = blocks.flatMap((block) => block.panels);
  const sum = (/** @type {(panel: Panel) => number} */ of) => panels.reduce((all, panel) => all + of(panel), 0);
  return t.publish.counted(
    sum(({ maps }) => maps.length),
    sum(({ total }) => total),
  );
}

/** @param {Omit<Content, 'title' | 'caption'>} content */
function titleOf({ spec, graph, why, names }) {
  if (OF_MODULE.includes(spec.layout))
    return t.publish.titleOf(graph.title, graph.modules[moduleOf(graph, spec.node)].label);
  if (OF_CHANNEL.includes(spec.layout)) {
    const node = channelNode(graph, spec.node);
    return t.publish.titleOf(graph.title, t.channel.of(node.id, Math.min(spec.channel, node.shape[0] - 1)));
  }
  if (why) return t.why.title(names[Number(why.target)] ?? String(why.target));
  return graph.title;
}

/** @param {Omit<Content, 'title' | 'caption'>} content @param {Source} source */
function captionOf({ spec, graph, blocks, why, names }, { photo, weights, credit, changes, untrained }) {
  const captions = t.publish.captions;
  const of = { network: graph.title, weights, photo };
  const count = Math.max(...blocks.flatMap(({ panels }) => panels.map(({ maps }) => maps.length)), 0);
  const partial = blocks.some(({ panels }) => panels.some(({ maps, total }) => maps.length < total));
  const order = partial ? captions.orders[/** @type {'mean'} */ (spec.order)](count) : '';
  const sentence = OF_MODULE.includes(spec.layout)
    ? captions.module(of, graph.modules[moduleOf(graph, spec.node)].label, order)
    : OF_CHANNEL.includes(spec.layout)
      ? captions.channel(of, blocks[0].label, blocks[0].panels[0].shape)
      : why
        ? captions.why(
            of,
            t.why.methods[methodOf(why)],
            names[Number(why.target)] ?? String(why.target),
          )
        : spec.layout === 'network'
          ? captions.network(of)
          : captions.prediction(of);
  return [sentence, changes && captions.changed(changes), untrained && captions.untrained, credit]
    .filter(Boolean)
    .join(' ');
}
