/** A short walk through the network that runs, in steps that open the real views and read the real numbers. */

import { t } from '../words.js';
import { h } from '../dom.js';
import { sentence } from '../faults.js';
import { residualShare, summands } from '../graph.js';

/**
 * @typedef {import('../graph.js').Graph} Graph
 * @typedef {import('../graph.js').Node} Node
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {object} Callbacks What a step does to the page.
 * @property {() => Scope | null} scope
 * @property {(model: string) => Promise<unknown>} open a network with the page's weights for it, with the photo run
 * @property {(node: string) => void} module opens the module of a node
 * @property {(node: string, channel: number) => Promise<void>} channel
 * @property {() => void} closeChannel
 * @property {() => Promise<{ node: Node, channel: number, value: number } | null>} largest of the open module's maps
 * @property {() => Before} before what is looked at before the tour
 * @property {(before: Before) => void} closed the page shows that again, if another network was opened since
 *
 * @typedef {object} Before What the tour gives back.
 * @property {string} title of the network
 * @property {import('../hash.js').State} state
 * @property {number} scroll where the page was
 *
 * @typedef {object} Step
 * @property {string} title
 * @property {(tour: Tour) => Promise<string[]>} enter opens what the step is about; its paragraphs
 * @property {string} [target] selector of what is outlined
 * @property {string} [next] what the button that leaves it says
 */

const MODULE = 'inception3a';
const RESIDUAL = { model: 'inception_resnet_v1', module: 'repeat_1.0' };

/** @type {Step[]} */
const STEPS = [
  {
    title: t.tour.module.title,
    target: '.panel .lanes',
    async enter(tour) {
      await tour.need('googlenet', MODULE);
      const { lanes } = tour.graph.modules[tour.at(MODULE).module];
      return [
        t.tour.module.text(
          lanes.map((lane) => lane.label),
          tour.source(MODULE).shape,
        ),
      ];
    },
  },
  {
    title: t.tour.concat.title,
    target: '.panel .concat',
    async enter(tour) {
      await tour.need('googlenet', MODULE);
      return [t.tour.concat.text(tour.parts(MODULE))];
    },
  },
  {
    title: t.tour.energy.title,
    target: '.panel .bar-row.energy',
    async enter(tour) {
      const scope = await tour.need('googlenet', MODULE);
      const { energy } = await scope.stats(MODULE);
      const parts = tour
        .parts(MODULE)
        .map((part) => ({ ...part, energy: energy.subarray(part.from, part.to).reduce((a, b) => a + b, 0) }));
      const all = parts.reduce((sum, part) => sum + part.energy, 0) || 1;
      const most = parts.reduce((a, b) => (b.energy > a.energy ? b : a));
      return [t.tour.energy.text(most.label, most.energy / all, (most.to - most.from) / tour.at(MODULE).shape[0])];
    },
  },
  {
    title: t.tour.reduce.title,
    target: `[data-node="${MODULE}.branch3.0"]`,
    async enter(tour) {
      await tour.need('googlenet', MODULE);
      const [reduce, wide] = [tour.convolution(`${MODULE}.branch3.0`), tour.convolution(`${MODULE}.branch3.1`)];
      const [from, to] = [tour.source(MODULE).shape[0], reduce.shape[0]];
      const both = reduce.macs + wide.macs;
      const alone = (wide.macs * from) / to;
      return [t.tour.reduce.text(from, to), t.tour.reduce.costs(both, alone)];
    },
  },
  {
    title: t.tour.channel.title,
    target: '#channel',
    async enter(tour) {
      const scope = await tour.need('googlenet', MODULE);
      const node = `${MODULE}.branch2.1`;
      const { max } = await scope.stats(node);
      const channel = max.indexOf(max.reduce((a, b) => Math.max(a, b), -Infinity));
      await tour.callbacks.channel(node, channel);
      const most = await tour.callbacks.largest();
      return [
        t.tour.channel.text(channel, max[channel]),
        ...(most && most.node.id !== node ? [t.tour.channel.most(most.value, most.node.id)] : []),
        t.tour.channel.how,
      ];
    },
  },
  {
    title: t.tour.offer.title,
    next: t.tour.offer.next,
    async enter() {
      return [t.tour.offer.text, t.tour.offer.cost];
    },
  },
  {
    title: t.tour.residual.title,
    target: '.panel .summands > :last-child',
    async enter(tour) {
      const scope = await tour.need(RESIDUAL.model, RESIDUAL.module);
      const sum = tour.graph.nodes.find((n) => n.op === 'add' && n.module === tour.moduleIndex(RESIDUAL.module));
      if (!sum) return [t.tour.residual.text];
      const { scale, residual, shortcut } = summands(sum);
      const share = residualShare(scale, await scope.stats(residual), await scope.stats(shortcut));
      const { before } = tour;
      return [
        t.tour.residual.text,
        t.tour.residual.change(share),
        ...(before && before.state.model !== scope.graph.model ? [t.tour.residual.back(before.title)] : []),
      ];
    },
  },
];

