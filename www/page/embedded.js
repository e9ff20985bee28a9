/**
 * A figure in a frame of another page (`embed.html`): the address says what it shows, as that of the page does. Nothing is
 * loaded before the frame is seen; once the figure is drawn, the network is given up.
 */

import { open } from '../inceptionscope.js';
import { changesIn } from './changes.js';
import { choiceOf, isUntrained, optionsOf } from './choice.js';
import { agree, elsewhere } from './consent.js';
import { h, setText } from './dom.js';
import { sentence } from './faults.js';
import { defaults } from './first.js';
import { bytes } from './format.js';
import { nameModules } from './graph.js';
import * as hash from './hash.js';
import { redo } from './interventions.js';
import { language } from './language.js';
import { SAMPLES, sampleAddress } from './panels/photo.js';
import { drawInput } from './plates.js';
import { themeOf } from './theme.js';
import { t } from './words.js';
import { compose } from './publish/compose.js';
import { svgOf } from './publish/draw.js';
import { gather } from './publish/gather.js';
import { photoName, weightsName } from './publish/names.js';
import { DEFAULTS, specIn } from './publish/spec.js';

/** @typedef {import('./publish/spec.js').Spec} Spec */

/** Views by their names in an element's `view`. @type {Record<string, Spec['layout']>} */
const VIEWS = { module: 'lanes', channel: 'together', predictions: 'prediction', figure: 'network' };
/** Pixels of a point, so that the smallest text of a figure can be read on a screen. */
const PIXELS = 1.7;

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const root = document.documentElement;
const query = new URLSearchParams(location.search);
const state = hash.read();

/** What the address asks for: a figure of the figure maker, or a view and a node. @returns {Spec} */
function asked() {
  if (state.publish) return specIn(state.publish);
  const given = new URLSearchParams(location.hash.slice(1));
  const [, node, channel] = /^(.*?)(?::(\d+))?$/.exec(state.node) ?? ['', '', ''];
  const layout = VIEWS[given.get('view') ?? ''] ?? (channel || state.channel ? 'together' : 'lanes');
  return { ...DEFAULTS, layout, node, channel: Number(channel ?? state.channel), colours: state.scale };
}

/** The theme that the address asks for; without one, the figure's; `auto`, the reader's. @param {Spec} spec @returns {Spec['theme']} */
function themeFor({ theme }) {
  const wanted = query.get('theme');
  if (wanted === 'light' || wanted === 'dark') return wanted;
  return wanted === 'auto' ? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') : theme;
}

/** @param {Spec} spec */
function setTheme(spec) {
  const colours = themeOf(spec.theme);
  root.dataset.theme = spec.theme;
  const { style } = root;
  style.setProperty('--paper', colours.surface);
  style.setProperty('--text', colours.ink);
  style.setProperty('--quiet', colours.muted);
  style.setProperty('--link', colours.accent);
}

/** The page with this, or with a channel of it. @param {{ node?: string, channel?: number }} [at] */
function addressOf({ node = state.node.split(':')[0], channel = -1 } = {}) {
  const page = new URL(`./?lang=${language}`, location.href);
  page.hash = hash.fragment({ ...state, publish: '', view: hash.DEFAULTS.view, node, channel: channel < 0 ? '' : String(channel) });
  return page.href;
}

/** The photo that the address names. @returns {Promise<Blob>} */
async function photo() {
  const image = state.image || SAMPLES[0];
  const sample = SAMPLES.find((name) => name === image);
  if (!sample && !URL.canParse(image)) throw new Error(t.embed.noPhoto);
  const address = sample ? sampleAddress(sample) : image;
  const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' }).catch(() => null);
  if (!response?.ok) throw new Error(t.embed.photoFailed(image));
  return response.blob();
}

/** The page that this stands in: its author chose what is shown, and may have it from there. */
const around = parent !== globalThis.window && document.referrer ? [new URL(document.referrer).origin] : [];

/** Waits until the reader wants what is elsewhere. */
async function consented() {
  const wanted = await elsewhere(state, around);
  if (wanted.length === 0) return;
  const hosts = [...new Set(wanted.map(({ host }) => host))].join(', ');
  const sizes = wanted.flatMap(({ size }) => (size === null ? [] : [bytes(size)]));
  say(sizes.join(', '));
  await new Promise((resolve) => {
    byId('figure').replaceChildren(h('button', { type: 'button', text: t.consent.from(hosts), onclick: resolve }));
  });
  agree(...wanted.map(({ address }) => address));
  byId('figure').replaceChildren();
}

/** Runs the network, and takes what the figure needs of it. @param {Spec} spec */
async function compute(spec) {
  Object.assign(state, await defaults(state));
  const choice = choiceOf(state);
  const crop = hash.numbers(state.crop, 3);
  const scope = await open({
    ...optionsOf(choice),
    tune: 'off',
    onProgress: ({ loaded }) => say(t.embed.progress(bytes(loaded))),
  });
  try {
    nameModules(scope.graph);
    await scope.ready;
    say(t.embed.running);
    const result = await scope.run(await photo(), crop ? { crop: { x: crop[0], y: crop[1], size: crop[2] } } : {});
    const prediction = (await redo(scope, changesIn(state.changes), () => {})) ?? result;
    const seen = document.createElement('canvas');
    const input = scope.graph.nodes.find(({ op }) => op === 'input');
    if (input) drawInput(seen, await scope.activation(input.id), scope.graph.profile);
    return await gather(
      {
        scope,
        seen,
        top: prediction.top,
        names: await scope.classes(),
        untrained: isUntrained(choice),
        ...photoName(state.image || SAMPLES[0]),
        weights: weightsName(choice),
        changes: state.changes,
        why: null,
      },
      spec,
    );
  } finally {
    scope.dispose().catch(() => {});
  }
}

/** @param {string} text */
const say = (text) => setText(byId('said'), text);

/** @param {import('./publish/gather.js').Content} content */
function draw(content) {
  const box = byId('figure');
  const width = box.clientWidth;
  if (!width) return;
  const scene = compose(content, themeOf(content.spec.theme), width / PIXELS);
  box.innerHTML = svgOf(scene, { link: addressOf });
  box.querySelector('svg')?.setAttribute('aria-hidden', 'true');
  const top = content.top.slice(0, 3).map(({ name, probability }) => t.predictions.of(name, probability));
  box.setAttribute('aria-label', [scene.title, scene.caption, ...top].filter(Boolean).join(' · '));
  document.title = scene.title || document.title;
}

/** Shows it, and follows the width of the frame. @param {Spec} spec */
async function show(spec) {
  await consented();
  say(t.embed.loading);
  try {
    const content = await compute(spec);
    say('');
    draw(content);
    let { clientWidth } = byId('figure');
    new ResizeObserver(() => {
      if (clientWidth === byId('figure').clientWidth) return;
      clientWidth = byId('figure').clientWidth;
      draw(content);
    }).observe(byId('figure'));
  } catch (error) {
    say(sentence(error));
  }
}

/** Tells the host how high this is: a number, which anybody may know. */
function tellHeight() {
  const { height } = document.body.getBoundingClientRect();
  if (parent !== globalThis.window)
    parent.postMessage({ type: 'inceptionscope-height', height: Math.ceil(height) }, '*');
}

root.classList.add('embedded');
root.lang = language;
const spec = asked();
spec.theme = themeFor(spec);
setTheme(spec);
say(t.embed.waiting);
setText(byId('open'), t.embed.open);
byId('open').setAttribute('href', addressOf());
new ResizeObserver(tellHeight).observe(document.body);
const seen = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  seen.disconnect();
  show(spec);
});
seen.observe(byId('figure'));
