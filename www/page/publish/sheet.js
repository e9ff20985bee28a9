/** A sheet that is filled from top to bottom: texts that wrap, images, bars. Lengths are points. */

import { LUT } from '../colour.js';
import { measure } from './draw.js';

/**
 * @typedef {import('./draw.js').Item} Item
 * @typedef {import('../theme.js').Theme} Theme
 *
 * @typedef {object} Look
 * @property {number} size
 * @property {boolean} [bold]
 * @property {string} [fill]
 * @property {number} [width] that it wraps at
 * @property {string} [aside] what stands at the right end of its first line
 * @property {number} [before] room above
 * @property {number} [after] room below
 */

const MARGIN = 10;
const LEADING = 1.32;
const RAMP = { width: 110, height: 6, steps: 128 };

export class Sheet {
  /** Where the next thing goes, and how wide it may be. */
  x = MARGIN;
  y = MARGIN;

  /** @param {Theme} theme @param {number} width of the paper */
  constructor(theme, width) {
    this.theme = theme;
    this.paper = width;
    this.width = width - 2 * MARGIN;
    /** @type {Item[]} */
    this.items = [];
  }

  /** A column of this sheet. @param {number} x @param {number} width @param {number} [y] */
  part(x, width, y = this.y) {
    const part = new Sheet(this.theme, this.paper);
    return Object.assign(part, { x, y, width, items: this.items });
  }

  /** @param {number | null} lane */
  laneColour(lane) {
    const { lanes, muted } = this.theme;
    return lane === null || !lanes.length ? muted : lanes[lane % lanes.length];
  }

  /** A paragraph. @param {string} text @param {Look} look */
  text(text, { size, bold = false, fill = this.theme.ink, width = this.width, aside = '', before = 0, after = 0 }) {
    this.y += before;
    lines(text, size, bold, width).forEach((line, i) => {
      this.y += size * LEADING;
      this.label(line, this.x, this.y - size * (LEADING - 1), { size, bold, fill });
      if (aside && i === 0)
        this.label(aside, this.x + this.width, this.y - size * (LEADING - 1), { size, fill, anchor: 'end' });
    });
    this.y += after;
  }

  /**
   * One line at a place. @param {string} text @param {number} x @param {number} y
   * @param {{ size: number, bold?: boolean, fill: string, anchor?: 'start' | 'middle' | 'end' }} look
   */
  label(text, x, y, look) {
    this.items.push({ kind: 'text', text, x, y, ...look });
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height @param {string} fill */
  rect(x, y, width, height, fill) {
    this.items.push({ kind: 'rect', x, y, width, height, fill });
  }

  /** @param {HTMLCanvasElement} canvas @param {Omit<import('./draw.js').ImageItem, 'kind' | 'canvas'>} where */
  image(canvas, where) {
    this.items.push({ kind: 'image', canvas, ...where });
  }

  /**
   * A colour scale with its ends.
   * @param {import('../colour.js').Kind} kind @param {string} from @param {string} to @param {string} note
   */
  ramp(kind, from, to, note) {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: RAMP.steps, height: 1 });
    const image = new ImageData(RAMP.steps, 1);
    const step = LUT[kind].length / 3 / RAMP.steps;
    for (let i = 0; i < RAMP.steps; i++) {
      const at = 3 * Math.floor(i * step);
      image.data.set([...LUT[kind].subarray(at, at + 3), 255], 4 * i);
    }
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    const [size, fill] = [7, this.theme.muted];
    const left = this.x + measure(from, size) + 4;
    const { width, height } = RAMP;
    this.label(from, this.x, this.y + height, { size, fill });
    this.image(canvas, { x: left, y: this.y, width, height, smooth: true });
    this.label(to, left + width + 4, this.y + height, { size, fill });
    this.y += height + 2;
    if (note) this.text(note, { size, fill });
    this.y += 4;
  }

  /** @param {string} title @param {string} caption @returns {import('./draw.js').Scene} */
  scene(title, caption) {
    return { width: this.paper, height: this.y + MARGIN, paper: this.theme.surface, title, caption, items: this.items };
  }
}

/** A text in lines that fit. @param {string} text @param {number} size @param {boolean} bold @param {number} width @returns {string[]} */
function lines(text, size, bold, width) {
  const found = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ').flatMap((word) => pieces(word, size, bold, width))) {
      const longer = line ? `${line} ${word}` : word;
      if (line && measure(longer, size, bold) > width) {
        found.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    found.push(line);
  }
  return found;
}

/** A word that is longer than a line, in pieces. @param {string} word @param {number} size @param {boolean} bold @param {number} width */
function pieces(word, size, bold, width) {
  if (measure(word, size, bold) <= width) return [word];
  const found = [''];
  for (const letter of word) {
    if (found[found.length - 1] && measure(found[found.length - 1] + letter, size, bold) > width) found.push('');
    found[found.length - 1] += letter;
  }
  return found;
}
