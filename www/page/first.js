/** What the page opens first: what the address asks for, or what the site starts with. */

import { catalogue, models } from '../inceptionscope.js';
import { IMAGENET, OWN } from './choice.js';
import { agree, elsewhere, without } from './consent.js';
import { sentence } from './faults.js';
import { nodeOf } from './graph.js';
import * as hash from './hash.js';
import * as own from './own.js';
import { SAMPLES } from './panels/photo.js';
import { t } from './words.js';

/** @typedef {import('./app.js').App} App */

/** Opens the first network. @param {App} app */
export async function start(app) {
  const { status, controls } = app.panels;
  const { state } = app;
  status.say(t.loading.starting);
  const consent = consented(app, state);
  try {
    app.models = await models();
  } catch (error) {
    status.say('');
    app.complain(`${t.page.noRuntime}\n${sentence(error)}`);
    return;
  }
  controls.setModels(app.models);
  if (await consent) await app.choose(await resolve(app, state));
}

/** What was asked for last. @type {hash.State | null} */
let latest = null;

/**
 * Leaves of an address what the visitor agrees to: of what it would have from other sites.
 * @param {App} app
 * @param {hash.State} state
 * @returns {Promise<boolean>} whether nothing else was asked for meanwhile
 */
export async function consented(app, state) {
  const { consent } = app.panels;
  latest = state;
  await consent.withdraw();
  const wanted = await elsewhere(state);
  if (latest !== state) return false;
  if (wanted.length > 0) {
    if (await consent.ask(wanted)) agree(...wanted.map(({ address }) => address));
    else Object.assign(state, without(state, wanted));
  }
  return latest === state;
}

/**
 * Makes of what an address asks for what can be shown, and says what of it cannot.
 * @param {App} app
 * @param {hash.State} state
 * @returns {Promise<{ file: File | null }>} the visitor's own weights, if it asks for those
 */
export async function resolve(app, state) {
  if (!app.models.some((m) => m.id === state.model)) {
    const known = app.models.map((m) => m.title);
    app.panels.alert.tell(t.page.unknownModel(state.model, known));
    Object.assign(state, hash.NOWHERE, { model: hash.DEFAULTS.model, variant: '', profile: '', weights: '' });
  }
  app.handed = state.image === 'own' ? await own.find('photo', state.photoId) : null;
  const weights = state.weights === OWN ? await own.find('weights', state.fileId) : null;
  if (state.weights === OWN && !weights) {
    app.panels.alert.tell(t.page.ownWeightsMissing(state.file));
    app.panels.setup.unfold();
    Object.assign(state, { weights: '', file: '', fileId: '' });
  }
  Object.assign(state, await defaults(state));
  return { file: weights instanceof File || !weights ? weights : new File([weights], state.file) };
}

/**
 * What is opened where the address names no network: ImageNet's, if the site has a copy of its weights.
 * @param {import('./hash.js').State} state
 * @returns {Promise<Partial<import('./hash.js').State>>}
 */
export async function defaults(state) {
  if (state.weights || /\b(model|variant)=/.test(location.hash)) return {};
  const sources = await catalogue().catch(() => []);
  return sources.some(({ id, url }) => id === IMAGENET.weights && !URL.canParse(url)) ? IMAGENET : {};
}

/** The photo that the address asks for, or the first sample. @param {App} app */
export async function firstPhoto(app) {
  const { photo, runner } = app.panels;
  const { image } = app.state;
  const { handed } = app;
  app.handed = null;
  if (image === 'own' && handed) await runner.usePhoto(handed, image);
  else if (image === 'own') photo.ask(app.state.photo, waiting(app));
  const sample = SAMPLES.find((s) => s === image);
  if (sample) await photo.useSample(sample);
  else if (URL.canParse(image)) await photo.useAddress(image);
  else if (!image) {
    await app.naming; // the first that the network knows
    await photo.useSample(photo.order[0]);
  }
}

/** What waits for a photo that only the visitor has. @param {App} app */
function waiting({ graph, state: { node: id, channel, at } }) {
  const node = nodeOf(graph, id);
  if (!graph || !node) return t.asked.same;
  return channel
    ? t.asked.channel(id, channel, hash.numbers(at, 2))
    : t.asked.module(graph.modules[node.module].label);
}
