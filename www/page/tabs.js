/** Contents of which one is shown, chosen by tabs (the ARIA practices' pattern). */

import { h, uniqueId } from './dom.js';

/**
 * @template {string} Name
 * @param {string} label what the tabs are for
 * @param {Record<Name, { title: string, content: HTMLElement }>} contents
 * @param {(name: Name) => void} onChoose also told the first one
 */
export function tabs(label, contents, onChoose) {
  const names = /** @type {Name[]} */ (Object.keys(contents));
  const panels = names.map((name) =>
    h('div', { id: uniqueId('view'), role: 'tabpanel', tabindex: 0, class: 'view' }, contents[name].content),
  );
  const buttons = names.map((name, i) => {
    const { id } = panels[i];
    const text = contents[name].title;
    const button = h('button', {
      type: 'button',
      role: 'tab',
      id: uniqueId('tab'),
      'aria-controls': id,
      onclick: () => choose(i),
      text,
    });
    panels[i].setAttribute('aria-labelledby', button.id);
    return button;
  });
  let chosen = 0;
  function choose(/** @type {number} */ next) {
    chosen = next;
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === next));
      button.tabIndex = i === next ? 0 : -1;
      panels[i].hidden = i !== next;
    });
    onChoose(names[next]);
  }
  const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label }, buttons);
  list.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    choose((chosen + by + names.length) % names.length);
    buttons[chosen].focus();
  });
  choose(0);
  return h('div', { class: 'views' }, list, panels);
}
