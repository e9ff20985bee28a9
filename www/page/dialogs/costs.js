/** What the networks cost, beside what the papers print, and what factorising saves. */

import { factorisations, papers } from '../../inceptionscope.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';
import { h } from '../dom.js';
import { sentence } from '../faults.js';
import * as format from '../format.js';

/**
 * @typedef {import('../../inceptionscope.js').Factorisation} Factorisation
 * @typedef {import('../../inceptionscope.js').ModelInfo} ModelInfo
 * @typedef {import('../../inceptionscope.js').PaperTable} PaperTable
 */

export class CostsDialog {
  constructor() {
    this.body = h('div', { class: 'costs-body' });
    this.element = dialog(
      'weights',
      t.costs.title,
      h('p', { text: t.costs.about }),
      this.body,
    );
  }

  /** @param {ModelInfo[]} models */
  async open(models) {
    this.element.showModal();
    if (this.body.childElementCount) return; // none of it changes
    try {
      const [ways, tables] = await Promise.all([factorisations(), papers()]);
      const printed = tables.find((table) => table.id === 'costs');
      this.body.replaceChildren(
        networks(models, printed),
        h('h3', { text: t.costs.factorisations }),
        ...ways.map(factorisation),
        h('h3', { text: t.costs.tables }),
        ...tables.filter((table) => table !== printed).map((one) => paper(one)),
      );
    } catch (error) {
      this.body.replaceChildren(h('p', { text: sentence(error) }));
    }
  }
}

/**
 * A table that scrolls on its own where it is too wide.
 * @param {string} name
 * @param {string[]} columns
 * @param {(string | HTMLElement)[][]} rows the first cell names the row
 */
export function table(name, columns, rows) {
  return h(
    'div',
    { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': name },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          columns.map((text) => h('th', { scope: 'col', text })),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(([first, ...cells]) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, first),
            cells.map((cell) => h('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}

/** @param {ModelInfo[]} models @param {PaperTable} [printed] */
function networks(models, printed) {
  const c = t.costs.columns;
  return table(
    t.costs.networks,
    [c.network, c.params, c.paramsPrinted, c.macs, c.macsPrinted, c.where],
    models.map((model) => {
      const [, params, macs, where] = printed?.rows.find(([id]) => id === model.id) ?? [];
      return [
        model.title,
        format.count(model.params),
        String(params ?? t.costs.blank),
        format.count(model.macs),
        String(macs ?? t.costs.blank),
        h('span', { class: 'where', text: String(where ?? t.costs.blank) }),
      ];
    }),
  );
}

/** @param {Factorisation} one */
function factorisation({ job, source, input, ways }) {
  const c = t.costs.columns;
  const most = ways[0].macs;
  return h(
    'section',
    {},
    h('h4', { text: t.costs.job(job, input) }),
    h('p', { class: 'muted small', text: source }),
    table(
      job,
      [c.how, c.output, c.weights, c.macs, c.share],
      ways.map((way) => [
        way.how,
        format.shape(way.output),
        format.count(way.params),
        format.count(way.macs),
        h('span', { class: 'share number', style: `--p:${way.macs / most}`, text: format.percent(way.macs / most) }),
      ]),
    ),
  );
}

/** A table as a paper prints it. @param {PaperTable} printed @param {boolean} [open] */
export function paper({ source, columns, rows }, open = false) {
  return h(
    'details',
    { open },
    h('summary', { text: source }),
    table(
      source,
      columns,
      rows.map((row) => row.map((cell) => String(cell ?? t.costs.blank))),
    ),
  );
}
