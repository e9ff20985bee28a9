/** Of a comparison: one channel on side A, on side B, and how these differ. */

import { drawMap } from '../colour.js';
import { h, setText } from '../dom.js';
import * as format from '../format.js';
import { letterOf } from '../lens.js';
import { t } from '../words.js';

/** @typedef {import('../lens.js').Plane} Plane */

const PLANES = /** @type {Plane[]} */ (['a', 'b', 'difference']);

export class ChannelPair {
  constructor() {
    /** @type {import('../../inceptionscope.js').Maps[] | null} */
    this.maps = null;
    this.plates = PLANES.map((plane) => {
      const canvas = h('canvas', { class: 'plate', width: 1, height: 1, role: 'img' });
      const value = h('span', { class: 'number' });
      return { plane, canvas, value, element: h('figure', {}, canvas, h('figcaption', {}, h('b', { text: letterOf(plane) }), value)) };
    });
    this.element = h('div', { class: 'channel-pair', role: 'group', 'aria-label': t.compare.title, hidden: true },
      this.plates.map(({ element }) => element));
  }

  /**
   * @param {import('../../inceptionscope.js').Maps[] | null} maps of A, of B and their difference; nothing if none are compared
   * @param {(plane: Plane) => import('../colour.js').Scale | null} scaleOf
   * @param {string} name of the channel
   */
  show(maps, scaleOf, name) {
    this.maps = maps;
    this.element.hidden = maps === null;
    maps?.forEach(({ shape: [, rows, columns], data }, i) => {
      const { canvas, plane } = this.plates[i];
      const top = data.reduce((most, v) => Math.max(most, Math.abs(v)), 0) || 1;
      drawMap(canvas, data, rows, columns, scaleOf(plane) ?? { kind: 'diverging', top });
      canvas.setAttribute('aria-label', `${letterOf(plane)}: ${name}`);
    });
  }

  /** Says the values at a place. @param {{ row: number, column: number } | null} at */
  read(at) {
    this.maps?.forEach(({ shape: [, , columns], data }, i) => {
      const v = at ? data[at.row * columns + at.column] : NaN;
      setText(this.plates[i].value, at ? format.value(v) : '');
    });
  }
}
