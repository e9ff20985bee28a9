/** What is saved of a channel: a picture of it, its values, or its node as a whole. */

import { sideBySide } from '../plates.js';
import { csv, npy, save } from '../save.js';
import { t } from '../words.js';

/** @typedef {import('./channel.js').Shown} Shown */

/** @param {Shown} shown */
const nameOf = ({ node, channel }) => `${node.id}.${channel}`;

/** The photo and the map beside each other. @param {Shown} shown @param {HTMLCanvasElement} photo @param {HTMLCanvasElement} map */
export function savePng(shown, photo, map) {
  const picture = sideBySide(photo, map, shown.scale, t.channel.of(shown.node.id, shown.channel));
  picture?.toBlob((blob) => blob && save(blob, `${nameOf(shown)}.png`), 'image/png');
}

/** The whole node, as NumPy reads it. @param {import('../graph.js').Scope} scope @param {Shown} shown */
export async function saveNpy(scope, { node }) {
  const { shape, data } = await scope.activation(node.id);
  save(npy(shape, data), `${node.id}.npy`);
}

/** @param {Shown} shown */
export function saveCsv(shown) {
  save(csv(shown.data, shown.rows, shown.columns), `${nameOf(shown)}.csv`);
}
