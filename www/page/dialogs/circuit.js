/** Which channels is a channel made of, and read by? By the weights alone; from each of them one can go on to its own. */

import { h, setText } from '../dom.js';
import { isAbort, sentence } from '../faults.js';
import { MADE, bitmapOf, draw, keepDrawn, keptOf, wallOf } from '../kept-pictures.js';
import { drawMade } from '../growth.js';
import { Growing, quiet } from '../panels/growing.js';
import { LinksView, hasPictures, nameOf } from '../panels/links.js';
import { picture } from '../picture.js';
import { saved, table } from '../save.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';

/**
 * @typedef {import('../graph.js').Scope} Scope
 * @typedef {import('../../inceptionscope.js').Links} Links
 *
 * @typedef {{ node: string, channel: number }} Place
 *
 * @typedef {object} Callbacks
 * @property {() => Scope | null} scope the network that is shown
 * @property {() => boolean} untrained whether its weights are random
 * @property {() => string[]} names of the classes
 * @property {() => Record<string, string>} about
 * @property {(node: string, channel: number) => void} onChannel its maps are to be shown
 * @property {(state: string) => void} onState what is shown, for the address
 */

/** How many links of each kind are listed. */
const LISTED = 8;
/** Steps of a picture that is grown here. */
const STEPS = 64;

/** @param {string} text as `NODE:CHANNEL` @returns {Place | null} */
function placeIn(text) {
  const [, node, channel] = /^(.+):(\d+)$/.exec(text) ?? [];
  return node ? { node, channel: Number(channel) } : null;
}

export class CircuitDialog {
  /** @type {Place | null} */
  #of = null;
  /** Whose circuit it is. @type {ReturnType<Callbacks['scope']>} */
  #scope = null;
  /** From where one came. @type {Place[]} */
  #trail = [];
  /** What is shown. @type {Links[]} */
  #circuit = [];
  /** @type {LinksView[]} */
  #views = [];

  /** @param {Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.untrained = h('p', { class: 'untrained', text: t.growing.untrained });
    this.title = h('h3', { tabindex: -1 });
    this.place = h('p', { class: 'muted small' });
    this.own = h('canvas', { class: 'vision plate', width: 1, height: 1, role: 'img' });
    this.back = quiet(t.circuit.back, () => this.#goBack());
    this.maps = quiet(t.circuit.maps, () => this.#toMaps());
    this.growing = new Growing({ start: t.circuit.grow, again: t.circuit.grow }, () => this.#grow());
    this.png = quiet(t.channel.savePng, () => this.#savePng());
    this.csv = quiet(t.channel.saveCsv, () => this.#saveCsv());
    this.said = h('p', { class: 'said', role: 'status' });
    this.lists = h('div', { class: 'circuit-lists' });
    this.element = dialog(
      'weights',
      t.circuit.title,
      h('p', { class: 'note', text: t.circuit.note }),
      this.untrained,
      h(
        'div',
        { class: 'circuit-head' },
        this.own,
        h('div', {}, this.title, this.place, h('div', { class: 'actions' }, this.back, this.maps, this.png, this.csv)),
      ),
      h('div', { class: 'actions' }, this.growing.buttons, this.growing.said),
      this.lists,
      this.said,
    );
    this.element.classList.add('circuit');
    this.element.addEventListener('close', () => {
      this.growing.clear();
      this.#of = null;
      callbacks.onState('');
    });
  }

  /** As the address has it. @param {string} text */
  restore(text) {
    const place = placeIn(text);
    if (!place) return this.element.close();
    // A link may ask before the network is there.
    if (text !== this.#text || this.#scope !== this.callbacks.scope()) this.open(place);
  }

  /** @param {Place} place */
  open(place) {
    if (!this.element.open) this.element.showModal();
    this.#trail = [];
    return this.#show(place);
  }

  get #text() {
    return this.#of ? `${this.#of.node}:${this.#of.channel}` : '';
  }

  /** @param {Place} place */
  #walk(place) {
    if (this.#of) this.#trail.push(this.#of);
    return this.#show(place);
  }

