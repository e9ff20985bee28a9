/** The fields of a method's options. */

import { baselineChoices } from '../baselines.js';
import { h, labelled, uniqueId } from '../dom.js';
import { nodeOf } from '../graph.js';
import { OPTIONS } from '../question.js';
import { t } from '../words.js';

/** Of numbers: least, greatest and step. @type {Record<string, [number, number, number]>} */
const NUMBERS = { patch: [1, 4096, 1], stride: [1, 4096, 1], samples: [1, 256, 1], sigma: [0, 2, 0.01], steps: [1, 512, 1] };

/**
 * @param {import('../question.js').Question} question
 * @param {import('../graph.js').Graph} graph
 * @param {string} open the output of the open module, if one is open
 * @param {(options: import('../question.js').Question['options']) => void} onChange
 */
export function optionFields({ method, options }, graph, open, onChange) {
  /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
  const controls = new Map();
  const change = () => {
    const given = [...controls].filter(([, control]) => control.value !== '' && control.reportValidity());
    const value = (/** @type {HTMLInputElement | HTMLSelectElement} */ { type, value }) =>
      type === 'number' ? Number(value) : value;
    onChange(Object.fromEntries(given.map(([name, control]) => [name, value(control)])));
  };
  // Of these two the module is chosen in the answer.
  const names = method === 'removal' || method === 'branches' ? [] : OPTIONS[method];
  const elements = names.map((name) => {
    const id = uniqueId(`why-${name}`);
    const control = NUMBERS[name] ? number(name, id, change) : select(choicesOf(name, graph, open), id, change);
    controls.set(name, control);
    const label = t.why.options[/** @type {'patch'} */ (name)];
    return labelled(control, label, 'field');
  });
  const set = (/** @type {Record<string, string | number>} */ given) => {
    for (const [name, control] of controls) if (given[name] !== undefined) control.value = String(given[name]);
  };
  set(options);
  return {
    method,
    elements,
    /** Another question about the same network. @param {Record<string, string | number>} given */
    set,
    /** What is used, but for what is being typed. @param {Record<string, string | number | null>} used */
    fill(used) {
      for (const [name, control] of controls) {
        const typed = control === document.activeElement && control.value !== '';
        if (!typed && (used[name] ?? null) !== null) control.value = String(used[name]);
      }
    },
  };
}

/** @param {string} name @param {string} id @param {() => void} onchange */
function number(name, id, onchange) {
  const [min, max, step] = NUMBERS[name];
  return h('input', { type: 'number', id, min, max, step, inputmode: 'decimal', onchange });
}

/** @param {[string, string][]} choices value and text @param {string} id @param {() => void} onchange */
const select = (choices, id, onchange) =>
  h(
    'select',
    { id, onchange },
    choices.map(([value, text]) => h('option', { value, text })),
  );

/**
 * @param {string} name
 * @param {import('../graph.js').Graph} graph
 * @param {string} open
 * @returns {[string, string][]}
 */
function choicesOf(name, graph, open) {
  if (name === 'baseline') return baselineChoices();
  if (name !== 'layer') return Object.entries(t.why.choices[/** @type {'fill'} */ (name)]);
  return withMaps(graph).map(({ output, label }) => [output, output === open ? t.why.openModule(label) : label]);
}

/** Modules on the way to the answer whose output has rows and columns. @param {import('../graph.js').Graph} graph */
export const withMaps = (graph) =>
  graph.modules.filter(({ kind, output }) => kind !== 'auxiliary' && (nodeOf(graph, output)?.shape[1] ?? 1) > 1);
