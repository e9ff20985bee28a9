/** The network at a glance, beside its list of modules: one cell each, as wide as its output has columns. */

import { h } from '../dom.js';
import { t } from '../words.js';

/** Fewer modules than this are seen at a glance. */
const DEEP = 8;

export class Minimap {
  /** @param {(module: number) => void} onModule */
  constructor(onModule) {
    this.onModule = onModule;
    /** @type {HTMLButtonElement[]} */
    this.cells = [];
    this.box = h('div', { class: 'cells' });
    this.window = h('span', { class: 'window', 'aria-hidden': 'true' });
    this.element = h('nav', { class: 'minimap', 'aria-label': t.network.minimap }, this.box, this.window);
    this.element.addEventListener('keydown', (event) => this.#walk(event));
  }

  /** @param {import('../graph.js').Graph} graph */
  setGraph({ modules, input }) {
    this.cells = modules.map(({ kind, label, shape }, index) => {
      // One sees where the network halves them.
      const width = Math.sqrt((shape[2] ?? 1) / input[2]);
      const name = { title: label, 'aria-label': t.network.goTo(label) };
      const onclick = () => this.onModule(index);
      const style = `--width:${width}`;
      return h('button', { type: 'button', class: `cell ${kind}`, style, tabindex: index ? -1 : 0, ...name, onclick });
    });
    this.box.replaceChildren(...this.cells);
    this.element.hidden = modules.length < DEEP;
  }

  /** Arrow keys: the minimap is one stop of the Tab key. @param {KeyboardEvent} event */
  #walk(event) {
    const at = this.cells.findIndex((cell) => cell === document.activeElement);
    const last = this.cells.length - 1;
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last };
    if (!(event.key in steps) || at < 0) return;
    event.preventDefault();
    const next = Math.min(last, Math.max(0, steps[event.key]));
    this.cells[at].tabIndex = -1;
    this.cells[next].tabIndex = 0;
    this.cells[next].focus();
  }

  /** Marks what of the list is in the window. @param {HTMLElement[]} items of the list, as many as there are cells */
  follow(items) {
    if (this.element.hidden) return;
    const seen = this.cells.filter((_, i) => {
      const { top, bottom, height } = items[i].getBoundingClientRect();
      return height > 0 && bottom > 0 && top < innerHeight;
    });
    const [first, last] = [seen[0], seen.at(-1)];
    this.window.hidden = !first;
    if (!first || !last) return;
    this.window.style.top = `${first.offsetTop}px`;
    this.window.style.height = `${last.offsetTop + last.offsetHeight - first.offsetTop}px`;
  }

  /** @param {number} index @param {'open' | 'out'} state `out`: not among what was searched for @param {boolean} on */
  mark(index, state, on) {
    this.cells[index].classList.toggle(state, on);
  }
}
