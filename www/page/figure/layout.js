/**
 * Where everything of the figure lies: a network as the papers draw it, modules from top to bottom, in as many columns
 * as fill the room best. Pure geometry, in units that are pixels at a zoom of 1.
 */

import { aroundLanes, drawnOf } from '../graph.js';
import { atOnce } from '../pieces.js';
import { connect } from './lines.js';
import {
  ANSWER,
  BAR,
  BETWEEN,
  CARD,
  FAN,
  GAP,
  INNER,
  LABEL,
  MAP,
  NAME,
  OUTPUT,
  PAD,
  SHORTCUT,
  SUM,
  letters,
} from './sizes.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {[number, number]} Point
 *
 * @typedef {object} Op
 * @property {Node} node
 * @property {'op' | 'concat' | 'sum'} kind a sum that goes into a ReLU is a circle, and has no map of its own
 * @property {Box} box
 * @property {Box | null} map a square for its map; a concat within a module has none
 * @property {Box} plate frames map and label; of a concat, its lower part
 * @property {Segment[]} segments channel ranges of a concat, to scale
 *
 * @typedef {Box & { lane: number | null, node: string, from: number, to: number }} Segment
 *
 * @typedef {object} Card A module.
 * @property {number} index
 * @property {Box} box
 * @property {string[]} title in lines
 * @property {Box | null} answer room for the prediction, beneath the softmax
 *
 * @typedef {object} Edge
 * @property {string} from
 * @property {string} to
 * @property {number | null} lane of its branch's colour
 * @property {'straight' | 'curve' | 'around'} shape `curve`: vertical at both ends; `around`: along corners
 * @property {Point[]} points the first on the writer, or at its module's port if a trunk leads there; the last on the reader
 * @property {Point[]} trunk from the writer to the port of the reader's module; empty within a module
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {Card[]} cards
 * @property {Op[]} ops in order of execution
 * @property {Edge[]} edges
 */

/**
 * @param {Graph} graph
 * @param {number} aspect width of the room by its height
 */
export const layout = (graph, aspect) => atOnce(layouts(graph, aspect));

/**
 * The same in pieces.
 * @param {Graph} graph
 * @param {number} aspect
 * @returns {Generator<void, Layout>}
 */
export function* layouts(graph, aspect) {
  const reads = readersOf(graph);
  /** @type {Block[]} */
  const blocks = [];
  for (const index of graph.modules.keys()) {
    blocks.push(block(graph, index, reads));
    yield;
  }
  // What no other module reads stands beside the others: auxiliary heads.
  const read = new Set(
    graph.nodes.flatMap((n) => n.inputs.filter((id) => !blocks[n.module].ops.some((op) => op.node.id === id))),
  );
  const sides = blocks.slice(0, -1).filter((b) => !b.ops.some((op) => read.has(op.node.id)));
  const main = blocks.filter((b) => !sides.includes(b));
  let best = null;
  for (let count = 1; count <= Math.min(main.length, 24); count++) {
    const placed = place(columns(main, count), sides, reads);
    const scale = Math.min(aspect / placed.width, 1 / placed.height);
    if (!best || scale > best.scale) best = { ...placed, scale };
    yield;
  }
  if (!best) return { width: 0, height: 0, cards: [], ops: [], edges: [] };
  const { width, height, at } = best;
  for (const b of blocks) move(b, at.get(b) ?? [0, 0]);
  const ops = graph.nodes.flatMap((n) => blocks[n.module].ops.filter((op) => op.node === n));
  yield;
  return { width, height, cards: blocks.map((b) => b.card), ops, edges: connect(graph, blocks, best.columnOf, reads) };
}

/** @typedef {{ left: number, side: number }} Column its left edge, and where lines to its auxiliary heads rise */
/** @typedef {{ card: Card, ops: Op[], port: number, lanesEnd: number }} Block A module, from 0, 0 on; `port`: where lines fan out */

/** A row of ops, or several: what reads nothing of the group on top. @param {Node[]} nodes @param {Reads} reads */
function rowsOf(nodes, reads) {
  /** @type {Map<string, number>} */
  const depth = new Map();
  /** @type {Node[][]} */
  const rows = [];
  for (const node of nodes) {
    const at = Math.max(-1, ...reads(node.id).map((id) => depth.get(id) ?? -1)) + 1;
    depth.set(node.id, at);
    (rows[at] ??= []).push(node);
  }
  return rows;
}

/** @typedef {(node: string) => string[]} Reads which drawn nodes a node reads */

