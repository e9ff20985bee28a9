/** Sizes of what the figure is made of, in units: pixels at a zoom of 1. */

/** Side of a map. */
export const MAP = 56;
/** The map of what leaves a module: what one follows through the network. */
export const OUTPUT = 84;
/** From a box's edge to its map. */
export const PAD = 4;
/** Two lines of text beneath a map. */
export const LABEL = 24;
export const GAP = { x: 12, y: 16 };
/** Where lines fan out and come together. */
export const FAN = 24;
/** The ranges of a concat. */
export const BAR = 10;
/** The line of text beneath a concat without a map. */
export const NAME = 12;
/** The circle of a sum. */
export const SUM = 16;
/** Width of a concat of two ops within a branch. */
export const INNER = 2 * (MAP + 2 * PAD) + GAP.x;
/** A module's box: the room within its edge, a line of its title, and the least width of all. */
export const CARD = { pad: 10, title: 13, least: 96 };
export const BETWEEN = { cards: 32, columns: 38, aux: 36 };
/** A shortcut without ops: a line around. */
export const SHORTCUT = 16;
/** The prediction, beneath the softmax. */
export const ANSWER = { width: 172, height: 52 };
/** Width of a title; Korean letters are square. @param {string} text */
export const letters = (text) => [...text].reduce((sum, c) => sum + (c > '\u2e7f' ? 11 : 6.1), 0);
