/** Makes a figure: the one way from what a network has computed to an image. */

import { saved } from '../save.js';
import { themeOf } from '../theme.js';
import { methodOf } from '../question.js';
import { t } from '../words.js';
import { compose } from './compose.js';
import { paintScene, printedPng, svgOf } from './draw.js';
import { counted, gather } from './gather.js';
import { pixels } from './spec.js';
import { tableOf } from './table.js';

/**
 * @typedef {import('./gather.js').Source} Source
 * @typedef {import('./spec.js').Spec} Spec
 * @typedef {'png' | 'svg' | 'csv'} Kind
 */

/** Points of a centimetre. */
const POINTS = 72 / 2.54;

export class Figure {
  /** @param {import('./gather.js').Content} content */
  constructor(content) {
    const { spec } = content;
    this.content = content;
    this.spec = spec;
    this.scene = compose(content, themeOf(spec.theme), spec.width * POINTS);
  }

  /** @param {Source} source @param {Spec} spec */
  static async make(source, spec) {
    return new Figure(await gather(source, spec));
  }

  /** In centimetres and in pixels. */
  get size() {
    const { width, dpi } = this.spec;
    const share = this.scene.height / this.scene.width;
    const columns = pixels(width, dpi);
    return { width, height: width * share, columns, rows: Math.round(columns * share) };
  }

  get counted() {
    return counted(this.content);
  }

  /** @param {HTMLCanvasElement} canvas @param {number} [columns] its own, if left out @returns {boolean} whether it is not too large */
  paint(canvas, columns = this.size.columns) {
    return paintScene(canvas, this.scene, columns);
  }

  /** @param {Kind} kind @param {string} [link] where it can be made again @returns {Promise<Blob | null>} nothing if it is too large */
  async file(kind, link = '') {
    if (kind === 'csv') return tableOf(this.content);
    if (kind === 'svg')
      return new Blob([svgOf(this.scene, { centimetres: this.spec.width, source: link })], { type: 'image/svg+xml' });
    const canvas = document.createElement('canvas');
    return this.paint(canvas) ? printedPng(canvas, this.spec.dpi) : null;
  }

  /** What its file is called, without an ending. */
  get name() {
    const { graph, blocks, spec, why } = this.content;
    const model = graph.variant ? `${graph.model}-${graph.variant}` : graph.model;
    const [panel] = blocks[0]?.panels ?? [];
    if (why) return [model, methodOf(why), why.target].join('-');
    if (spec.layout === 'overlay' || spec.layout === 'together')
      return `${model}-${panel.node}.${panel.maps[0].channel}`;
    const module = graph.modules.find((_, i) =>
      graph.nodes.some((node) => node.id === panel?.node && node.module === i),
    );
    return [model, spec.layout === 'network' ? 'network' : (module?.id ?? 'prediction')].join('-');
  }

  /** Saves it. @param {Kind} kind @param {string} [link] @returns {Promise<string>} what is to be said of it */
  async save(kind, link) {
    const blob = await this.file(kind, link);
    if (!blob) return t.publish.tooLarge;
    return saved(blob, `${this.name}.${kind}`);
  }
}
