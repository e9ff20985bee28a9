/** The numbers behind a figure: every value of each map that it shows, and the predictions. */

import { csvLines } from '../save.js';

/** @param {import('./gather.js').Content} content */
export function tableOf({ blocks, top, spec }) {
  const lines = ['node,channel,row,column,value'];
  for (const { node, maps } of blocks.flatMap(({ panels }) => panels)) {
    for (const { channel, data, columns } of maps) {
      const name = channel < 0 ? 'mean' : channel;
      data.forEach((value, i) => lines.push(`${node},${name},${Math.floor(i / columns)},${i % columns},${value}`));
    }
  }
  if (spec.photo || !blocks.length)
    for (const guess of top) lines.push(`probability,${guess.class},,,${guess.probability}`);
  return csvLines(lines);
}
