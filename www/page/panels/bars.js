/** Bars of an open module: what its concatenation is made of, and what its residual sum adds up. */

import { h, setText, uniqueId } from '../dom.js';
import * as format from '../format.js';
import { nodeOf, ownOp, residualShare, summands } from '../graph.js';
import { LANES } from '../theme.js';
import { t } from '../words.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../../inceptionscope.js').Stats} Stats
 */

/** Shares of the energy that differ by less are called a near-tie. */
const NEAR = 0.02;

/**
 * The branch with the most energy, and those that have nearly as much.
 * @param {{ label: string, from: number, to: number }[]} parts
 * @param {number[]} sums the energy of each
 * @param {number} total
 */
function leaders(parts, sums, total) {
  const shares = parts.map(({ label, from, to }, i) => ({ label, share: sums[i] / total, channels: to - from }));
  const most = Math.max(...shares.map(({ share }) => share));
  return shares.filter(({ share }) => most - share < NEAR).sort((a, b) => b.share - a.share);
}

/** The least share that is still drawn. */
const LEAST = 0.004;

/** The CSS variable of a branch's colour. @param {number | null} lane */
export const laneColour = (lane) => (lane === null ? 'var(--line-strong)' : `var(--lane-${lane % LANES})`);

/** @param {string} colour @param {number} share @param {...HTMLElement} children */
const segment = (colour, share, ...children) =>
  h('li', { class: 'segment', style: `flex:${share} 1 0;--lane:${colour}` }, children);

/** Channel ranges and shares of the energy. @param {Graph} graph @param {Node} node @param {Module} module */
export function concatBar(graph, node, module) {
  const all = node.shape[0];
  const parts = (node.parts ?? []).map((part) => {
    const source = nodeOf(graph, part.node);
    const lane = source?.lane ?? null;
    return {
      ...part,
      lane,
      label: lane !== null ? module.lanes[lane].label : source ? t.ops.of(ownOp(source)) : part.node,
    };
  });
  const channels = h(
    'ul',
    { class: 'bar', 'aria-label': t.module.concatOf(node.shape) },
    parts.map(({ label, lane, from, to }) => {
      const element = segment(
        laneColour(lane),
        to - from,
        h('span', { class: 'hidden', text: t.module.part(label, from, to, all) }),
        h(
          'span',
          { 'aria-hidden': 'true' },
          h('b', { text: label }),
          ' ',
          h('span', { class: 'range', text: t.module.range(from, to) }),
        ),
      );
      element.title = t.module.part(label, from, to, all);
      return element;
    }),
  );
  const shares = parts.map((part) => {
    const text = h('span', { class: 'hidden' });
    const figure = h('span', { 'aria-hidden': 'true' });
    return { part, text, figure, element: segment(laneColour(part.lane), 1, text, figure) };
  });
  const energy = h(
    'div',
    { class: 'bar-row energy waiting' },
    h('span', { class: 'bar-label', title: t.module.energyNote, text: t.module.energy }),
    h(
      'ul',
      { class: 'bar', 'aria-label': t.module.energy },
      shares.map((s) => s.element),
    ),
  );
  const row = h(
    'div',
    { class: 'bar-row' },
    h('span', { class: 'bar-label', text: t.module.concatChannels(all) }),
    channels,
  );
  return {
    element: h('div', { class: 'concat' }, row, energy),
    node: node.id,
    /** Draws the shares and says which branch has the most. @param {Stats} stats */
    show(stats) {
      const sums = parts.map((part) => stats.energy.subarray(part.from, part.to).reduce((a, b) => a + b, 0));
      const total = sums.reduce((a, b) => a + b, 0) || 1;
      energy.classList.remove('waiting');
      shares.forEach(({ part, element, text, figure }, i) => {
        const share = sums[i] / total;
        element.style.flex = `${Math.max(LEAST, share)} 1 0`;
        element.title = t.module.energyOf(part.label, share);
        setText(text, t.module.energyOf(part.label, share));
        figure.replaceChildren(h('span', { class: 'range', text: `${part.label} ` }), format.percent(share));
      });
      if (!sums.some((sum) => sum > 0)) return { verdict: t.module.dead, note: '' };
      return { verdict: t.module.verdict(leaders(parts, sums, total), all), note: t.module.verdictNote };
    },
  };
}

