/** What one channel is made with, and one value of it taken apart. */

import { t } from '../words.js';
import { drawMap } from '../colour.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { quiet } from './growing.js';

/**
 * @typedef {import('../../inceptionscope.js').Explanation} Explanation
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../../inceptionscope.js').Kernel} Kernel
 */

/** Input channels that are listed. */
const LISTED = 12;

/** What only screen readers are told. @param {string} text */
const hidden = (text) => h('span', { class: 'hidden', text });

/** What they are told in other words. @param {string} kind @param {string} text */
const shown = (kind, text) => h('span', { class: kind, 'aria-hidden': 'true', text });

/** A number that JSON could not carry is NaN. @param {number | null} v */
const number = (v) => format.value(v ?? NaN);

/**
 * The kernel of a channel: in the stem as a picture, elsewhere its strongest input channels.
 * @param {Graph} graph
 * @param {Kernel} kernel
 * @param {(node: string, channel: number) => void} onChannel
 * @param {(node: string) => void} onAll all kernels of a layer are to be shown
 * @returns {HTMLElement[]}
 */
export function showKernel(graph, { node, first, shape, data }, onChannel, onAll) {
  const [channels, rows, columns] = shape;
  const taps = rows * columns;
  const input = graph.nodes.find((n) => n.id === node)?.inputs[0] ?? '';
  const seen = graph.nodes.find((n) => n.id === input);
  const planes = Array.from({ length: channels }, (_, c) => data.subarray(c * taps, (c + 1) * taps));
  const top = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0) || 1;
  const unit = graph.nodes.find((n) => n.id === node)?.unit;
  const normed = graph.nodes.some((n) => n.unit === unit && n.op === 'batch_norm');
  const of = h('p', { class: 'note', text: t.kernel.of(node, shape, top, normed) });
  const all = taps > 1 ? [h('p', {}, quiet(t.kernels.button, () => onAll(node)))] : [];
  const plate = (/** @type {Float32Array} */ plane, /** @type {string} */ name) => {
    const canvas = h('canvas', {
      class: 'plate kernel',
      ...(name ? { role: 'img', 'aria-label': name, title: name } : { 'aria-hidden': 'true' }),
      style: `aspect-ratio:${columns}/${rows}`,
    });
    drawMap(canvas, plane, rows, columns, { kind: 'diverging', top });
    return canvas;
  };
  if (channels === 3 && (seen?.op === 'input' || seen?.op === 'transform_input')) {
    const canvas = h('canvas', {
      class: 'plate kernel large',
      width: columns,
      height: rows,
      role: 'img',
      'aria-label': t.kernel.picture,
    });
    const image = new ImageData(columns, rows);
    for (let i = 0; i < taps; i++)
      image.data.set([...planes.map((plane) => 127.5 + (127.5 * plane[i]) / top), 255], 4 * i);
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    return [
      of,
      ...all,
      h(
        'div',
        { class: 'kernels' },
        h('figure', {}, canvas, h('figcaption', { text: t.kernel.picture })),
        t.kernel.rgb.map((name, c) =>
          h('figure', {}, plate(planes[c], t.kernel.plane(name)), h('figcaption', { text: name })),
        ),
      ),
    ];
  }
  const strength = planes.map((plane, c) => ({
    channel: first + c,
    plane,
    norm: Math.hypot(...plane),
    sum: plane.reduce((a, b) => a + b, 0),
  }));
  strength.sort((a, b) => b.norm - a.norm);
  const most = strength[0]?.norm || 1;
  return [
    of,
    ...all,
    h('p', { class: 'muted small', text: t.kernel.strongest(Math.min(LISTED, channels), channels, input) }),
    h(
      'ol',
      { class: 'strongest', 'aria-label': t.kernel.strongestLabel },
      strength
        .slice(0, LISTED)
        .map(({ channel, plane, norm, sum }) =>
          h(
            'li',
            {},
            h(
              'button',
              { type: 'button', class: 'quiet', title: t.kernel.sum(sum), onclick: () => onChannel(input, channel) },
              taps > 1 ? plate(plane, '') : null,
              hidden(t.kernel.input(channel, input, sum < 0 ? -norm : norm)),
              shown('number', String(channel)),
              h('span', { class: `signed ${sum < 0 ? 'negative' : ''}`, style: `--share:${norm / most}` }),
              shown('number', format.value(sum < 0 ? -norm : norm)),
            ),
          ),
        ),
    ),
  ];
}

