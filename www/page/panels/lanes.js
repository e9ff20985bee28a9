/** The columns of an open module. */

import { h, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { t } from '../words.js';
import { laneColour } from './bars.js';

/**
 * @typedef {object} Lane
 * @property {string} label
 * @property {number | null} [index] among the module's lanes; none where they have joined
 * @property {string} [role]
 * @property {number[]} [shape] of what leaves it
 * @property {string} [note]
 * @property {HTMLElement} [bar]
 * @property {HTMLElement} [mute] a button that mutes it
 * @property {boolean} wide whether ops stand beside each other
 */

/** One column: its title, and ops from top to bottom. @param {Lane} lane @param {HTMLElement[]} ops */
export function laneElement({ label, index = null, role, shape, note, bar, mute, wide }, ops) {
  const title = uniqueId('lane');
  const named = index !== null || role;
  const kinds = `lane${index === null ? ' joined' : ''}${wide ? ' wide' : ''}`;
  return h(
    'section',
    { class: kinds, 'aria-labelledby': title, style: `--lane:${laneColour(index)}` },
    h(
      'h4',
      { id: title },
      role ? h('span', { class: 'role', text: `${role} ` }) : null,
      label,
      named && shape ? h('span', { class: 'shape', text: ` ${format.shape(shape)}` }) : null,
    ),
    mute ?? null,
    note ? h('p', { class: 'note', text: note }) : null,
    bar ?? null,
    ops,
  );
}

/** A separable convolution: its depthwise and its pointwise part beside each other. @param {...HTMLElement} parts */
export const separable = (...parts) =>
  h('div', { class: 'separable', role: 'group', 'aria-label': t.ops.separable }, parts);

/**
 * Lanes beside each other; on a narrow window they are scrolled.
 * @param {string} label
 * @param {HTMLElement[]} lanes
 * @param {string} [kind]
 */
export function lanesBox(label, lanes, kind = '') {
  const widths = lanes.map((lane) => `minmax(var(--lane-min), ${lane.classList.contains('wide') ? 2 : 1}fr)`);
  const style = `--columns:${widths.join(' ')}`;
  return h('div', { class: `lanes ${kind}`, role: 'group', tabindex: 0, 'aria-label': label, style }, lanes);
}

/**
 * Mutes a branch, or all others.
 * @param {string} label
 * @param {() => void} onMute
 * @param {() => void} onKeep
 */
export function muteButtons(label, onMute, onKeep) {
  const button = h('button', {
    type: 'button',
    class: 'quiet mute',
    text: t.changes.mute,
    'aria-label': t.changes.muteOf(label),
    'aria-pressed': 'false',
    onclick: onMute,
  });
  const keep = h('button', {
    type: 'button',
    class: 'quiet',
    text: t.changes.keep,
    'aria-label': t.changes.keepOf(label),
    title: t.changes.keepOf(label),
    onclick: onKeep,
  });
  return { button, element: h('span', { class: 'mutes' }, keep, button) };
}
