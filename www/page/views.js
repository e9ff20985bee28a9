/** What can be saved as a picture, and what a saved file says of where it comes from. */

import { textOf } from './against.js';
import { weightsOf } from './choice.js';
import { t } from './words.js';

/**
 * @typedef {import('./app.js').App} App
 * @typedef {import('./dialogs/export.js').View} View
 */

/** What is shown now. @param {App} app @returns {View[]} */
export function viewsOf({
  panels: {
    module: { panel, index, ops },
    channel,
    map,
    why,
  },
  graph,
  state,
}) {
  const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const module = graph?.modules[index];
  const whole = () => Promise.all(ops.map((op) => op.grid.whole()));
  const title = t.channel.of(state.node, Number(state.channel));
  return [
    ...(panel && module ? [{ id: module.id, title: module.label, element: panel, whole }] : []),
    ...(channel.isOpen ? [{ id: `${state.node}.${state.channel}`, title, element: byId('channel') }] : []),
    ...(why.step ? [{ id: 'why', title: why.title.textContent ?? '', element: why.answer }] : []),
    { id: 'predictions', title: t.predictions.title, element: byId('predictions') },
    ...(map.view === 'list' ? [{ id: 'network', title: t.network.title, element: map.list }] : []),
  ];
}

/** For the head of a file. @param {App} app @returns {Record<string, string>} */
export function aboutOf({ choice, graph, scope, state, panels: { compare } }) {
  const weights = weightsOf(choice);
  const { model = '', variant = null, profile } = graph ?? {};
  return {
    model: variant ? `${model}:${variant}` : model,
    weights: typeof weights === 'string' ? weights : weights.name,
    profile: profile?.id ?? '',
    engine: scope?.engine.engine ?? '',
    image: state.image,
    crop: state.crop,
    ...comparedOf(compare.comparison.pair),
  };
}

/** The sides of a comparison, by name. @param {import('./comparison.js').Pair | null} pair @returns {Record<string, string>} */
const comparedOf = (pair) => (pair ? { compare: textOf(pair.against), a: pair.a.title, b: pair.b.title } : {});
