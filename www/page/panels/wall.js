/** What do all channels of a module like? A wall that fills in the background, the most active on this photo first, and is kept. */

import { h, labelled, setText } from '../dom.js';
import { drawMade } from '../growth.js';
import { MADE, bitmapOf, draw, keepDrawn, keptOf, wallOf } from '../kept-pictures.js';
import { roving } from '../roving.js';
import { t } from '../words.js';
import { Growing, choice } from './growing.js';

/**
 * @typedef {import('../graph.js').Module} Module
 * @typedef {import('../graph.js').Scope} Scope
 *
 * @typedef {object} Tile
 * @property {HTMLButtonElement} button
 * @property {HTMLCanvasElement} canvas
 * @property {number} steps that were taken for what it shows
 */

const STEPS = [16, 64, 128, 512];

export class Wall {
  /** @param {import('./likes.js').Callbacks} callbacks */
  constructor(callbacks) {
    this.callbacks = callbacks;
    /** @type {{ scope: Scope, module: Module, channels: number } | null} */
    this.of = null;
    /** By channel. @type {Map<number, Tile>} */
    this.tiles = new Map();
    /** Resolves when what is kept is there. */
    this.loading = Promise.resolve();
    this.growing = new Growing({ start: t.wall.start, again: t.wall.more }, () => this.#grow());
    this.steps = choice(STEPS, 64, (steps) => t.wall.steps(steps, 512));
    this.steps.addEventListener('change', () => callbacks.onState());
    this.count = h('p', { class: 'small number' });
    this.grid = h('div', { class: 'wall', role: 'group' });
    roving(this.grid);
    this.png = callbacks.saver(() => ({ shown: this.grid, name: `${this.of?.module.id}-channels`, about: this.#about() }));
    this.element = h(
      'div',
      { class: 'like' },
      h('p', { class: 'note', text: t.wall.note }),
      h('div', { class: 'actions' }, labelled(this.steps, t.growing.steps), this.growing.buttons, this.png),
      this.growing.said,
      this.count,
      this.grid,
    );
  }

  /** @param {Scope} scope @param {Module} module */
  show(scope, module) {
    if (this.of?.scope === scope && this.of.module === module) return;
    this.of = { scope, module, channels: module.shape[0] };
    this.growing.clear();
    this.tiles = new Map();
    this.grid.replaceChildren();
    this.grid.setAttribute('aria-label', t.wall.of(module.label));
    this.#say();
    this.loading = this.#load();
  }

  get state() {
    return [this.steps.value];
  }

  /** @param {string[]} state */
  restore([steps]) {
    if (STEPS.includes(Number(steps))) this.steps.value = steps;
  }

  stop() {
    this.growing.stop();
  }

  /** What the pictures are kept by, once all weights are there. @param {NonNullable<Wall['of']>} of */
  async #wall({ scope, module }) {
    await scope.ready;
    return wallOf(scope, module.output);
  }

  /** Shows what is kept. */
  async #load() {
    const { of, tiles } = this;
    if (!of) return;
    const kept = await this.#wall(of).then(keptOf, () => []);
    if (this.of !== of) return;
    const order = await this.#order(of);
    const found = new Map(kept.map((picture) => [picture.channel, picture]));
    for (const channel of order) {
      const picture = found.get(channel);
      const bitmap = picture && (await bitmapOf(picture));
      if (this.of !== of) return;
      if (!picture || !bitmap || tiles.has(channel)) continue;
      const tile = this.#tile(channel);
      draw(tile.canvas, bitmap);
      this.#taken(channel, tile, picture.steps);
    }
    this.#say();
  }

  /** The most active first, where a photo has run. @param {NonNullable<Wall['of']>} of */
  async #order({ scope, module, channels }) {
    const all = Array.from({ length: channels }, (_, channel) => channel);
    if (!this.callbacks.hasRun()) return all;
    const stats = await scope.stats(module.output).catch(() => null);
    return stats ? all.sort((a, b) => stats.mean[b] - stats.mean[a] || a - b) : all;
  }

  async #grow() {
    const { of, tiles } = this;
    if (!of) return;
    const steps = Number(this.steps.value);
    const { scope, module } = of;
    await this.growing.run(this.element, async (growth) => {
      this.growing.say(t.wall.growing);
      await this.loading;
      const wall = await this.#wall(of);
      const channels = (await this.#order(of)).filter((channel) => (tiles.get(channel)?.steps ?? 0) < steps);
      for (const channel of channels) {
        if (growth.stopped) break;
        const [known, tile] = [tiles.has(channel), this.#tile(channel)];
        const wanted = { objective: `${module.output}:${channel}`, steps, ...MADE };
        const made = await growth.grow(scope, 'visualise', wanted, (step) => {
          // The same seed: a picture of more steps goes through those of fewer.
          if (step.done > tile.steps) drawMade(tile.canvas, step);
          if (step.done < step.of) setText(this.count, t.wall.now(channel, step.done, step.of));
        });
        if (!made) {
          if (!known) this.#remove(channel);
          else this.#stale(channel);
          break;
        }
        this.#taken(channel, tile, steps);
        await keepDrawn(tile.canvas, { wall, title: t.wall.title(module.label, scope.graph.title), channel, steps });
        this.#say();
      }
      if (this.of === of) this.growing.say(growth.stopped ? t.wall.stopped : t.growing.done);
    });
    this.#say();
  }

  /** @param {number} channel @returns {Tile} */
  #tile(channel) {
    const there = this.tiles.get(channel);
    if (there) return there;
    const canvas = h('canvas', { class: 'vision plate', width: 1, height: 1, 'aria-hidden': 'true' });
    const button = h(
      'button',
      {
        type: 'button',
        class: 'tile-vision',
        'data-channel': channel,
        'aria-label': t.wall.picture(channel),
        onclick: () => this.of && this.callbacks.onChannel(this.of.module.output, channel),
      },
      canvas,
      h('span', { class: 'number', text: String(channel) }),
    );
    const tile = { button, canvas, steps: 0 };
    this.tiles.set(channel, tile);
    this.grid.append(button);
    return tile;
  }

  /** @param {number} channel @param {Tile} tile @param {number} steps */
  #taken(channel, tile, steps) {
    tile.steps = steps;
    tile.button.setAttribute('aria-label', t.wall.pictureOf(channel, steps));
    tile.button.title = t.wall.pictureOf(channel, steps);
    this.png.disabled = false;
  }

  /** It was stopped while it was refined: what is kept is loaded again. @param {number} channel */
  #stale(channel) {
    this.#remove(channel);
    this.#load();
  }

  /** @param {number} channel */
  #remove(channel) {
    this.tiles.get(channel)?.button.remove();
    this.tiles.delete(channel);
  }

  /** How many there are, by steps. */
  #say() {
    const { of, tiles } = this;
    const done = [...tiles.values()].filter(({ steps }) => steps > 0);
    const bySteps = new Map(STEPS.map((steps) => [steps, done.filter((tile) => tile.steps === steps).length]));
    const counts = [...bySteps].filter(([, count]) => count > 0);
    setText(this.count, of && done.length ? t.wall.count(done.length, of.channels, counts, 512) : '');
    this.png.disabled = done.length === 0;
  }

  /** For its caption. */
  #about() {
    return `${t.wall.title(this.of?.module.label ?? '', '')}. ${this.count.textContent}`;
  }
}
