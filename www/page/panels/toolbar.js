/** Over the maps of the open module: colours, order, filter and what the colours mean. */

import { ALARM, LUT } from '../colour.js';
import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { filterOf, parseFilter, typical } from '../view.js';
import { t } from '../words.js';

/**
 * @typedef {import('../colour.js').Shared} Shared
 * @typedef {import('../view.js').View} View
 * @typedef {import('../view.js').Figure} Figure
 *
 * @typedef {object} Callbacks
 * @property {(part: Partial<View>) => void} onChange
 * @property {() => import('../../inceptionscope.js').Stats[]} stats of all ops that are shown
 */

export class Toolbar {
  /** @param {View} view @param {string[]} titles of both sides of a comparison; none if nothing is compared @param {Callbacks} callbacks */
  constructor(view, titles, callbacks) {
    this.view = view;
    const compares = titles.length > 0;
    this.callbacks = callbacks;
    const { onChange } = callbacks;
    this.legend = h('div', { class: 'legend', role: 'group', 'aria-label': t.view.legend });
    const every = h('input', {
      type: 'checkbox',
      id: 'every-op',
      checked: view.everyOp,
      onchange: () => onChange({ everyOp: every.checked }),
    });
    /** Over it, of a comparison: what is compared, and which side is seen. */
    this.sides = compares ? sideChoice(view.side, titles, (side) => onChange({ side })) : null;
    this.element = h(
      'div',
      { class: 'toolbar' },
      this.#select(t.view.colours, t.view.scales, view.scale, (scale) => onChange({ scale })),
      this.#select(t.view.order, compares ? { ...t.view.orders, difference: t.compare.order } : t.view.orders, view.sort, (sort) =>
        onChange({ sort }),
      ),
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

  /** The toolbar was made anew by a choice of side: the keyboard goes on there. */
  focusSide() {
    /** @type {HTMLElement | null} */ (this.sides?.querySelector(':checked') ?? null)?.focus({ preventScroll: true });
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

  /** @param {Shared | null} scale what all maps share @param {Shared | null} [differs] and all maps of differences */
  drawLegend(scale, differs = null) {
    const { side } = this.view;
    const compares = this.sides !== null;
    const values = side === 'difference' ? null : this.#ramp(scale, compares ? t.compare.values : '');
    const difference = differs && side !== 'a' && side !== 'b' ? this.#ramp(differs, t.compare.difference) : null;
    const notes = [t.view.scaleNotes[/** @type {'module'} */ (this.view.scale)], compares ? t.compare.scaleNote : ''];
    for (const ramp of [values, difference]) if (ramp) notes.push(ramp.note);
    this.legend.replaceChildren(
      ...(values?.parts ?? []),
      ...(difference?.parts ?? []),
      h('span', { class: 'swatch', style: `background:rgb(${ALARM})`, 'aria-hidden': 'true' }),
      h('span', { class: 'muted', text: t.view.nonfinite }),
      h('span', { class: 'muted wide', text: notes.filter(Boolean).join(' ') }),
    );
  }

  /** A colour scale with its ends, and what else is to be said of it. @param {Shared | null} scale @param {string} name */
  #ramp(scale, name) {
    const kind = scale?.kind ?? 'sequential';
    const shared = this.view.scale === 'module';
    const top = !shared ? t.view.ownMaximum : scale ? format.value(scale.top) : '';
    const bottom = kind === 'sequential' ? '0' : shared && scale ? format.value(-scale.top) : t.view.ownMinimum;
    const greatest = scale ? Math.max(scale.max, -scale.min) : 0;
    const clipped = shared && scale && greatest > scale.top;
    const canvas = h('canvas', { width: 128, height: 1, 'aria-hidden': 'true' });
    const image = new ImageData(128, 1);
    for (let i = 0; i < 128; i++) image.data.set([...LUT[kind].subarray(i * 6, i * 6 + 3), 255], i * 4);
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    return {
      parts: [
        name ? h('b', { text: name }) : '',
        h('span', { class: 'number', text: bottom }),
        canvas,
        h('span', { class: 'number', text: clipped ? t.view.atLeast(top) : top }),
      ],
      note: !clipped ? '' : name ? t.compare.clipped(name, scale.top, greatest) : t.view.clipped(scale.top, greatest),
    };
  }
}

/** Which side is seen, and what each is. @param {string} chosen @param {string[]} titles @param {(side: string) => void} set */
function sideChoice(chosen, titles, set) {
  const name = uniqueId('side');
  const choice = h(
    'div',
    { class: 'sides', role: 'radiogroup', 'aria-label': t.compare.side },
    Object.entries(t.compare.sides).map(([side, text]) => {
      const id = uniqueId('side');
      return h(
        'span',
        {},
        h('input', { type: 'radio', id, name, value: side, checked: side === chosen, onchange: () => set(side) }),
        h('label', { for: id, text }),
      );
    }),
  );
  const named = titles.map((title, i) => h('span', {}, h('b', { text: `${t.compare.letters[i]} ` }), title));
  return h('div', { class: 'sides-bar' }, choice, named);
}
