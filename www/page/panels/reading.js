/** One value of a channel: the number, its place on the map, and its receptive field on the photo. */

import { IS_TOUCH, h, setText, uniqueId } from '../dom.js';
import { t } from '../words.js';

/**
 * @typedef {import('../../inceptionscope.js').ReceptiveFields} ReceptiveFields
 * @typedef {import('../../inceptionscope.js').Span} Span
 */

const HINT = IS_TOUCH ? t.touch.reading : t.channel.readingHint;

export class Reading {
  constructor() {
    const id = uniqueId('reading');
    this.output = h('output', { class: 'reading', id, 'aria-live': 'polite', text: HINT });
    /** On the map. */
    this.cross = h('span', { class: 'cross', hidden: true });
    /** On the photo. */
    this.field = h('span', { class: 'cross sees', hidden: true });
  }

  clear() {
    this.cross.hidden = this.field.hidden = true;
    setText(this.output, HINT);
  }

  /**
   * @param {import('../plates.js').Map} map
   * @param {{ row: number, column: number }} at
   * @param {ReceptiveFields | null} fields
   * @param {number[]} input rows and columns of the network's input
   */
  show({ data, rows, columns }, { row, column }, fields, input) {
    mark(this.cross, [row / rows, (row + 1) / rows], [column / columns, (column + 1) / columns]);
    const [seenRows, seenColumns] = [fields?.rows[row], fields?.columns[column]];
    this.field.hidden = !seenRows || !seenColumns;
    let sees = '';
    if (seenRows && seenColumns) {
      mark(this.field, share(seenRows, input[0]), share(seenColumns, input[1]));
      sees = t.channel.receptiveField(seenRows, seenColumns);
    }
    const text = t.channel.reading(row, column, data[row * columns + column]);
    if (this.output.textContent === text + sees) return;
    this.output.replaceChildren(text, h('span', { class: 'muted small', text: sees }));
  }
}

/** @param {Span} span @param {number} length @returns {Span} */
const share = ([from, to], length) => [from / length, to / length];

/** Marks a part of a picture, in shares of it. @param {HTMLElement} element @param {Span} rows @param {Span} columns */
function mark(element, rows, columns) {
  element.hidden = false;
  element.style.left = `${100 * columns[0]}%`;
  element.style.top = `${100 * rows[0]}%`;
  element.style.width = `${100 * (columns[1] - columns[0])}%`;
  element.style.height = `${100 * (rows[1] - rows[0])}%`;
}
