/** Comparing on the page: what it asks the app, and which panels it tells. */

import { textOf } from './against.js';
import { agree } from './consent.js';
import { Comparison } from './comparison.js';
import { Both, Own } from './lens.js';
import { CompareView } from './panels/compare.js';
import { cropOf } from './runner.js';
import { saveComparison } from './save-comparison.js';
import { aboutOf } from './about.js';

/** @typedef {import('./comparison.js').Pair} Pair */

/** @param {import('./app.js').App} app */
export function comparing(app) {
  const shown = () => {
    const { scope, choice, state } = app;
    const { photo } = app.panels.runner;
    return scope && photo ? { scope, choice, photo, crop: cropOf(state), changes: app.panels.interventions.list } : null;
  };
  const offer = () => {
    const variants = app.models.find(({ id }) => id === app.choice.model)?.variants ?? [];
    view.offer(shown(), variants, comparison.against);
  };
  const save = async (/** @type {'png' | 'csv' | 'json'} */ kind) => {
    const { module, predictions, map } = app.panels;
    const open = map.opened === null ? '' : (app.graph?.modules[map.opened].id ?? '');
    await Promise.all(kind === 'png' ? module.ops.map((op) => op.grid.whole()) : []);
    const ops = module.ops.map((op) => ({ node: op.node.id, values: op.values }));
    const compared = { pair: /** @type {Pair} */ (comparison.pair), module: open, branches: module.table?.rows ?? [], ops };
    const parts = [view.figures, predictions.compared, predictions.list, module.panel].filter((part) => part !== null);
    return saveComparison(kind, compared, parts, aboutOf(app));
  };
  const onCompare = (/** @type {import('./against.js').Against | null} */ against, /** @type {File | undefined} */ file) => {
    agree(against?.value ?? '');
    return comparison.start(against, file);
  };
  const view = new CompareView({ onCompare, onSave: save });
  const comparison = new Comparison({
    shown,
    wanted: () => app.state.compare,
    still: async () => {
      if (app.panels.runner.camera) await app.panels.runner.stopCamera();
    },
    onAgainst: (against) => {
      app.remember({ compare: textOf(against) });
      offer();
    },
    onPair: (pair) => {
      const { module, predictions } = app.panels;
      const { scope, lens } = module;
      view.show(pair);
      predictions.compare(pair);
      if (!scope) return;
      if (pair && lens instanceof Both && lens.a === pair.a.scope && lens.b === pair.b.scope) {
        module.lens = new Both(pair.a, pair.b); // its values are asked for with the page's own
        return;
      }
      module.setLens(pair ? new Both(pair.a, pair.b) : new Own(scope));
      app.refreshChannel();
    },
    onProgress: (progress) => view.progress(progress),
    onTell: (text) => app.panels.alert.tell(text),
    onError: (error) => app.complain(error, true),
  });
  return {
    view,
    comparison,
    /** A channel on both sides, and how these differ. @param {import('./graph.js').Node} node @param {number} channel */
    async channelOf(node, channel) {
      const { lens } = app.panels.module;
      const alike = lens?.compares && lens.look(node, '').planes.length > 1;
      return alike ? lens.maps(node.id, ['a', 'b', 'difference'], [channel]) : null;
    },
    /** The page's network has an answer. @param {import('../inceptionscope.js').Prediction} result */
    async ran(result) {
      const undone = comparison.against?.kind === 'unchanged' && app.panels.interventions.list.length === 0;
      if (undone) await comparison.start(null);
      offer();
      await comparison.ran(result);
    },
  };
}
