/** What is known of ImageNet weights, one click away. */

import { catalogue } from '../../inceptionscope.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';
import { h } from '../dom.js';
import * as format from '../format.js';
import { WEIGHT_FILES } from '../files.js';

export class WeightsDialog {
  /**
   * @param {{ onFiles: (files: File[]) => void, onUse: (model: string, id: string) => void }} callbacks
   */
  constructor(callbacks) {
    this.callbacks = callbacks;
    this.body = h('div', { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': t.weights.title });
    const file = h('input', {
      type: 'file',
      id: 'weights-file',
      class: 'hidden',
      accept: WEIGHT_FILES.join(','),
      multiple: true,
      onchange: () => {
        this.element.close();
        if (file.files?.length) callbacks.onFiles([...file.files]);
        file.value = '';
      },
    });
    this.file = file;
    this.element = dialog(
      'weights',
      t.weights.title,
      h('p', { text: t.weights.about }),
      this.body,
      h('p', { class: 'choose' }, file, h('label', { for: 'weights-file', class: 'button', text: t.weights.choose })),
    );
  }

  async open() {
    this.element.showModal();
    try {
      this.#fill(await catalogue());
    } catch {
      this.body.replaceChildren(h('p', { text: t.weights.none }));
    }
  }

  /** @param {import('../../inceptionscope.js').Source[]} sources */
  #fill(sources) {
    const c = t.weights.columns;
    this.body.replaceChildren(
      h(
        'table',
        { class: 'sources' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            [c.network, c.file, c.size, c.accuracy, c.licence, c.verified, ''].map((text) =>
              text ? h('th', { scope: 'col', text }) : h('td'),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          sources
            .filter((source) => source.page)
            .map((source) =>
              h(
                'tr',
                {},
                h('th', { scope: 'row', text: source.title }),
                h('td', {}, h('a', { href: source.page, rel: 'noreferrer', target: '_blank', text: source.id })),
                h('td', { class: 'number', text: format.bytes(source.bytes) }),
                h('td', {
                  class: 'number',
                  title: source.top1_source,
                  text: source.top1 ? format.percent(source.top1 / 100) : t.costs.blank,
                }),
                h('td', { text: source.licence }),
                h('td', { text: `${t.weights.contents[source.contents]}; ${t.weights.tested[source.tested]}` }),
                h(
                  'td',
                  {},
                  source.cors === 'no'
                    ? this.#byHand(source)
                    : h('button', {
                        type: 'button',
                        class: 'quiet',
                        'aria-label': t.weights.openOf(source.id),
                        text: t.weights.open,
                        onclick: () => {
                          this.element.close();
                          this.callbacks.onUse(source.model, source.id);
                        },
                      }),
                ),
              ),
            ),
        ),
      ),
    );
  }

  /** What to do for a file that no page may fetch. @param {import('../../inceptionscope.js').Source} source */
  #byHand({ id, url }) {
    if (url.startsWith('npm:')) return h('code', { title: t.weights.byCommand, text: `cargo xtask weights ${id}` });
    return h('a', {
      href: url,
      rel: 'noreferrer',
      'aria-label': t.weights.downloadOf(id),
      title: t.weights.thenDrop,
      text: t.weights.download,
    });
  }
}
