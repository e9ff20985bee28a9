/** What of the figure is seen: a place in its middle and a scale, from the whole to one op without a break. */

/**
 * @typedef {import('./layout.js').Box} Box
 * @typedef {{ x: number, y: number }} Place
 */

/** Screen pixels that the whole keeps from the edges. */
const MARGIN = 10;
/** The greatest scale: a map as large as a photo. */
const MOST = 8;
const FLIGHT = 320;

export class Camera {
  /** @param {() => void} onMove */
  constructor(onMove) {
    this.onMove = onMove;
    /** Of the figure, in units. */
    this.size = { width: 1, height: 1 };
    /** Of what it is seen through, in pixels of the screen. */
    this.room = { width: 1, height: 1 };
    this.scale = 1;
    /** @type {Place} */
    this.centre = { x: 0, y: 0 };
    /** Whether the whole is seen, and stays so when the room changes. */
    this.whole = true;
    this.flight = 0;
  }

  /** The scale at which the whole is seen. */
  get least() {
    const { size, room } = this;
    return Math.min((room.width - 2 * MARGIN) / size.width, (room.height - 2 * MARGIN) / size.height, MOST);
  }

  /** @param {{ width: number, height: number }} size of the figure @param {{ width: number, height: number }} room */
  resize(size, room) {
    this.size = size;
    this.room = room;
    if (this.whole) this.#see(this.#all());
    else this.#go(this.centre, this.scale);
  }

  #all() {
    return { centre: middle({ x: 0, y: 0, ...this.size }), scale: this.least };
  }

  fit() {
    this.#fly(this.#all());
  }

  /** Where the screen shows a place. @param {Place} place @returns {Place} */
  onScreen({ x, y }) {
    const { centre, scale, room } = this;
    return { x: room.width / 2 + (x - centre.x) * scale, y: room.height / 2 + (y - centre.y) * scale };
  }

  /** The place that the screen shows there. @param {Place} at */
  under({ x, y }) {
    const { centre, scale, room } = this;
    return { x: centre.x + (x - room.width / 2) / scale, y: centre.y + (y - room.height / 2) / scale };
  }

  /** @param {number} factor @param {Place} [about] on the screen: it stays where it is */
  zoom(factor, about = { x: this.room.width / 2, y: this.room.height / 2 }) {
    this.#land();
    const fixed = this.under(about);
    const scale = Math.min(MOST, Math.max(this.least, this.scale * factor));
    const { room } = this;
    const centre = {
      x: fixed.x - (about.x - room.width / 2) / scale,
      y: fixed.y - (about.y - room.height / 2) / scale,
    };
    this.#go(centre, scale);
  }

  /** @param {number} dx @param {number} dy pixels of the screen */
  pan(dx, dy) {
    this.#land();
    this.#go({ x: this.centre.x - dx / this.scale, y: this.centre.y - dy / this.scale }, this.scale);
  }

  /** Goes where a box is seen as large as it fits, or as large as `most` allows. @param {Box} box @param {number} [most] a scale */
  show(box, most = MOST) {
    const { room } = this;
    const scale = Math.min(most, 0.86 * Math.min(room.width / box.width, room.height / box.height));
    this.#fly({ centre: middle(box), scale: Math.max(this.least, scale) });
  }

  /** Goes no farther than it has to for a box to be seen, at least so large. @param {Box} box @param {number} least a scale */
  reveal(box, least) {
    const { room } = this;
    const scale = Math.max(
      this.scale,
      Math.min(least, 0.86 * Math.min(room.width / box.width, room.height / box.height)),
    );
    const [a, b] = [this.onScreen(box), this.onScreen({ x: box.x + box.width, y: box.y + box.height })];
    const inside = a.x >= 0 && a.y >= 0 && b.x <= room.width && b.y <= room.height;
    if (!inside || scale !== this.scale) this.#fly({ centre: middle(box), scale });
  }

  /** @param {{ centre: Place, scale: number }} end */
  #fly(end) {
    this.#land();
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.#see(end);
    const start = { centre: this.centre, scale: this.scale };
    const begun = performance.now();
    const step = (/** @type {number} */ now) => {
      const share = Math.min(1, (now - begun) / FLIGHT);
      const eased = 1 - (1 - share) ** 3;
      this.flight = share < 1 ? requestAnimationFrame(step) : 0;
      if (share === 1) return this.#see(end);
      const scale = start.scale * (end.scale / start.scale) ** eased;
      // What is to be seen moves evenly on the screen while the scale changes.
      const moved =
        start.scale === end.scale ? eased : (1 / start.scale - 1 / scale) / (1 / start.scale - 1 / end.scale);
      const [a, b] = [start.centre, end.centre];
      this.#go({ x: a.x + (b.x - a.x) * moved, y: a.y + (b.y - a.y) * moved }, scale);
    };
    this.flight = requestAnimationFrame(step);
  }

  /** Ends a flight where it is. */
  #land() {
    if (this.flight) cancelAnimationFrame(this.flight);
    this.flight = 0;
  }

  /** @param {{ centre: Place, scale: number }} end */
  #see({ centre, scale }) {
    this.#go(centre, scale);
  }

  /** @param {Place} centre @param {number} scale */
  #go(centre, scale) {
    const { size, room, least } = this;
    this.scale = Math.max(least, scale);
    this.whole = this.scale <= least * 1.001;
    // As far as there is something to see; what is smaller than the room stays in it.
    const within = (/** @type {number} */ v, /** @type {number} */ all, /** @type {number} */ seen) => {
      const half = (seen - 2 * MARGIN) / this.scale / 2;
      return Math.min(Math.max(half, all - half), Math.max(Math.min(half, all - half), v));
    };
    this.centre = this.whole
      ? middle({ x: 0, y: 0, ...size })
      : { x: within(centre.x, size.width, room.width), y: within(centre.y, size.height, room.height) };
    this.onMove();
  }
}

/** @param {Box} box */
const middle = ({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 });
