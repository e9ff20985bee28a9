/**
 * A part of the page as a picture. The page draws with boxes, words and canvases; this draws the same on
 * one canvas, so that every view with its legend can be taken away, whatever it shows.
 */

import { h } from './dom.js';
import { pngOf } from './save.js';

/** Canvases larger than this fail in some browsers. */
const MOST = 12_000;
const MARGIN = 16;

/**
 * @param {HTMLElement | HTMLElement[]} shown several stand one below the other
 * @param {string} caption a line under it: where this comes from
 * @returns {Promise<Blob | null>}
 */
export function picture(shown, caption) {
  const parts = [shown].flat().map((element) => ({ element, ...extent(element) }));
  const width = Math.max(480, widthOf(caption), ...parts.map(({ left, right }) => right - left)) + 2 * MARGIN;
  const height = parts.reduce((sum, part) => sum + part.height, 0) + (parts.length + 1) * MARGIN + 28;
  const scale = Math.min(2, MOST / Math.max(width, height));
  const canvas = h('canvas', { width: Math.round(width * scale), height: Math.round(height * scale) });
  const context = canvas.getContext('2d');
  if (!context) return Promise.resolve(null);
  const page = getComputedStyle(document.documentElement);
  context.scale(scale, scale);
  context.fillStyle = page.getPropertyValue('--surface');
  context.fillRect(0, 0, width, height);
  context.fillStyle = page.getPropertyValue('--muted');
  context.font = captionFont();
  context.textBaseline = 'alphabetic';
  context.fillText(caption, MARGIN, height - MARGIN);
  let y = MARGIN;
  for (const { element, left, top, height } of parts) {
    context.save();
    context.translate(MARGIN - left, y - top);
    draw(context, element);
    context.restore();
    y += height + MARGIN;
  }
  return pngOf(canvas);
}

const captionFont = () => `12px ${getComputedStyle(document.body).fontFamily}`;

/** What the caption takes in one line. @param {string} caption */
function widthOf(caption) {
  const context = h('canvas').getContext('2d');
  if (!context) return 0;
  context.font = captionFont();
  return Math.ceil(context.measureText(caption).width);
}

/** Where an element is. @param {HTMLElement} element */
function extent(element) {
  const { left, right, top, height } = element.getBoundingClientRect();
  // On a narrow window the branches lie beside what is seen of them.
  const lanes = [...element.querySelectorAll('.lane')].map((lane) => lane.getBoundingClientRect());
  return {
    left: Math.min(left, ...lanes.map((lane) => lane.left)),
    right: Math.max(right, ...lanes.map((lane) => lane.right)),
    top,
    height,
  };
}

/** @param {CanvasRenderingContext2D} context @param {Element} element */
function draw(context, element) {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  // What only a screen reader hears, and what a click would do, is not part of the picture.
  const hidden =
    style.display === 'none' ||
    style.visibility === 'hidden' ||
    element.classList.contains('hidden') ||
    element.matches(
      '.maps > button, .likes, .knows > button, .actions, .mutes, .why, ' +
        '.toolbar > .field, .sides-bar, .toolbar > button, dialog',
    );
  if (hidden) return;
  context.save();
  context.globalAlpha *= Number(style.opacity);
  rectangle(context, box, style);
  if (element instanceof HTMLCanvasElement || element instanceof HTMLImageElement) {
    context.imageSmoothingEnabled = style.imageRendering !== 'pixelated';
    if (element.width && element.height) context.drawImage(element, box.left, box.top, box.width, box.height);
  } else {
    if (style.overflowX === 'hidden') {
      context.beginPath();
      context.rect(box.left, box.top, box.width, box.height);
      context.clip();
    }
    for (const child of element.childNodes) {
      if (child instanceof Element) draw(context, child);
      else if (child instanceof Text) words(context, child, style);
    }
  }
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {DOMRect} box @param {CSSStyleDeclaration} style */
function rectangle(context, box, style) {
  if (!box.width || !box.height) return;
  const shape = new Path2D();
  shape.roundRect(
    box.left,
    box.top,
    box.width,
    box.height,
    Math.min(parseFloat(style.borderTopLeftRadius) || 0, box.width / 2),
  );
  context.fillStyle = style.backgroundColor;
  context.fill(shape);
  const sides = /** @type {const} */ ([
    ['Top', 0, 0, 1, 0],
    ['Right', 1, 0, 1, 1],
    ['Bottom', 0, 1, 1, 1],
    ['Left', 0, 0, 0, 1],
  ]);
  for (const [side, x0, y0, x1, y1] of sides) {
    const width = parseFloat(style[`border${side}Width`]);
    if (!width || style[`border${side}Style`] === 'none') continue;
    context.strokeStyle = style[`border${side}Color`];
    context.lineWidth = width;
    context.beginPath();
    const inset = width / 2;
    const at = (/** @type {number} */ x, /** @type {number} */ y) =>
      /** @type {const} */ ([box.left + inset + x * (box.width - width), box.top + inset + y * (box.height - width)]);
    context.moveTo(...at(x0, y0));
    context.lineTo(...at(x1, y1));
    context.stroke();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Text} text @param {CSSStyleDeclaration} style */
function words(context, text, style) {
  context.fillStyle = style.color;
  context.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  context.textBaseline = 'middle';
  const range = document.createRange();
  for (const match of text.data.matchAll(/\S+/g)) {
    range.setStart(text, match.index);
    range.setEnd(text, match.index + match[0].length);
    const box = range.getBoundingClientRect();
    if (box.width) context.fillText(match[0], box.left, box.top + box.height / 2);
  }
}
