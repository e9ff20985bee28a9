/** What the browser keeps of weights: sizes, and how to be rid of them. */

import { forget, stored } from '../../inceptionscope.js';
import { inTime } from '../../runtime/patience.js';
import * as pictures from '../kept-pictures.js';
import * as own from '../own.js';
import { sentence } from '../faults.js';
import { t } from '../words.js';
import { dialog } from './dialog.js';
import { h, setText } from '../dom.js';
import * as format from '../format.js';

/** How long the browser may take to say how much it allows, in milliseconds. */
const PATIENCE = 2000;

export class StorageDialog {
  constructor() {
    this.sum = h('p', { role: 'status' });
    this.body = h('div', { class: 'table-box', tabindex: 0, role: 'region', 'aria-label': t.storage.title });
    this.element = dialog(
      'weights',
      t.storage.title,
      h('p', { text: t.storage.about }),
      this.sum,
      this.body,
    );
  }

  async open() {
    this.element.showModal();
    await this.#fill();
  }

  /** @param {string} name @param {() => Promise<void>} forget */
  #delete(name, forget) {
    return h('button', {
      type: 'button',
      class: 'quiet',
      'aria-label': t.storage.deleteOf(name),
      text: t.storage.delete,
      onclick: async () => {
        await forget();
        await this.#fill();
      },
    });
  }

  async #fill() {
    const [owns, walls, quota] = await Promise.all([own.list(), pictures.walls(), room()]);
    let problem = '';
    const files = await stored().catch((error) => {
      problem = sentence(error);
      return [];
    });
    const sum = [...files, ...walls, ...owns.map(({ file }) => ({ bytes: file.size }))].reduce((total, { bytes }) => total + bytes, 0);
    setText(this.sum, problem || t.storage.total(sum, quota));
    const c = t.storage.columns;
    this.body.replaceChildren(
      files.length + owns.length + walls.length === 0
        ? h('p', { class: 'muted', text: problem ? '' : t.storage.none })
        : h(
            'table',
            {},
            h(
              'thead',
              {},
              h(
                'tr',
                {},
                [c.file, c.size, c.state, ''].map((text) => (text ? h('th', { scope: 'col', text }) : h('td'))),
              ),
            ),
            h(
              'tbody',
              {},
              owns.map(({ id, kind, name, file }) =>
                h(
                  'tr',
                  {},
                  h('th', { scope: 'row', text: name || t.kept.camera }),
                  h('td', { class: 'number', text: format.bytes(file.size) }),
                  h('td', { text: t.kept.kinds[kind] }),
                  h('td', {}, this.#delete(name || t.kept.camera, () => own.forget(id))),
                ),
              ),
              walls.map(({ wall, title, count, bytes }) =>
                h(
                  'tr',
                  {},
                  h('th', { scope: 'row', text: title }),
                  h('td', { class: 'number', text: format.bytes(bytes) }),
                  h('td', { text: t.wall.kept(count) }),
                  h('td', {}, this.#delete(title, async () => void (await pictures.forgetWall(wall)))),
                ),
              ),
              files.map((file) =>
                h(
                  'tr',
                  {},
                  h('th', { scope: 'row', title: file.url, text: file.name }),
                  h('td', { class: 'number', text: format.bytes(file.bytes) }),
                  h('td', {
                    title: file.sha256 ? `SHA-256 ${file.sha256}` : null,
                    text: file.sha256
                      ? t.storage.complete
                      : t.storage.partial(file.total ? file.bytes / file.total : null),
                  }),
                  h('td', {}, this.#delete(file.name, () => forget(file.url))),
                ),
              ),
            ),
          ),
    );
  }
}

/** How much the browser lets the page keep, in bytes, if it says so. */
async function room() {
  const estimate = async () => (await navigator.storage.estimate()).quota ?? null;
  return inTime(estimate(), PATIENCE).catch(() => null);
}
