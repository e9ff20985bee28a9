/** Figures and histogram of one channel. */

import { h } from '../dom.js';
import * as format from '../format.js';
import { surface } from '../plates.js';
import { t } from '../words.js';

const [WIDTH, HEIGHT] = [480, 120];

export class Statistics {
  /** @param {(at: { row: number, column: number }) => void} onPlace */
  constructor(onPlace) {
    this.onPlace = onPlace;
    this.figures = h('dl', { class: 'figures' });
    this.histogram = h('canvas', {
      class: 'histogram',
      width: WIDTH,
      height: HEIGHT,
      role: 'img',
      'aria-label': t.channel.histogram,
    });
    this.ends = h('div', { class: 'ends muted number', 'aria-hidden': 'true' });
    this.element = h('div', {}, this.figures, h('div', { class: 'histogram-box' }, this.histogram, this.ends));
  }

  /**
   * @param {import('../../inceptionscope.js').Stats} stats
   * @param {number} channel
   * @param {number} values how many it has
   */
  showFigures({ min, mean, max, zeros, nonfinite, peak }, channel, values) {
    const names = t.channel.stats;
    const finite = values - nonfinite[channel];
    const [row, column] = peak.subarray(2 * channel);
    const figure = (/** @type {Float32Array} */ of) => format.value(finite ? of[channel] : NaN);
    /** @type {[string, string | HTMLElement][]} */
    const entries = [
      [names.min, figure(min)],
      [names.mean, figure(mean)],
      [names.max, figure(max)],
      [names.zeros, format.percent(zeros[channel])],
    ];
    if (nonfinite[channel]) entries.push([names.nonfinite, String(nonfinite[channel])]);
    if (values > 1 && finite) {
      const onclick = () => this.onPlace({ row, column });
      const text = t.channel.at(row, column);
      entries.push([
        names.peak,
        h('button', { type: 'button', class: 'quiet', title: t.channel.goThere, onclick, text }),
      ]);
    }
    this.figures.replaceChildren(
      ...entries.map(([term, value]) => h('div', {}, h('dt', { text: term }), h('dd', { class: 'number' }, value))),
    );
  }

  /** @param {import('../../inceptionscope.js').Histogram} histogram */
  showHistogram({ from, to, counts }) {
    const context = surface(this.histogram, WIDTH, HEIGHT);
    if (!context) return;
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = getComputedStyle(this.element).getPropertyValue('--accent');
    // The square root lets rare values be seen beside the many zeros.
    const most = Math.sqrt(Math.max(1, ...counts));
    const pitch = WIDTH / counts.length;
    counts.forEach((n, i) => {
      const height = Math.round((Math.sqrt(n) / most) * HEIGHT);
      context.fillRect(i * pitch, HEIGHT - height, pitch - 1, height);
    });
    const values = counts.reduce((a, b) => a + b, 0);
    this.histogram.setAttribute('aria-label', t.channel.histogramOf(values, from, to));
    this.ends.replaceChildren(
      ...[format.value(from), t.channel.histogram, format.value(to)].map((text) => h('span', { text })),
    );
  }
}