/** Nodes that are fused with another are passed over. @param {Graph} graph @returns {Reads} */
export function readersOf(graph) {
  const nodes = new Map(graph.nodes.map((n) => [n.id, n]));
  const drawn = new Set(graph.modules.flatMap((_, i) => drawnOf(graph, i).map((n) => n.id)));
  /** @param {string} id @returns {string[]} */
  const reads = (id) => {
    const inputs = nodes.get(id)?.inputs ?? [];
    return [...new Set(inputs.flatMap((input) => (drawn.has(input) ? [input] : reads(input))))];
  };
  return reads;
}

/** @param {Graph} graph @param {number} index @param {Reads} reads @returns {Block} */
function block(graph, index, reads) {
  const module = graph.modules[index];
  const nodes = drawnOf(graph, index);
  const { before, joined } = aroundLanes(graph, index, nodes);
  const isOutput = (/** @type {Node} */ node) => node.id === module.output;
  const lanes = module.lanes.map((lane, i) => {
    const rows = rowsOf(
      nodes.filter((n) => n.lane === i),
      reads,
    );
    const width = rows.length ? Math.max(...rows.map((row) => rowWidth(row, isOutput))) : SHORTCUT;
    return { rows, width, shortcut: lane.role === 'shortcut' };
  });
  // What the branches join to stands beneath them; a shortcut goes around it.
  const inner = sum(
    lanes.filter((l) => !l.shortcut).map((l) => l.width),
    GAP.x,
  );
  const outer = sum(
    lanes.filter((l) => l.shortcut).map((l) => l.width),
    GAP.x,
  );
  const chain = [...before, ...joined].map((n) => rowWidth([n], isOutput));
  const softmax = nodes.some((n) => n.op === 'softmax');
  const body = Math.max(inner, ...chain, softmax ? ANSWER.width : 0, CARD.least - 2 * CARD.pad);
  const width = body + (outer ? GAP.x + outer : 0) + 2 * CARD.pad;
  const title = wrap(module.label, width - 2 * CARD.pad);
  const middle = CARD.pad + body / 2;
  /** @type {Op[]} */
  const ops = [];
  const port = CARD.pad + title.length * CARD.title;
  let y = port;
  const stack = (/** @type {Node[][]} */ rows, /** @type {number} */ centre, /** @type {number} */ from) => {
    let at = from;
    for (const row of rows) {
      let x = centre - rowWidth(row, isOutput) / 2;
      let tallest = 0;
      for (const node of row) {
        const wide = node.parts.length > 1 && node.lane === null;
        const bar = Math.max(inner, rowWidth([node], isOutput));
        const op = element(node, isOutput(node), wide ? centre - bar / 2 : x, at, bar, graph);
        ops.push(op);
        x += op.box.width + GAP.x;
        tallest = Math.max(tallest, op.box.height);
      }
      at += tallest + GAP.y;
    }
    return rows.length ? at - GAP.y : from;
  };
  if (before.length) y = stack(rowsOf(before, reads), middle, y + GAP.y);
  if (lanes.length) {
    const top = y + FAN;
    let x = CARD.pad + (body - inner) / 2;
    let bottom = top;
    const ordered = [...lanes.filter((l) => !l.shortcut), ...lanes.filter((l) => l.shortcut)];
    for (const lane of ordered) {
      if (lane.shortcut && lane === ordered.find((l) => l.shortcut)) x = CARD.pad + body + GAP.x;
      bottom = Math.max(bottom, stack(lane.rows, x + lane.width / 2, top));
      x += lane.width + GAP.x;
    }
    y = bottom + FAN;
  } else if (joined.length) y += GAP.y;
  const lanesEnd = y - FAN;
  if (joined.length) y = stack(rowsOf(joined, reads), middle, y);
  const answer = softmax
    ? { x: middle - ANSWER.width / 2, y: y + PAD, width: ANSWER.width, height: ANSWER.height }
    : null;
  if (answer) y += PAD + ANSWER.height;
  const box = { x: 0, y: 0, width, height: y + CARD.pad };
  return { card: { index, box, title, answer }, ops, port, lanesEnd };
}

/** @param {Node} node @param {boolean} output @param {number} x @param {number} y @param {number} bar @param {Graph} graph @returns {Op} */
function element(node, output, x, y, bar, graph) {
  if (node.op === 'add' && node.unit !== node.id) {
    const box = { x, y, width: SUM, height: SUM };
    return { node, kind: 'sum', box, map: null, plate: box, segments: [] };
  }
  const side = output ? OUTPUT : MAP;
  const [width, height] = [side + 2 * PAD, side + 2 * PAD + LABEL];
  if (node.parts.length < 2) {
    const box = { x, y, width, height };
    return {
      node,
      kind: 'op',
      box,
      map: { x: x + PAD, y: y + PAD, width: side, height: side },
      plate: box,
      segments: [],
    };
  }
  // The range of a branch is as wide as its share of the channels.
  const whole = node.lane === null ? bar : INNER;
  const scale = whole / node.shape[0];
  const segments = node.parts.map(({ node: id, from, to }) => {
    const lane = graph.nodes.find((n) => n.id === id)?.lane ?? null;
    return { x: x + from * scale, y, width: (to - from) * scale, height: BAR, lane, node: id, from, to };
  });
  if (!output) {
    const box = { x, y, width: whole, height: BAR + NAME };
    return { node, kind: 'concat', box, map: null, plate: box, segments };
  }
  const left = x + (whole - width) / 2;
  return {
    node,
    kind: 'concat',
    box: { x, y, width: whole, height: BAR + height },
    map: { x: left + PAD, y: y + BAR + PAD, width: side, height: side },
    plate: { x: left, y: y + BAR, width, height },
    segments,
  };
}