export class Tour {
  /** @param {HTMLElement} host @param {Callbacks} callbacks */
  constructor(host, callbacks) {
    this.callbacks = callbacks;
    this.step = -1;
    /** @type {Before | null} */
    this.before = null;
    this.host = host;
    this.title = h('h2', { id: 'tour-title', tabindex: -1 });
    this.count = h('p', { class: 'muted small' });
    this.text = h('div', { class: 'tour-text', 'aria-live': 'polite' });
    this.back = h('button', { type: 'button', text: t.tour.back, onclick: () => this.go(this.step - 1) });
    this.next = h('button', { type: 'button', class: 'button', onclick: () => this.go(this.step + 1) });
    this.close = h('button', {
      type: 'button',
      class: 'icon',
      'aria-label': t.tour.end,
      title: t.tour.end,
      text: '×',
      onclick: () => this.stop(),
    });
    host.setAttribute('role', 'dialog');
    host.setAttribute('aria-labelledby', this.title.id);
    host.append(
      h('div', { class: 'tour-head' }, h('div', {}, this.count, this.title), this.close),
      this.text,
      h('div', { class: 'buttons' }, this.back, this.next),
    );
    host.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // the channel stays
      this.stop();
    });
    new ResizeObserver(() => this.#measure()).observe(host);
  }

  get graph() {
    return /** @type {Graph} */ (this.callbacks.scope()?.graph);
  }

  start() {
    this.before ??= this.callbacks.before();
    document.documentElement.classList.add('touring');
    return this.go(0);
  }

  stop() {
    const { before } = this;
    this.step = -1;
    this.before = null;
    this.host.hidden = true;
    document.documentElement.classList.remove('touring');
    this.#mark(null);
    if (before) this.callbacks.closed(before);
  }

  /** @param {number} index */
  async go(index) {
    if (index >= STEPS.length || index < 0) return this.stop();
    this.step = index;
    const { title, enter, target, next } = STEPS[index];
    this.host.hidden = false;
    this.title.textContent = title;
    this.count.textContent = t.tour.count(index + 1, STEPS.length);
    this.back.disabled = index === 0;
    this.next.textContent = next ?? (index === STEPS.length - 1 ? t.tour.done : t.tour.next);
    this.text.replaceChildren(h('p', { class: 'muted', text: t.tour.opening }));
    this.#mark(null);
    // The channel lies over what the other steps are about.
    if (target !== '#channel') this.callbacks.closeChannel();
    this.title.focus({ preventScroll: true });
    let paragraphs;
    try {
      paragraphs = await enter(this);
    } catch (error) {
      paragraphs = [sentence(error)];
    }
    if (this.step !== index) return;
    this.text.replaceChildren(...paragraphs.map((text) => h('p', { text })));
    if (target) this.#mark(document.querySelector(target));
  }

  /** What gives it room on a narrow window has to know how high it is. */
  #measure() {
    document.documentElement.style.setProperty('--tour', `${this.host.offsetHeight}px`);
  }

  /** Outlines what a step is about and brings it into view. @param {Element | null} element */
  #mark(element) {
    for (const marked of document.querySelectorAll('.tour-mark')) marked.classList.remove('tour-mark');
    // What lies over the page is in view already.
    if (!element || getComputedStyle(element).position === 'fixed') return;
    this.#measure();
    element.classList.add('tour-mark');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    // On a narrow window the tour covers the upper part of it.
    const start = matchMedia('(max-width: 900px)').matches || element.getBoundingClientRect().height > innerHeight / 2;
    element.scrollIntoView({ block: start ? 'start' : 'center', behavior: calm ? 'instant' : 'smooth' });
  }

  /**
   * The network of a step, with the node's module open.
   * @param {string} model
   * @param {string} node
   * @returns {Promise<Scope>}
   */
  async need(model, node) {
    let scope = this.callbacks.scope();
    if (!scope || scope.graph.model !== model || scope.graph.variant) {
      await this.callbacks.open(model);
      scope = this.callbacks.scope();
    }
    if (!scope || scope.graph.model !== model) throw new Error(t.tour.lost);
    this.callbacks.module(node);
    return scope;
  }

  /** @param {string} id @returns {Node} */
  at(id) {
    const node = this.graph.nodes.find((n) => n.id === id);
    if (!node) throw new Error(t.page.unknownNode(id));
    return node;
  }

  /** What a module reads. @param {string} id */
  source(id) {
    const module = this.at(id).module;
    const outside = this.graph.nodes
      .filter((n) => n.module === module)
      .flatMap((n) => n.inputs)
      .map((input) => this.at(input))
      .find((n) => n.module !== module);
    return outside ?? this.at(id);
  }

  /** @param {string} id of a module */
  moduleIndex(id) {
    return this.graph.modules.findIndex((m) => m.id === id);
  }

  /** The convolution that is computed together with a node. @param {string} unit */
  convolution(unit) {
    return (
      this.graph.nodes.find((n) => n.unit === unit && n.op === 'conv2d') ??
      this.graph.nodes.find((n) => n.id.startsWith(unit) && n.macs > 0) ??
      this.at(unit)
    );
  }

  /** The channel ranges of a concatenation with their branches' names. @param {string} id */
  parts(id) {
    const node = this.at(id);
    return (node.parts ?? []).map((part) => {
      const { lane } = this.at(part.node);
      return { ...part, label: lane === null ? part.node : this.graph.modules[node.module].lanes[lane].label };
    });
  }
}
