/** The figure for keyboards and screen readers: modules and, within them, their ops, as a tree behind the drawing. */

import { h, uniqueId } from '../dom.js';

/**
 * @typedef {object} Item
 * @property {string} name
 * @property {Item[]} [children]
 * @property {HTMLElement} [element]
 * @property {Item} [parent]
 * @property {boolean} [open]
 */

export class Tree {
  /**
   * @param {string} hint how it is used
   * @param {{ onMove: (item: Item) => void, onOpen: (item: Item) => void, onKey: (key: string) => boolean }} callbacks
   *   `onKey`: of any other key, whether it meant something
   */
  constructor(hint, { onMove, onOpen, onKey }) {
    this.onMove = onMove;
    /** @type {Item[]} */
    this.items = [];
    /** @type {Item | null} */
    this.cursor = null;
    const help = h('span', { id: uniqueId('figure'), class: 'hidden', text: hint });
    this.element = h('ul', {
      class: 'figure-tree',
      role: 'tree',
      tabindex: 0,
      'aria-describedby': help.id,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === 'Enter' || event.key === ' ') {
          if (this.cursor) onOpen(this.cursor);
        } else if (!this.#walk(event.key) && !onKey(event.key)) return;
        event.preventDefault();
      },
      // A press of a pointer gives it the focus too, and shall move nothing.
      onfocus: () => this.cursor && this.element.matches(':focus-visible') && this.onMove(this.cursor),
      // Screen readers click what they read.
      onclick: (/** @type {MouseEvent} */ event) => {
        const target = event.target instanceof Element ? event.target.closest('[role=treeitem]') : null;
        const item = target && this.#all().find(({ element }) => element === target);
        if (item) onOpen(item);
      },
    });
    this.help = help;
  }

  /** @param {string} name @param {Item[]} items */
  set(name, items) {
    this.items = items;
    this.element.setAttribute('aria-label', name);
    this.element.replaceChildren(...items.map((item) => this.#element(item)));
    this.cursor = null;
    this.mark(items[0] ?? null);
  }

  /** @param {Item} item @param {Item} [parent] @returns {HTMLElement} */
  #element(item, parent) {
    item.parent = parent;
    const group = item.children?.length
      ? h(
          'ul',
          { role: 'group', hidden: true },
          item.children.map((child) => this.#element(child, item)),
        )
      : null;
    const element = h(
      'li',
      {
        id: uniqueId('figure'),
        role: 'treeitem',
        'aria-label': item.name,
        'aria-expanded': group ? 'false' : null,
        'aria-selected': 'false',
      },
      group,
    );
    item.element = element;
    return element;
  }

  /** In order, ops after their modules. */
  #all() {
    return this.items.flatMap((item) => [item, ...(item.children ?? [])]);
  }

  /** @param {Item} item @param {boolean} open */
  #open(item, open) {
    item.open = open;
    item.element?.setAttribute('aria-expanded', String(open));
    const group = item.element?.firstElementChild;
    if (group instanceof HTMLElement) group.hidden = !open;
  }

  /** @param {string} key @returns {boolean} whether it is one of the tree's */
  #walk(key) {
    const { cursor } = this;
    const shown = this.#all().filter(({ parent }) => !parent || parent.open);
    const at = cursor ? shown.indexOf(cursor) : -1;
    /** @type {Record<string, () => Item | null | undefined>} */
    const steps = {
      ArrowDown: () => shown[Math.min(shown.length - 1, at + 1)],
      ArrowUp: () => shown[Math.max(0, at - 1)],
      Home: () => shown[0],
      End: () => shown.at(-1),
      ArrowRight: () => {
        if (!cursor?.children?.length) return cursor;
        if (cursor.open) return cursor.children[0];
        this.#open(cursor, true);
        return cursor;
      },
      ArrowLeft: () => {
        if (!cursor?.open) return cursor?.parent ?? cursor;
        this.#open(cursor, false);
        return cursor;
      },
    };
    if (!(key in steps)) return false;
    this.go(steps[key]() ?? null);
    return true;
  }

  /** Moves the cursor there. @param {Item | null} item */
  go(item) {
    this.mark(item);
    if (item) this.onMove(item);
  }

  /** Sets the cursor, and moves nothing. @param {Item | null} item */
  mark(item) {
    this.cursor?.element?.setAttribute('aria-selected', 'false');
    this.cursor = item;
    if (item?.parent && !item.parent.open) this.#open(item.parent, true);
    item?.element?.setAttribute('aria-selected', 'true');
    if (item?.element) this.element.setAttribute('aria-activedescendant', item.element.id);
    else this.element.removeAttribute('aria-activedescendant');
  }
}