/** @param {Node[]} row @param {(node: Node) => boolean} isOutput */
function rowWidth(row, isOutput) {
  const widths = row.map((node) => {
    if (node.op === 'add' && node.unit !== node.id) return SUM;
    if (node.parts.length > 1 && node.lane !== null) return INNER;
    if (node.parts.length > 1 && !isOutput(node)) return 0; // as wide as the branches
    return (isOutput(node) ? OUTPUT : MAP) + 2 * PAD;
  });
  return sum(widths, GAP.x);
}

/** @param {number[]} widths @param {number} gap between them */
const sum = (widths, gap) => widths.reduce((a, b) => a + b, 0) + gap * Math.max(0, widths.length - 1);

/** A title in lines that fit. @param {string} text @param {number} width */
function wrap(text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && letters(longer) > width) lines.push(word);
    else lines[Math.max(0, lines.length - 1)] = longer;
  }
  return lines;
}

/** Modules in so many columns, the tallest of which is as short as can be. @param {Block[]} blocks @param {number} count */
function columns(blocks, count) {
  const heights = blocks.map((b) => b.card.box.height + BETWEEN.cards);
  const split = (/** @type {number} */ most) => {
    /** @type {Block[][]} */
    const found = [];
    let room = 0;
    blocks.forEach((b, i) => {
      if (heights[i] > room) {
        found.push([]);
        room = most;
      }
      found.at(-1)?.push(b);
      room -= heights[i];
    });
    return found;
  };
  let [low, high] = [Math.max(...heights), heights.reduce((a, b) => a + b, 0)];
  while (high - low > 1) {
    const middle = (low + high) / 2;
    if (split(middle).length > count) low = middle;
    else high = middle;
  }
  return split(high);
}

/**
 * Where each module lies.
 * @param {Block[][]} lines columns of modules
 * @param {Block[]} sides auxiliary heads, which stand beside what follows their input
 * @param {Reads} reads
 */
function place(lines, sides, reads) {
  /** @type {Map<Block, Point>} */
  const at = new Map();
  /** @type {Map<Block, Column>} */
  const columnOf = new Map();
  const isReadBy = (/** @type {Block} */ b, /** @type {Block} */ side) =>
    reads(side.ops[0].node.id).some((id) => b.ops.some((op) => op.node.id === id));
  let [x, height] = [0, 0];
  const margin = BETWEEN.cards;
  for (const line of lines) {
    const width = Math.max(...line.map((b) => b.card.box.width));
    // On the left, where no line leaves the column.
    const beside = sides.filter((side) => line.some((b) => isReadBy(b, side)));
    const left = x + beside.reduce((most, { card }) => Math.max(most, card.box.width + BETWEEN.aux), 0);
    const end = line.reduce((y, b) => y + b.card.box.height + BETWEEN.cards, margin) - BETWEEN.cards;
    let [y, free] = [margin, margin];
    for (const b of line) {
      const { box } = b.card;
      at.set(b, [left + (width - box.width) / 2, y]);
      columnOf.set(b, { left: x, side: left - BETWEEN.aux / 2 });
      y += box.height + BETWEEN.cards;
      for (const side of beside.filter((other) => isReadBy(b, other))) {
        const size = side.card.box;
        // It begins where its input is, or ends with the column.
        const top = Math.max(free, Math.min(y, end - size.height));
        at.set(side, [left - BETWEEN.aux - size.width, top]);
        free = top + size.height + BETWEEN.cards;
      }
    }
    height = Math.max(height, end, free - BETWEEN.cards);
    x = left + width + BETWEEN.columns;
  }
  return { width: x - BETWEEN.columns, height: height + margin, at, columnOf };
}

/** @param {Block} block @param {Point} by */
function move({ card, ops }, [x, y]) {
  const boxes = [
    card.box,
    card.answer,
    ...ops.flatMap((op) => [op.box, op.map, op.plate === op.box ? null : op.plate, ...op.segments]),
  ];
  for (const box of boxes) {
    if (!box) continue;
    box.x += x;
    box.y += y;
  }
}
