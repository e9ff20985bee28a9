/** Over the maps of the open module: colours, order, filter and what the colours mean. */

import { ALARM, LUT } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { filterOf, parseFilter, typical } from '../view.js';
import { t } from '../words.js';

/**
 * @typedef {import('../colour.js').Scale} Scale
 * @typedef {import('../view.js').View} View
 * @typedef {import('../view.js').Figure} Figure
 *
 * @typedef {object} Callbacks
 * @property {(part: Partial<View>) => void} onChange
 * @property {() => import('../../inceptionscope.js').Stats[]} stats of all ops that are shown
 */

export class Toolbar {
  /** @param {View} view @param {Callbacks} callbacks */
  constructor(view, callbacks) {
    this.view = view;
    this.callbacks = callbacks;
    const { onChange } = callbacks;
    this.legend = h('div', { class: 'legend', role: 'group', 'aria-label': t.view.legend });
    const every = h('input', {
      type: 'checkbox',
      id: 'every-op',
      checked: view.everyOp,
      onchange: () => onChange({ everyOp: every.checked }),
    });
    this.element = h(
      'div',
      { class: 'toolbar' },
      this.#select(t.view.colours, t.view.scales, view.scale, (scale) => onChange({ scale })),
      this.#select(t.view.order, t.view.orders, view.sort, (sort) => onChange({ sort })),
      this.#filter(),
      h(
        'span',
        { class: 'field check', title: t.ops.everyOpHint },
        every,
        h('label', { for: every.id, text: t.ops.everyOp }),
      ),
      this.legend,
    );
    this.drawLegend(null);
  }

  /**
   * @param {string} label
   * @param {Record<string, string>} options
   * @param {string} value
   * @param {(value: string) => void} set
   */
  #select(label, options, value, set) {
    const select = h('select', { id: uniqueId('select'), onchange: () => set(select.value) });
    select.append(
      ...Object.entries(options).map(([key, text]) => h('option', { value: key, selected: key === value, text })),
    );
    return h('span', { class: 'field' }, h('label', { for: select.id, text: label }), select);
  }

  /** Which channels are shown: by mean, maximum or share of zeros, which is given in percent. */
  #filter() {
    const given = parseFilter(this.view.filter);
    const unit = (/** @type {string} */ by) => (by === 'zeros' ? 100 : 1);
    const limit = h('input', {
      type: 'number',
      class: 'limit',
      step: 'any',
      'aria-label': t.view.limit,
      hidden: !given,
      onchange: () => apply(),
    });
    if (given) limit.value = String(given.limit * unit(given.by));
    const by = h('select', { id: uniqueId('select'), onchange: () => apply(true) });
    by.append(
      ...Object.entries(t.view.filters).map(([key, text]) =>
        h('option', { value: key, selected: key === (given?.by ?? ''), text }),
      ),
    );
    const apply = (/** @type {boolean} */ fresh = false) => {
      const figure = /** @type {Figure | ''} */ (by.value);
      limit.hidden = !figure;
      // To begin with, a limit that shows the stronger half.
      if (fresh && figure)
        limit.value = String(Number((unit(figure) * typical(this.callbacks.stats(), figure)).toPrecision(2)));
      this.callbacks.onChange({ filter: filterOf(figure, Number(limit.value) / unit(figure)) });
    };
    this.shown = h('span', { class: 'muted number', role: 'status' });
    return h('span', { class: 'field' }, h('label', { for: by.id, text: t.view.filter }), by, limit, this.shown);
  }

  /** How many channels pass the filter. @param {number} kept @param {number} channels */
  count(kept, channels) {
    if (this.shown) setText(this.shown, this.view.filter ? t.view.shown(kept, channels) : '');
  }

  /** @param {(Scale & { max: number, min: number }) | null} scale what all maps share */
  drawLegend(scale) {
    const kind = scale?.kind ?? 'sequential';
    const shared = this.view.scale === 'module';
    const top = !shared ? t.view.ownMaximum : scale ? format.value(scale.top) : '';
    const bottom = kind === 'sequential' ? '0' : shared && scale ? format.value(-scale.top) : t.view.ownMinimum;
    const greatest = scale ? Math.max(scale.max, -scale.min) : 0;
    const clipped = shared && scale && greatest > scale.top;
    const ramp = h('canvas', { width: 128, height: 1, 'aria-hidden': 'true' });
    const image = new ImageData(128, 1);
    for (let i = 0; i < 128; i++) image.data.set([...LUT[kind].subarray(i * 6, i * 6 + 3), 255], i * 4);
    ramp.getContext('2d')?.putImageData(image, 0, 0);
    const notes = [
      t.view.scaleNotes[/** @type {'module'} */ (this.view.scale)],
      clipped ? t.view.clipped(scale.top, greatest) : '',
    ];
    this.legend.replaceChildren(
      h('span', { class: 'number', text: bottom }),
      ramp,
      h('span', { class: 'number', text: clipped ? t.view.atLeast(top) : top }),
      h('span', { class: 'swatch', style: `background:rgb(${ALARM})`, 'aria-hidden': 'true' }),
      h('span', { class: 'muted', text: t.view.nonfinite }),
      h('span', { class: 'muted wide', text: notes.filter(Boolean).join(' ') }),
    );
  }
}
