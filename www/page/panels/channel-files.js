/** What is saved of a channel: its values, or its node as a whole. */

import { csv, npy, save } from '../save.js';

/** @typedef {import('./channel.js').Shown} Shown */

/** @param {Shown} shown */
const nameOf = ({ node, channel }) => `${node.id}.${channel}`;

/** The whole node, as NumPy reads it. @param {import('../graph.js').Scope} scope @param {Shown} shown */
export async function saveNpy(scope, { node }) {
  const { shape, data } = await scope.activation(node.id);
  save(npy(shape, data), `${node.id}.npy`);
}

/** @param {Shown} shown */
export function saveCsv(shown) {
  save(csv(shown.data, shown.rows, shown.columns), `${nameOf(shown)}.csv`);
}
