/** Making elements. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * An element. Attributes: `class`, `text`, `on…` handlers, ARIA and the rest by name; `false`, `null`
 * and `undefined` leave one out, `true` sets it empty.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'text') element.textContent = value;
    else if (name === 'style') element.style.cssText = value;
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(
    ...children
      .flat()
      .filter((c) => c !== null && c !== undefined && c !== false)
      .map((c) => (typeof c === 'number' ? String(c) : /** @type {Node | string} */ (c))),
  );
  return element;
}

/**
 * Sets text only where it changed, so that screen readers are not told twice.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * A control with its name before it.
 * @param {HTMLElement & { id: string }} control
 * @param {string} text
 * @param {string} [kind] its class
 */
export function labelled(control, text, kind = 'labelled') {
  control.id ||= uniqueId('control');
  return h('span', { class: kind }, h('label', { for: control.id, text }), control);
}

/**
 * A word of explanation: a button, and what it shows beside itself, for pointer, finger and keyboard.
 * @param {string} name what the button says to a screen reader
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function help(name, text) {
  const box = h('div', { popover: 'auto', id: uniqueId('help'), class: 'help-text', text });
  const button = h('button', { type: 'button', class: 'help', popovertarget: box.id, 'aria-label': name, text: '?' });
  box.addEventListener('toggle', () => {
    const [at, { width }] = [button.getBoundingClientRect(), box.getBoundingClientRect()];
    box.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8))}px`;
    box.style.top = `${at.bottom + 6}px`;
  });
  return [button, box];
}

/** Whether Escape was pressed, and means nothing nearer: a dialog, a word of explanation. @param {KeyboardEvent} event */
export const isEscape = (event) =>
  event.key === 'Escape' && !event.defaultPrevented && !document.querySelector('dialog[open], :popover-open');

/** Whether a finger is what the visitor points with. */
export const IS_TOUCH = globalThis.matchMedia?.('(pointer: coarse)').matches ?? false;

/** Lets the browser draw and listen, in the middle of much work. */
export const pause = () => new Promise((resolve) => setTimeout(resolve));

let serial = 0;

/** An id that no other element has. @param {string} stem */
export function uniqueId(stem) {
  serial += 1;
  return `${stem}-${serial}`;
}
