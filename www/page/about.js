/** What a saved file says of where it comes from. */

import { textOf } from './against.js';
import { weightsOf } from './choice.js';

/** For the head of a file. @param {import('./app.js').App} app @returns {Record<string, string>} */
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