/**
 * What residual and shortcut contribute to their sum, and a slider for the residual's scale.
 * @param {Node} node
 * @param {number} scale the one in force
 * @param {(factor: number, all: boolean) => void} onScale all: of every residual block of the network
 */
export function sumBar(node, scale, onScale) {
  const { scale: own, residual, shortcut } = summands(node);
  const parts = [
    { id: residual, lane: 'var(--lane-2)' },
    { id: shortcut, lane: 'var(--lane-5)' },
  ].map(({ id, lane }) => {
    const text = h('span', { class: 'hidden' });
    // Beneath the bar, too: a part may be narrower than its name.
    return { id, text, element: segment(lane, 1, text), name: h('li', { style: `--lane:${lane}` }) };
  });
  const row = h(
    'div',
    { class: 'bar-row energy waiting' },
    h('span', { class: 'bar-label', title: t.module.energyNote, text: t.residual.energy }),
    h(
      'ul',
      { class: 'bar', 'aria-label': t.residual.energy },
      parts.map((part) => part.element),
    ),
    h(
      'ul',
      { class: 'figure-legend', 'aria-hidden': 'true' },
      parts.map((part) => part.name),
    ),
  );
  const slider = h('input', {
    type: 'range',
    id: `scale-${node.id}`,
    min: 0,
    max: 1,
    step: 0.01,
    value: scale,
    list: uniqueId('papers'),
    oninput: () => change(Number(slider.value)),
  });
  // Those that the Inception-v4 paper found to train stably.
  const marks = h(
    'datalist',
    { id: slider.getAttribute('list') },
    [0.1, 0.2, 0.3].map((value) => h('option', { value })),
  );
  const all = h('input', { type: 'checkbox', id: uniqueId('all') });
  const figure = h('output', { class: 'number', for: slider.id, text: format.fixed(scale, 2) });
  const reset = h('button', {
    type: 'button',
    class: 'quiet',
    text: t.residual.reset,
    'aria-label': t.residual.resetTo(own),
    onclick: () => change(own),
  });
  const change = (/** @type {number} */ next) => {
    slider.value = String(next);
    setText(figure, format.fixed(next, 2));
    reset.disabled = next === own;
    onScale(next, all.checked);
  };
  reset.disabled = scale === own;
  const control = h(
    'div',
    { class: 'bar-row scale' },
    h('label', { class: 'bar-label', for: slider.id, text: t.residual.slider }),
    h(
      'span',
      { class: 'slider' },
      h('span', { class: 'marked' }, slider, marks, h('span', { class: 'papers small muted', text: t.residual.papers })),
      figure,
      reset,
      h('span', { class: 'field check' }, all, h('label', { for: all.id, text: t.residual.all })),
    ),
  );
  return {
    element: h('div', { class: 'concat' }, row, control),
    node: node.id,
    scale: own,
    /** It was changed elsewhere: undone, for one. @param {number} factor */
    set(factor) {
      if (document.activeElement === slider) return; // it is being dragged
      slider.value = String(factor);
      setText(figure, format.fixed(factor, 2));
      reset.disabled = factor === own;
    },
    /** @param {(node: string) => Stats | null | undefined} of @param {number} factor the values were computed with */
    show(of, factor) {
      const [first, second] = parts.map(({ id }) => of(id));
      const share = first && second ? residualShare(factor, first, second) : NaN;
      if (Number.isNaN(share)) return '';
      row.classList.remove('waiting');
      const labels = [factor === 1 ? t.residual.name : t.residual.scaled(factor), t.module.roles.shortcut];
      parts.forEach(({ element, text, name }, i) => {
        const part = i ? 1 - share : share;
        element.style.flex = `${Math.max(LEAST, part)} 1 0`;
        element.title = t.residual.share(labels[i], part);
        for (const each of [text, name]) setText(each, element.title);
      });
      return t.residual.verdict(share, factor);
    },
  };
}