  #goBack() {
    const place = this.#trail.pop();
    if (place) this.#show(place);
  }

  #toMaps() {
    const of = this.#of;
    this.element.close();
    if (of) this.callbacks.onChannel(of.node, of.channel);
  }

  /** @param {Place} of */
  async #show(of) {
    const scope = this.callbacks.scope();
    this.growing.clear();
    this.#of = of;
    this.#scope = scope;
    this.#circuit = [];
    this.#views = [];
    const { node, channel } = of;
    this.callbacks.onState(this.#text);
    const focused = this.element.contains(document.activeElement);
    this.untrained.hidden = !this.callbacks.untrained();
    setText(this.title, t.channel.of(node, channel));
    setText(this.place, '');
    setText(this.said, t.circuit.computing);
    Object.assign(this.own, { width: 1, height: 1 });
    this.lists.replaceChildren();
    this.back.hidden = this.#trail.length === 0;
    this.png.disabled = this.csv.disabled = true;
    if (focused) this.title.focus({ preventScroll: true });
    this.element.scrollTop = 0;
    if (!scope) return;
    try {
      await scope.ready;
      const circuit = await scope.circuit(node, channel, { most: LISTED });
      if (this.#of !== of) return;
      this.#circuit = circuit;
      const { graph } = scope;
      const { branch, label } = nameOf(graph, node, channel);
      setText(this.place, branch ? t.dream.branch(branch, label) : label);
      this.#views = circuit.map((links) =>
        new LinksView(graph, links, this.callbacks.names(), (to) => this.#walk({ node: links.node, channel: to })));
      this.lists.replaceChildren(...this.#views.map(({ element }) => element));
      setText(this.said, this.#views.length ? '' : t.circuit.none);
      this.png.disabled = this.csv.disabled = this.#views.length === 0;
      await this.#drawKept(scope, of);
    } catch (error) {
      if (this.#of === of && !isAbort(error)) setText(this.said, sentence(error));
    }
  }

  /** By node, the pictures that are shown of it. @returns {Map<string, Map<number, HTMLCanvasElement>>} */
  #canvases() {
    const graph = this.callbacks.scope()?.graph;
    /** @type {Map<string, Map<number, HTMLCanvasElement>>} */
    const all = new Map();
    if (this.#of && hasPictures(graph, this.#of.node)) all.set(this.#of.node, new Map([[this.#of.channel, this.own]]));
    for (const { links, visions } of this.#views) {
      const known = all.get(links.node) ?? new Map();
      visions.forEach((canvas, channel) => known.set(channel, canvas));
      all.set(links.node, known);
    }
    return all;
  }

  /** The pictures that this browser keeps. @param {Scope} scope @param {Place} of */
  async #drawKept(scope, of) {
    for (const [node, canvases] of this.#canvases()) {
      const kept = await wallOf(scope, node).then(keptOf, () => []);
      for (const one of kept) {
        const canvas = canvases.get(one.channel);
        const bitmap = canvas && (await bitmapOf(one));
        if (this.#of !== of) return;
        if (!bitmap) continue;
        draw(canvas, bitmap);
        this.#named(canvas, node, one.channel);
      }
    }
  }

  /** @param {HTMLCanvasElement} canvas @param {string} node @param {number} channel */
  #named(canvas, node, channel) {
    if (canvas === this.own) canvas.setAttribute('aria-label', t.excites.picture(`${node}:${channel}`));
  }

  /** Grows the pictures that are missing, the channel's own first, and keeps them. */
  async #grow() {
    const scope = this.callbacks.scope();
    if (!scope) return;
    const missing = [...this.#canvases()].flatMap(([node, canvases]) =>
      [...canvases].filter(([, { width }]) => width === 1).map(([channel, canvas]) => ({ node, channel, canvas })));
    await this.growing.run(this.element, async (growth) => {
      for (const [i, { node, channel, canvas }] of missing.entries()) {
        const wanted = { objective: `${node}:${channel}`, steps: STEPS, ...MADE };
        const name = `${node}:${channel}`;
        const made = await growth.grow(scope, 'visualise', wanted, (step) => {
          drawMade(canvas, step);
          if (step.done < step.of) this.growing.say(t.circuit.growing(name, i + 1, missing.length));
        });
        if (!made) {
          Object.assign(canvas, { width: 1, height: 1 });
          return;
        }
        this.#named(canvas, node, channel);
        const title = t.wall.title(nameOf(scope.graph, node).label, scope.graph.title);
        await keepDrawn(canvas, { wall: await wallOf(scope, node), title, channel, steps: STEPS });
      }
      this.growing.say(t.growing.done);
    });
  }

  get #file() {
    return `circuit.${this.#text.replace(':', '.')}`;
  }

  async #savePng() {
    const caption = t.export.caption({ ...this.callbacks.about(), image: t.circuit.of(this.#text) });
    const blob = await picture([this.title, this.lists], caption);
    setText(this.said, saved(blob, `${this.#file}.png`));
  }

  /** A link a line; the weights of its kernel in one cell, row by row. */
  #saveCsv() {
    const rows = this.#circuit.flatMap(({ reads, node, shape: [height, width], links }) =>
      links.map(({ channel, sum, size, weights }) =>
        [reads ? 'reads' : 'read-by', node, channel, sum, size, height, width, weights.join(' ')]));
    const file = table([['link', 'node', 'channel', 'sum', 'size', 'rows', 'columns', 'weights'], ...rows]);
    setText(this.said, saved(file, `${this.#file}.csv`));
  }
}
