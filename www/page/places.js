/** Another place than the one shown: by the address, by the browser's Back and Forward, or after the tour. */

import { choiceOf } from './choice.js';
import { consented, firstPhoto, resolve } from './first.js';
import { hasMaps } from './graph.js';
import * as hash from './hash.js';
import { questionIn } from './question.js';

/**
 * @typedef {import('./app.js').App} App
 * @typedef {import('./hash.js').State} State
 */

/** What another network is told by, and another photo. @type {(keyof State)[]} */
const NETWORK = ['model', 'variant', 'weights', 'profile', 'engine', 'fileId'];
/** @type {(keyof State)[]} */
const PHOTO = ['image', 'photo', 'photoId'];

/**
 * Shows something else, as a tab would that was opened with it.
 * @param {App} app
 * @param {State} next
 */
export async function restore(app, next) {
  const { controls, opener, module, predictions, channel, map, runner } = app.panels;
  if (!(await consented(app, next))) return; // somewhere else by now
  const before = app.state;
  const { publish } = next;
  app.state = next;
  hash.reached();
  app.panels.alert.close(); // it was about the address before
  map.show(next.view === 'list' ? 'list' : 'figure');
  map.figure.setKind(next.maps === 'mean' ? 'mean' : 'strongest');
  const { file } = await resolve(app, next);
  if (app.state !== next) return;
  Object.assign(module.view, { scale: next.scale, sort: next.sort, filter: next.filter, side: next.side, everyOp: false });
  predictions.follow(hash.numbers(next.class, 1)?.[0] ?? null, false);
  map.showAll();
  const nothing = !app.scope && !opener.isBusy;
  const another = PHOTO.some((key) => next[key] !== before[key]);
  if (another) runner.photo = null;
  if (nothing || NETWORK.some((key) => next[key] !== before[key])) {
    const choice = choiceOf(next, file);
    controls.show(choice, app.scope);
    await opener.choose(choice);
    return;
  }
  if (!app.graph) return;
  channel.close();
  map.open(null);
  app.openFromState(app.graph);
  app.panels.likes.restore(next.likes);
  if (another) await firstPhoto(app);
  else if (next.crop !== before.crop || next.changes !== before.changes) await runner.run();
  else await app.refreshChannel();
  if (app.state !== next) return;
  if (next.compare !== before.compare) await app.panels.compare.comparison.want(next.compare);
  if (app.state !== next) return;
  app.panels.circuit.restore(next.circuit);
  app.panels.kernels.restore(next.kernels);
  if (publish) app.panels.publish.open(publish);
  else app.panels.publish.element.close();
  if (next.why !== before.why || next.trust !== before.trust) await app.panels.asking.ask(questionIn(next.why), next.trust);
  if (app.state !== next) return;
  app.panels.publish.refresh();
  if (next.evaluate && next.evaluate !== before.evaluate) await app.panels.evaluating.open(next.evaluate);
}

/**
 * The tour has ended: what was open before is opened again.
 * @param {App} app
 * @param {State} before
 * @param {number} scroll where the page was
 */
export async function goBack(app, { model, variant, profile, weights, file, fileId, node, channel, at }, scroll) {
  const now = app.state;
  const then = { ...now, model, variant, profile, weights, file, fileId, node, channel, at };
  if (NETWORK.concat('node', 'channel', 'at').every((key) => now[key] === then[key])) return;
  await restore(app, then);
  app.remember();
  scrollTo({ top: scroll, behavior: 'instant' });
}

/** Where in the network a dream begins that no module was chosen for: its middle modules find parts of things. */
const MIDDLE = 0.6;

/** Shows what dreams of the photo: the open module, or one in the middle of the network. @param {App} app */
export function openDream({ graph, panels: { map, likes } }) {
  const fits = (graph?.modules ?? []).flatMap((module, i) => (hasMaps(module) ? [i] : []));
  const open = map.opened ?? -1;
  const index = fits.includes(open) ? open : fits[Math.floor(MIDDLE * fits.length)];
  if (index === undefined) return;
  if (index !== open) map.open(index, true);
  likes.reveal('dream');
}
