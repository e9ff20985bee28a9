/** The whole figure as a sheet of paper: with title, photo, prediction and legend, as PNG and SVG. */

import { LUT } from '../colour.js';
import { h } from '../dom.js';
import { pngOf } from '../save.js';
import { t } from '../words.js';
import { Painter, measured } from './draw.js';
import { layout } from './layout.js';
import { answerLine, answerShapes, scene } from './scene.js';
import { svg } from './svg.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('./scene.js').Answer} Answer
 * @typedef {import('./scene.js').Shape} Shape
 * @typedef {import('../theme.js').Theme} Theme
 *
 * @typedef {object} About
 * @property {string} caption where the figure comes from
 * @property {string} maps what the maps are
 * @property {Answer[]} answers
 *
 * @typedef {object} Sheet
 * @property {Shape[][]} layers
 * @property {number} width
 * @property {number} height
 * @property {[number, number]} paper millimetres across and down
 * @property {string} title
 */

/** Millimetres of a sheet of A1. */
const A1 = /** @type {const} */ ([841, 594]);
/** The longest side of a PNG, in pixels, and the most that a unit has. */
const PNG = { side: 7000, unit: 3 };
/** Labels that one colour names at most. */
const NAMES = 4;

/** Which branches each colour stands for. @param {Graph} graph */
export function legendOf({ modules }) {
  const most = Math.max(0, ...modules.map(({ lanes }) => lanes.length));
  return Array.from({ length: most }, (_, lane) => {
    const names = [...new Set(modules.flatMap(({ lanes }) => (lanes[lane] ? [lanes[lane].label] : [])))];
    return { lane, text: names.slice(0, NAMES).join(', ') + (names.length > NAMES ? ', …' : '') };
  });
}

/**
 * The sheet, upright or across: as the figure is larger.
 * @param {Graph} graph @param {About} about @param {Theme} theme
 * @returns {Sheet}
 */
export function sheet(graph, about, theme) {
  const [across, upright] = [A1, [A1[1], A1[0]]].map((paper) =>
    place(graph, about, theme, /** @type {[number, number]} */ (paper)),
  );
  return across.scale >= upright.scale ? across : upright;
}

/** @param {Graph} graph @param {About} about @param {Theme} theme @param {[number, number]} paper */
function place(graph, about, theme, paper) {
  // The head takes some of the paper: how much depends on how wide the figure becomes.
  const figure = layout(graph, (paper[0] / paper[1]) * 1.12);
  const unit = Math.max(figure.width * 0.0085, 13);
  const margin = 2 * unit;
  const head = headShapes(graph, about, theme, { x: 0, y: 0, width: figure.width }, unit);
  const [width, height] = [figure.width + 2 * margin, figure.height + head.height + 3 * margin];
  const scale = Math.min(paper[0] / width, paper[1] / height);
  // In the middle of the paper.
  const [all, down] = [paper[0] / scale, paper[1] / scale];
  const [x, y] = [(all - figure.width) / 2, margin + head.height + margin / 2];
  const back = /** @type {Shape} */ ({
    type: 'rect',
    box: { x: 0, y: 0, width: all, height: down },
    radius: 0,
    fill: theme.bg,
  });
  const layers = [
    [back],
    ...[head.shapes].map((shapes) => shifted(shapes, x, margin)),
    ...[...scene(graph, figure, theme), answerShapes(figure, theme, about.answers)].map((shapes) =>
      shifted(shapes, x, y),
    ),
  ];
  return { layers, width: all, height: down, paper, title: graph.title, scale };
}

/** @param {Shape[]} shapes @param {number} x @param {number} y @returns {Shape[]} */
const shifted = (shapes, x, y) =>
  shapes.map((shape) => {
    if (shape.type === 'text') return { ...shape, x: shape.x + x, y: shape.y + y };
    if (shape.type === 'path') return { ...shape, d: moved(shape.d, x, y) };
    return { ...shape, box: { ...shape.box, x: shape.box.x + x, y: shape.box.y + y } };
  });

/** A path of absolute points elsewhere. @param {string} d @param {number} x @param {number} y */
function moved(d, x, y) {
  let odd = false;
  return d.replace(/-?\d+(?:\.\d+)?/g, (number) => {
    odd = !odd;
    return String(Number(number) + (odd ? x : y));
  });
}

