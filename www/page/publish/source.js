/** What a figure is made of, as the page has it now. */

import { photoName, weightsName } from './names.js';

/** @param {import('../app.js').App} app @returns {import('./gather.js').Source | null} nothing before a photo has run */
export function sourceOf({ scope, choice, state, panels: { module, opener, photo, predictions, why } }) {
  const { result, names } = predictions;
  if (!scope || !result || !module.hasRun || opener.isBusy) return null;
  return {
    scope,
    seen: photo.seen,
    top: result.top,
    names,
    untrained: module.untrained,
    ...photoName(state.image),
    weights: weightsName(choice),
    changes: state.changes,
    why: why.step,
  };
}
