/** @typedef {import('playwright-core').Locator} Locator */

/** How far apart what stands beside each other is, at least, in pixels. */
const GAP = 4;

/**
 * What overhangs its row, or comes too near to something else in it: by what is written, not by the boxes that it is written in.
 * @param {Locator} rows
 * @param {string} parts selectors of what is in a row
 * @returns {Promise<string[]>}
 */
export const crowded = (rows, parts) => rows.evaluateAll((all, { parts, gap }) => all.flatMap((row) => {
  const room = row.getBoundingClientRect();
  const boxes = [...row.querySelectorAll(parts)].filter((part) => part.checkVisibility()).map((part) => {
    const text = document.createRange();
    text.selectNodeContents(part);
    const isText = part.textContent !== '' && !part.matches('select');
    return { name: part.textContent || part.className || part.tagName, box: (isText ? text : part).getBoundingClientRect() };
  });
  const apart = (/** @type {DOMRect} */ a, /** @type {DOMRect} */ b) =>
    a.right + gap <= b.left || b.right + gap <= a.left || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
  const over = boxes.filter(({ box }) => box.left < room.left - 1 || box.right > room.right + 1).map(({ name }) => `${name} overhangs`);
  const near = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => !apart(a.box, b.box)).map((b) => `${a.name} on ${b.name}`));
  return [...over, ...near];
}), { parts, gap: GAP });
