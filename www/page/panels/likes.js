/** What would an open module like to see? Four ways to look at that, of which one is open. */

import { h, setText, uniqueId } from '../dom.js';
import { branchesOf, hasMaps } from '../graph.js';
import { picture } from '../picture.js';
import { saved } from '../save.js';
import { t } from '../words.js';
import { BranchLikes } from './branch-likes.js';
import { Caricatures } from './caricatures.js';
import { DreamView } from './dream.js';
import { quiet } from './growing.js';
import { Wall } from './wall.js';

/**
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {'branches' | 'wall' | 'dream' | 'caricatures'} Name
 *
 * @typedef {object} View
 * @property {HTMLElement} element
 * @property {(scope: Scope, module: Module, index: number) => void} show of another module, what grows ends
 * @property {(string | number)[]} state what is set, for the address
 * @property {(state: string[]) => void} restore
 * @property {() => void} stop
 * @property {() => void} [ran] a photo has run
 *
 * @typedef {object} Taken What is saved as a picture.
 * @property {HTMLElement} shown
 * @property {string} name of the file
 * @property {string} about what it shows, for its caption
 *
 * @typedef {object} Page
 * @property {() => boolean} untrained whether the weights are random
 * @property {() => boolean} hasRun whether a photo has run
 * @property {() => HTMLCanvasElement} seen what the network sees
 * @property {(size: number) => Promise<ImageData | null>} seenAt the same, with so many pixels a side; nothing if that is no photo
 * @property {() => Record<string, string>} about
 * @property {(node: string, channel: number) => void} onChannel is to be opened
 * @property {(module: string) => void} onModule is to be opened
 * @property {(state: string) => void} onState what is open and set, for the address
 *
 * @typedef {Omit<Page, 'onState'> & { onState: () => void, saver: (taken: () => Taken) => HTMLButtonElement }} Callbacks
 */

export class LikesView {
  /** @type {Name | null} */
  #open = null;
  /** @type {{ scope: Scope, index: number } | null} */
  #of = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** What is said of a file that was saved. */
    this.said = h('p', { class: 'said small', role: 'status' });
    const callbacks = { ...page, onState: () => this.#tell(), saver: (/** @type {() => Taken} */ taken) => this.#saver(taken) };
    /** @type {Record<Name, View>} */
    this.views = {
      branches: new BranchLikes(callbacks),
      wall: new Wall(callbacks),
      dream: new DreamView(callbacks),
      caricatures: new Caricatures(callbacks),
    };
    this.names = /** @type {Name[]} */ (Object.keys(this.views));
    this.body = h('div', { class: 'likes-body', id: uniqueId('likes'), hidden: true });
    this.buttons = this.names.map((name) => {
      const button = quiet(t.likes.views[name], () => this.#toggle(this.#open === name ? null : name));
      button.setAttribute('aria-expanded', 'false');
      button.setAttribute('aria-controls', this.body.id);
      return button;
    });
    this.head = h('div', { class: 'likes-head' }, this.buttons);
    this.untrained = h('p', { class: 'untrained', text: t.growing.untrained });
    this.element = h(
      'section',
      { class: 'likes', 'aria-label': t.likes.title },
      this.head,
      this.body,
    );
  }

  /** Of a module that is open now. @param {Scope} scope @param {number} index @param {HTMLElement} beside another question about it */
  show(scope, index, beside) {
    this.head.replaceChildren(beside, ...this.buttons);
    this.#of = { scope, index };
    const module = scope.graph.modules[index];
    this.untrained.hidden = !this.page.untrained();
    this.element.hidden = !hasMaps(module);
    this.buttons[this.names.indexOf('branches')].hidden = branchesOf(scope.graph, index).length < 2;
    this.#fill();
    return this.element;
  }

  /** As the address has it: a view, and what is set in it. @param {string} text */
  restore(text) {
    if (text === this.#text) return;
    const [name, ...state] = text.split(';');
    const known = this.names.find((known) => known === name) ?? null;
    this.#mark(known);
    if (known) this.views[known].restore(state);
  }

  /** Opens one, and brings it into the window. @param {Name} name */
  reveal(name) {
    this.#toggle(name);
    this.element.scrollIntoView({ block: 'nearest', behavior: 'instant' });
    this.buttons[this.names.indexOf(name)].focus({ preventScroll: true });
  }

  /** The module is closed: nothing grows on, or is paused, behind it. */
  stop() {
    if (this.#open) this.views[this.#open].stop();
  }

  /** A photo has run. */
  ran() {
    if (this.#open) this.views[this.#open].ran?.();
  }

  /** @param {Name | null} name */
  #toggle(name) {
    this.#mark(name);
    this.#tell();
  }

  /** @param {Name | null} name */
  #mark(name) {
    if (this.#open && this.#open !== name) this.views[this.#open].stop();
    this.#open = name;
    setText(this.said, '');
    this.buttons.forEach((button, i) => button.setAttribute('aria-expanded', String(this.names[i] === name)));
    this.#fill();
  }

  #fill() {
    const view = this.#open ? this.views[this.#open] : null;
    const fits = view !== null && !this.buttons[this.names.indexOf(/** @type {Name} */ (this.#open))].hidden;
    this.body.hidden = !fits;
    if (!fits || !this.#of) return;
    const { scope, index } = this.#of;
    view.show(scope, scope.graph.modules[index], index);
    if (view.element.parentElement !== this.body) this.body.replaceChildren(this.untrained, view.element, this.said);
  }

  /** What is open and set. */
  get #text() {
    return this.#open ? [this.#open, ...this.views[this.#open].state].join(';') : '';
  }

  #tell() {
    this.page.onState(this.#text);
  }

  /** A button that saves a picture, and says so. @param {() => Taken} taken */
  #saver(taken) {
    const button = quiet(t.channel.savePng, async () => {
      const { shown, name, about } = taken();
      const blob = await picture(shown, `${t.export.caption(this.page.about())} · ${about}`);
      setText(this.said, saved(blob, `${name}.png`));
    });
    button.disabled = true;
    return button;
  }
}
