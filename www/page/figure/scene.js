/**
 * The figure as shapes, which `draw.js` paints and `svg.js` writes: layers from back to front, within which the order does
 * not matter. Whatever the figure shows is said here once.
 */

import * as format from '../format.js';
import { chainOf, drawnOf, mainOf, ownOp } from '../graph.js';
import { atOnce } from '../pieces.js';
import { t } from '../words.js';
import { letters } from './sizes.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('./layout.js').Box} Box
 * @typedef {import('./layout.js').Layout} Layout
 * @typedef {import('./layout.js').Point} Point
 * @typedef {import('../theme.js').Theme} Theme
 *
 * @typedef {object} Rect
 * @property {'rect'} type
 * @property {Box} box
 * @property {number} radius
 * @property {string} [fill]
 * @property {string} [stroke]
 *
 * @typedef {object} Path
 * @property {'path'} type
 * @property {string} d as in SVG
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} [width] of the stroke
 *
 * @typedef {object} Text
 * @property {'text'} type
 * @property {string} text
 * @property {number} x
 * @property {number} y of the baseline
 * @property {number} size
 * @property {string} fill
 * @property {number} [weight]
 * @property {'start' | 'middle' | 'end'} [anchor]
 * @property {number} [most] the width that it has: what is longer is set smaller
 *
 * @typedef {object} Image
 * @property {'image'} type
 * @property {string} node whose map it shows
 * @property {Box} box
 *
 * @typedef {Rect | Path | Text | Image} Shape
 *
 * @typedef {object} Answer The network's prediction.
 * @property {string} name of the class
 * @property {number} probability
 */

const TEXT = { title: 11, op: 10, shape: 8.5, answer: 10.5 };
/** Radius of a line's corners. */
const TURN = 8;

/** @param {Graph} graph @param {Layout} layout @param {Theme} theme */
export const scene = (graph, layout, theme) => atOnce(scenes(graph, layout, theme));

/**
 * The same in pieces.
 * @param {Graph} graph
 * @param {Layout} layout
 * @param {Theme} theme
 * @returns {Generator<void, Shape[][]>}
 */
export function* scenes(graph, { cards, ops, edges }, theme) {
  const colour = (/** @type {number | null} */ lane) =>
    lane === null ? theme.strong : theme.lanes[lane % theme.lanes.length];
  const layers = [
    cards.map(({ box }) => rect(box, 8, theme.surface, theme.line)),
    lines(edges, colour, theme),
    cards.flatMap((card) => titleShapes(card, theme).behind),
    ops.flatMap(({ kind, box, plate, map }) =>
      kind === 'sum'
        ? [rect(box, box.width / 2, theme.surface, theme.ink)]
        : map
          ? [rect(plate, 4, theme.surface, theme.line)]
          : [],
    ),
    ops.flatMap((op) => opShapes(op, colour, theme)),
  ];
  const words = cards.flatMap((card) => titleShapes(card, theme).words);
  for (const op of ops) {
    yield;
    words.push(...labels(graph, op, theme));
  }
  return [...layers, words];
}

/** @param {Box} box @param {number} radius @param {string} fill @param {string} [stroke] @returns {Rect} */
const rect = (box, radius, fill, stroke) => ({ type: 'rect', box, radius, fill, stroke });

/** @param {string} d @param {string} stroke @param {number} width @returns {Path} */
const line = (d, stroke, width) => ({ type: 'path', d, stroke, width });

/** @param {import('./layout.js').Edge[]} edges @param {(lane: number | null) => string} colour @param {Theme} theme @returns {Shape[]} */
function lines(edges, colour, theme) {
  // What several readers share is drawn once.
  const trunks = new Map(edges.filter((e) => e.trunk.length).map((e) => [e.trunk.flat().join(), e]));
  const outside = [...trunks.values()].flatMap(({ trunk, points }) => {
    const end = /** @type {Point} */ (trunk.at(-1));
    const [x, y] = end;
    return [
      line(corners(trunk), theme.strong, 1.5),
      line(corners([end, points[0]]), theme.line, 1.5),
      /** @type {Path} */ ({
        type: 'path',
        d: `M${at(x - 4, y - 6)}L${at(x + 4, y - 6)}L${at(x, y)}Z`,
        fill: theme.strong,
      }),
    ];
  });
  const inside = edges.map(({ lane, shape, points }) =>
    line(shape === 'around' ? corners(points) : curve(points), colour(lane), 1.75),
  );
  return [...outside, ...inside];
}

/** The lines that come in pass behind the title. @param {import('./layout.js').Card} card @param {Theme} theme */
function titleShapes({ box, title }, theme) {
  const most = box.width - 20;
  const place = (/** @type {number} */ i) => ({ x: box.x + 10, y: box.y + 15 + 13 * i });
  return {
    behind: title.map((text, i) => {
      const { x, y } = place(i);
      return rect({ x: x - 2, y: y - 10, width: Math.min(most, letters(text)) + 4, height: 13 }, 0, theme.surface);
    }),
    words: title.map(
      (text, i) =>
        /** @type {Text} */ ({ type: 'text', text, ...place(i), size: TEXT.title, weight: 650, fill: theme.ink, most }),
    ),
  };
}

