/** The folder of photos that the visitor gave: chosen or dropped, with the class of each folder. */

import { h, uniqueId } from './dom.js';
import { ofFiles } from './folder.js';
import { t } from './words.js';

/**
 * @typedef {import('./folder.js').FolderPhoto} FolderPhoto
 * @typedef {import('./graph.js').Scope} Scope
 */

/** Phones choose no folders. */
const CHOOSES_FOLDERS =
  'webkitdirectory' in HTMLInputElement.prototype && !/Android|iPhone|iPad/.test(navigator.userAgent);

export class Photos {
  /** @type {FolderPhoto[]} */
  list = [];
  /** Folders that are named after a class. @type {Map<string, number>} */
  classes = new Map();
  /** @type {(() => void)[]} */
  #listeners = [];

  /** @param {() => Scope | null} scope the network whose classes count */
  constructor(scope) {
    this.scope = scope;
  }

  /** The names of all folders. */
  get folders() {
    return [...new Set(this.list.flatMap(({ folder }) => (folder === null ? [] : [folder])))];
  }

  /** @param {() => void} listener told of other photos */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** @param {FolderPhoto[]} list */
  async set(list) {
    this.list = list;
    await this.match();
    for (const listener of this.#listeners) listener();
  }

  /** Which folders are classes of the network that is shown. */
  async match() {
    const scope = this.scope();
    const found = await Promise.all(this.folders.map((folder) => scope?.classOf(folder).catch(() => null) ?? null));
    this.classes = new Map(this.folders.flatMap((folder, i) => (found[i] === null ? [] : [[folder, found[i]]])));
  }

  /** What there is, in words. */
  described() {
    const { list, folders, classes } = this;
    const unknown = folders.filter((folder) => !classes.has(folder));
    return t.evaluate.found(list.length, folders.length, unknown);
  }

  /** As an evaluation asks for them. @param {boolean} known whether folders are classes */
  asked(known) {
    return this.list.map(({ name, folder, file }) => ({
      name,
      input: file,
      class: known && folder !== null ? (this.classes.get(folder) ?? null) : null,
    }));
  }

  /** @param {string} name */
  fileOf(name) {
    return this.list.find((photo) => photo.name === name)?.file;
  }

  /** Buttons that choose a folder, or several photos. */
  choosers() {
    const button = (/** @type {string} */ text, /** @type {Record<string, unknown>} */ how) => {
      const input = h('input', {
        type: 'file',
        id: uniqueId('photos'),
        class: 'hidden',
        multiple: true,
        ...how,
        onchange: () => {
          if (input.files?.length) this.set(ofFiles(input.files));
          input.value = '';
        },
      });
      return [input, h('label', { for: input.id, class: 'button small', text })];
    };
    return h(
      'p',
      { class: 'choose' },
      CHOOSES_FOLDERS ? button(t.evaluate.chooseFolder, { webkitdirectory: true }) : [],
      button(t.evaluate.choosePhotos, { accept: 'image/*' }),
    );
  }
}
