/** Hands on the figure: a mouse drags and its wheel zooms; two fingers do both, while one scrolls the page. */

/**
 * @typedef {import('./camera.js').Camera} Camera
 * @typedef {import('./camera.js').Place} Place
 */

/** Pixels that a press may move before it becomes a drag. */
const SLOP = 4;
/** Milliseconds after the page has scrolled in which a wheel goes on scrolling it. */
const SCROLLING = 350;

/**
 * @param {HTMLElement} box
 * @param {Camera} camera
 * @param {{ hover: (at: Place | null) => void, choose: (at: Place) => void }} told of places on the screen, from the box's corner
 */
export function gestures(box, camera, { hover, choose }) {
  const place = (/** @type {{ clientX: number, clientY: number }} */ { clientX, clientY }) => {
    const { left, top } = box.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };

  /** @type {{ at: Place, moved: boolean } | null} */
  let press = null;
  box.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch' || event.button !== 0 || onButton(event)) return;
    press = { at: place(event), moved: false };
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'touch') return;
    const at = place(event);
    if (!press) return hover(onButton(event) ? null : at);
    const [dx, dy] = [at.x - press.at.x, at.y - press.at.y];
    if (!press.moved && Math.hypot(dx, dy) < SLOP) return;
    press = { at, moved: true };
    box.classList.add('dragged');
    hover(null);
    camera.pan(dx, dy);
  });
  const end = () => {
    press = null;
    box.classList.remove('dragged');
  };
  box.addEventListener('pointerup', (event) => {
    if (press && !press.moved) choose(place(event));
    end();
  });
  box.addEventListener('pointercancel', end);
  box.addEventListener('pointerleave', () => hover(null));

  let scrolled = -Infinity;
  addEventListener('scroll', () => (scrolled = performance.now()), { passive: true });
  box.addEventListener(
    'wheel',
    (event) => {
      // A wheel that scrolls the page is not caught by what comes under it; and the whole is as small as it gets.
      const out = event.deltaY > 0;
      if (!event.ctrlKey && (performance.now() - scrolled < SCROLLING || (out && camera.whole))) return;
      event.preventDefault();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 * event.deltaY : event.deltaY;
      // A pinch on a touchpad comes as a wheel with Ctrl, in small steps.
      camera.zoom(Math.exp(-Math.max(-120, Math.min(120, pixels)) * (event.ctrlKey ? 0.01 : 0.0022)), place(event));
    },
    { passive: false },
  );

  /** @type {{ middle: Place, spread: number } | null} */
  let pinch = null;
  /** @type {Place | null} */
  let tap = null;
  const pinchOf = (/** @type {TouchList} */ touches) => {
    const [a, b] = [place(touches[0]), place(touches[1])];
    return { middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }, spread: Math.hypot(a.x - b.x, a.y - b.y) };
  };
  box.addEventListener(
    'touchstart',
    (event) => {
      if (event.touches.length === 2) event.preventDefault();
      pinch = event.touches.length === 2 ? pinchOf(event.touches) : null;
      tap = event.touches.length === 1 && !onButton(event) ? place(event.touches[0]) : null;
    },
    { passive: false },
  );
  box.addEventListener(
    'touchmove',
    (event) => {
      if (tap && event.touches.length === 1) {
        const { x, y } = place(event.touches[0]);
        if (Math.hypot(x - tap.x, y - tap.y) > 2 * SLOP) tap = null;
      }
      if (!pinch || event.touches.length !== 2) return;
      event.preventDefault();
      const now = pinchOf(event.touches);
      camera.pan(now.middle.x - pinch.middle.x, now.middle.y - pinch.middle.y);
      camera.zoom(now.spread / (pinch.spread || 1), now.middle);
      pinch = now;
    },
    { passive: false },
  );
  box.addEventListener('touchend', (event) => {
    if (tap && event.touches.length === 0) {
      event.preventDefault(); // no click follows
      choose(tap);
    }
    tap = null;
    pinch = event.touches.length === 2 ? pinchOf(event.touches) : null;
  });
  box.addEventListener('touchcancel', () => {
    tap = null;
    pinch = null;
  });
}

/** @param {Event} event */
const onButton = ({ target }) => target instanceof Element && target.closest('button') !== null;