/** @param {import('./layout.js').Op} op @param {(lane: number | null) => string} colour @param {Theme} theme @returns {Shape[]} */
function opShapes({ node, kind, box, plate, map, segments }, colour, theme) {
  if (kind === 'sum') {
    const [x, y, r] = [box.x + box.width / 2, box.y + box.height / 2, box.width / 4];
    return [line(`M${at(x - r, y)}L${at(x + r, y)}M${at(x, y - r)}L${at(x, y + r)}`, theme.ink, 1.5)];
  }
  // A branch's colour on top of its ops; of a concat, the ranges of its branches.
  const ranges = segments.map(({ x, y, width, height, lane }) =>
    rect({ x: x + 0.5, y, width: Math.max(0.5, width - 1), height }, 1, colour(lane)),
  );
  const top = map && kind === 'op' && node.lane !== null ? [rect({ ...plate, height: 2.5 }, 1, colour(node.lane))] : [];
  return [
    ...ranges,
    ...top,
    ...(map ? [rect(map, 0, theme.sunken), /** @type {Image} */ ({ type: 'image', node: node.id, box: map })] : []),
  ];
}

/** @param {Graph} graph @param {import('./layout.js').Op} op @param {Theme} theme @returns {Text[]} */
function labels(graph, { node, kind, box, plate, map }, theme) {
  if (kind === 'sum') return [];
  const name = labelOf(graph, node);
  const shape = format.shape(node.shape).replaceAll(' ', '');
  if (!map) {
    const place = { x: box.x, y: box.y + box.height - 2, most: box.width / 2 - 4 };
    return [{ type: 'text', text: `${name} ${shape}`, ...place, size: TEXT.shape, fill: theme.muted }];
  }
  const place = { x: plate.x + plate.width / 2, anchor: /** @type {'middle'} */ ('middle'), most: plate.width - 6 };
  const top = map.y + map.height;
  const lines = (letters(name) * TEXT.op) / TEXT.title > 1.25 * place.most ? halves(name) : [name];
  const [size, pitch] = lines.length > 1 ? [8, 8.5] : [TEXT.op, 10];
  return [
    ...lines.map(
      (text, i) =>
        /** @type {Text} */ ({ type: 'text', text, ...place, y: top + pitch * (i + 1), size, fill: theme.ink }),
    ),
    {
      type: 'text',
      text: shape,
      ...place,
      y: top + pitch * (lines.length + 1),
      size: Math.min(size, TEXT.shape),
      fill: theme.muted,
    },
  ];
}

/** A name in two lines of about one length. @param {string} name */
function halves(name) {
  const words = name.split(' ');
  const cuts = words.slice(1).map((_, i) => [words.slice(0, i + 1).join(' '), words.slice(i + 1).join(' ')]);
  return cuts.sort((a, b) => Math.abs(a[0].length - a[1].length) - Math.abs(b[0].length - b[1].length))[0] ?? [name];
}

/**
 * The first classes, each with its share, beneath the softmax.
 * @param {Layout} layout
 * @param {Theme} theme
 * @param {Answer[]} answers best first
 * @returns {Shape[]}
 */
export function answerShapes({ cards }, theme, answers) {
  const box = cards.find((card) => card.answer)?.answer;
  return box
    ? answers
        .slice(0, 3)
        .flatMap((answer, i) => answerLine(answer, { ...box, y: box.y + 17 * i }, theme, TEXT.answer, i === 0))
    : [];
}

/** @param {Answer} answer @param {Box} place @param {Theme} theme @param {number} size @param {boolean} first @returns {Shape[]} */
export function answerLine({ name, probability }, { x, y, width }, theme, size, first) {
  const line = { x, y: y + 1.5 * size, width, height: size / 5 };
  const text = { size, y: y + 1.2 * size, fill: theme.ink, weight: first ? 650 : 400 };
  return [
    rect(line, size / 10, theme.line),
    rect({ ...line, width: width * probability }, size / 10, theme.accent),
    { type: 'text', text: name, x, most: width - 4.2 * size, ...text },
    { type: 'text', text: format.percent(probability), x: x + width, anchor: 'end', ...text },
  ];
}

/** The op that a box is named for: of those that are computed together and not drawn apart. @param {Graph} graph @param {Node} node */
export function labelOf(graph, node) {
  const chain = chainOf(graph, node, drawnOf(graph, node.module));
  return t.ops.of(ownOp(chain[mainOf(chain)]));
}

/** A point as a path has it: no more digits than can be seen. @param {number} x @param {number} y */
const at = (x, y) => `${Math.round(100 * x) / 100},${Math.round(100 * y) / 100}`;

/** A line along corners, which are round. @param {Point[]} points */
function corners(points) {
  let d = `M${at(...points[0])}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [[ax, ay], [x, y], [bx, by]] = [points[i - 1], points[i], points[i + 1]];
    const [before, after] = [Math.hypot(x - ax, y - ay), Math.hypot(bx - x, by - y)];
    const [r, s] = [Math.min(TURN, before / 2) / (before || 1), Math.min(TURN, after / 2) / (after || 1)];
    d += `L${at(x + (ax - x) * r, y + (ay - y) * r)}Q${at(x, y)} ${at(x + (bx - x) * s, y + (by - y) * s)}`;
  }
  return `${d}L${at(.../** @type {Point} */ (points.at(-1)))}`;
}

/** A line that leaves and arrives vertically. @param {Point[]} points */
function curve(points) {
  const [first, ...rest] = points;
  let [d, [px, py]] = [`M${at(...first)}`, first];
  for (const [x, y] of rest) {
    const half = (py + y) / 2;
    d += x === px ? `L${at(x, y)}` : `C${at(px, half)} ${at(x, half)} ${at(x, y)}`;
    [px, py] = [x, y];
  }
  return d;
}