/**
 * @param {Graph} graph @param {About} about @param {Theme} theme
 * @param {{ x: number, y: number, width: number }} place
 * @param {number} unit
 */
function headShapes(graph, { caption, maps, answers }, theme, { x, y, width }, unit) {
  const side = 9 * unit;
  const input = graph.nodes.find((node) => node.op === 'input')?.id ?? '';
  const left = x + side + 2 * unit;
  const third = Math.min(width * 0.26, 26 * unit);
  const most = x + width - left - (answers.length ? third + 3 * unit : 0);
  const words = (
    /** @type {number} */ line,
    /** @type {string} */ text,
    /** @type {number} */ size,
    fill = theme.muted,
    weight = 400,
  ) =>
    /** @type {import('./scene.js').Text} */ ({
      type: 'text',
      text,
      x: left,
      y: y + line * unit,
      size: size * unit,
      fill,
      weight,
      most,
    });
  const swatches = [];
  let at = left;
  for (const { lane, text } of legendOf(graph)) {
    const box = { x: at, y: y + 5.9 * unit, width: unit, height: unit };
    swatches.push(
      /** @type {Shape} */ ({ type: 'rect', box, radius: unit / 5, fill: theme.lanes[lane % theme.lanes.length] }),
    );
    swatches.push(
      /** @type {Shape} */ ({
        type: 'text',
        text,
        x: at + 1.4 * unit,
        y: y + 6.75 * unit,
        size: 0.95 * unit,
        fill: theme.ink,
      }),
    );
    at += (2.6 + 0.56 * text.length) * unit;
  }
  /** @type {Shape[]} */
  const shapes = [
    { type: 'image', node: input, box: { x, y, width: side, height: side } },
    words(2.3, graph.title, 2.8, theme.ink, 650),
    words(3.9, graph.paper, 1),
    words(5.2, caption, 1),
    ...swatches,
    ...ramp({ x: left, y: y + 7.75 * unit, width: 8 * unit, height: 0.9 * unit }),
    { ...words(8.55, maps, 0.95), x: left + 9 * unit },
    ...answers
      .slice(0, 3)
      .flatMap((answer, i) =>
        answerLine(
          answer,
          { x: x + width - third, y: y + (0.4 + 2.7 * i) * unit, width: third, height: 0 },
          theme,
          1.5 * unit,
          i === 0,
        ),
      ),
  ];
  return { shapes, height: side };
}

/** The colours of the maps, from the least value to the greatest. @param {import('./layout.js').Box} box @returns {Shape[]} */
function ramp({ x, y, width, height }) {
  const steps = 32;
  return Array.from({ length: steps }, (_, i) => {
    const at = 3 * Math.round((255 * i) / (steps - 1));
    const [r, g, b] = LUT.sequential.subarray(at, at + 3);
    return {
      type: 'rect',
      box: { x: x + (width * i) / steps, y, width: width / steps + 0.2, height },
      radius: 0,
      fill: `rgb(${r},${g},${b})`,
    };
  });
}

/** @param {Sheet} page @param {(node: string) => CanvasImageSource | null} image @param {string} font @returns {Promise<Blob | null>} */
export function asPng({ layers, width, height }, image, font) {
  const scale = Math.min(PNG.unit, PNG.side / Math.max(width, height));
  const canvas = h('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
  const context = canvas.getContext('2d');
  if (!context) return Promise.resolve(null);
  new Painter(layers, font).paint(context, { scale, x: 0, y: 0 }, image);
  return pngOf(canvas);
}

/** @param {Sheet} page @param {(node: string) => CanvasImageSource | null} image @param {string} font */
export function asSvg({ layers, width, height, paper, title }, image, font) {
  const canvas = h('canvas', {});
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  const address = (/** @type {string} */ node) => {
    const picture = /** @type {ImageBitmap | null} */ (image(node));
    if (!picture?.width) return undefined;
    [canvas.width, canvas.height] = [picture.width, picture.height];
    context.drawImage(picture, 0, 0);
    return canvas.toDataURL('image/png');
  };
  const measure = (/** @type {string} */ text, /** @type {number} */ size, /** @type {number} */ weight) =>
    measured(context, { text, size, weight }, font).width;
  const text = svg(
    layers,
    { width, height, paper, title: `${title}: ${t.figure.views.figure}`, font },
    address,
    measure,
  );
  return new Blob([text], { type: 'image/svg+xml' });
}
