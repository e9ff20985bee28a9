/** Many buttons side by side of which Tab reaches one; arrows go from one to the next. */

/** @param {HTMLElement} grid its buttons, whenever they come */
export function roving(grid) {
  const buttons = () => [...grid.querySelectorAll('button')];
  /** The one that Tab reaches. @type {HTMLButtonElement | undefined} */
  let reached;
  const reach = (/** @type {HTMLButtonElement | undefined} */ one) => {
    reached = one;
    for (const button of buttons()) button.tabIndex = button === one ? 0 : -1;
  };
  grid.addEventListener('focusin', ({ target }) => target instanceof HTMLButtonElement && reach(target));
  grid.addEventListener('keydown', (event) => {
    const all = buttons();
    const at = all.findIndex((button) => button === document.activeElement);
    const top = all[0]?.offsetTop;
    const perRow = Math.max(1, all.findIndex((button) => button.offsetTop > top));
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perRow, ArrowUp: -perRow, Home: -at, End: all.length - 1 - at }[event.key];
    if (by === undefined || at < 0) return;
    event.preventDefault();
    all[at + by]?.focus();
  });
  new MutationObserver(() => {
    const all = buttons();
    reach(all.find((button) => button === reached) ?? all[0]);
  }).observe(grid, { childList: true });
}