/**
 * One value: its largest terms, the rest, their sum, and what happens to it.
 * @param {Explanation} e
 * @param {(node: string, channel: number) => void} onChannel
 * @returns {HTMLElement[]}
 */
export function showExplanation(e, onChannel) {
  if (e.kernel === 'picture') return [h('p', { class: 'note', text: t.explain.picture })];
  const line = (/** @type {string} */ what, /** @type {string} */ how, /** @type {number | null} */ value, kind = '') =>
    h(
      'tr',
      { class: kind },
      h('th', { scope: 'row', text: what }),
      h('td', { class: 'how number', text: how }),
      h('td', { class: 'number', text: number(value) }),
    );
  const [rows, columns] = [e.rows[1] - e.rows[0], e.columns[1] - e.columns[0]];
  const biggest = e.positions.reduce((a, b) => Math.max(a, Math.abs(b ?? 0)), 0) || 1;
  const where = h('canvas', {
    class: 'plate kernel',
    role: 'img',
    'aria-label': t.explain.where,
    title: t.explain.where,
    style: `aspect-ratio:${columns}/${rows}`,
  });
  drawMap(
    where,
    Float32Array.from(e.positions, (v) => v ?? NaN),
    rows,
    columns,
    { kind: 'diverging', top: biggest },
  );
  const total = e.kernel === 'max' ? t.explain.largest : t.explain.sum;
  const stage = (/** @type {import('../../inceptionscope.js').Stage} */ s) => {
    const scaled = s.factor === 1 ? '' : `× ${number(s.factor)} `;
    if (s.kind === 'relu') return t.explain.relu;
    return `${scaled}${s.summand < 0 ? '−' : '+'} ${number(Math.abs(s.summand))}`;
  };
  return [
    h(
      'div',
      { class: 'explained' },
      rows * columns > 1 ? where : null,
      h(
        'div',
        {},
        h(
          'p',
          { class: 'chain number' },
          [
            { name: total, value: e.sum },
            ...e.stages.map(({ kind, value }) => ({ name: t.explain.stages[kind], value })),
          ]
            .map(({ name, value }, i) => [i ? ' → ' : '', `${name} `, h('b', { text: number(value) })])
            .flat(),
        ),
        h('p', { class: 'note', text: t.explain.how(e.kernel, e.terms.length + e.others, e.input, e.rows, e.columns) }),
      ),
    ),
    h(
      'table',
      { class: 'terms' },
      h('caption', { class: 'hidden', text: t.explain.title(e.node, e.channel, e.row, e.column) }),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          t.explain.columns.map((text, i) => h('th', { scope: 'col', class: i ? 'number' : '', text })),
        ),
      ),
      h(
        'tbody',
        {},
        e.terms.map((term) =>
          h(
            'tr',
            {},
            h(
              'th',
              { scope: 'row' },
              h(
                'button',
                { type: 'button', class: 'quiet', onclick: () => onChannel(e.input, term.channel) },
                hidden(t.explain.placeOf(term.channel, term.row, term.column)),
                shown('', t.explain.place(term.channel, term.row, term.column)),
              ),
            ),
            h('td', {
              class: 'how number',
              text: e.kernel === 'max' || e.kernel === 'copy' ? '' : `${number(term.input)} × ${number(term.weight)}`,
            }),
            h('td', { class: 'number', text: number(term.product) }),
          ),
        ),
        e.others
          ? line(
              t.explain.others(e.others),
              '',
              e.kernel === 'max' ? NaN : e.rest,
              e.kernel === 'max' ? 'hidden-figure' : '',
            )
          : null,
        line(total, '', e.sum, 'sum'),
        e.stages.map((s) => line(t.explain.stages[s.kind], stage(s), s.value)),
      ),
      h('tfoot', {}, line(t.explain.shown, '', e.value, 'sum')),
    ),
  ];
}
