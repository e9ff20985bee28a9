/** An explanation in a figure: its map over the photo with the colour scale, and branches as bars. */

import { scaleOf } from '../colour.js';
import * as format from '../format.js';
import { nodeOf } from '../graph.js';
import { drawOverlay } from '../plates.js';
import { t } from '../words.js';

/**
 * @typedef {import('./gather.js').Content} Content
 * @typedef {import('./sheet.js').Sheet} Sheet
 * @typedef {{ label: string, lane: number | null, value: number }} Bar
 */

const GAP = 14;
const MAP = 210;

/** @param {Sheet} sheet @param {Content} content */
export function answer(sheet, { why, seen, graph, spec }) {
  if (!why) return;
  const lane = (/** @type {string} */ node) => nodeOf(graph, node)?.lane ?? null;
  const named = (/** @type {string} */ id) => graph.modules.find((module) => module.id === id)?.label ?? id;
  if ('modules' in why) {
    const all = why.modules.flatMap(({ lanes, sum }) => (lanes.length ? lanes.map(({ share }) => share) : [sum]));
    for (const { module, lanes, sum } of why.modules) {
      const parts = lanes.map(({ label, lane, share }) => ({ label, lane, value: share }));
      bars(sheet, named(module), parts.length ? parts : [{ label: '', lane: null, value: sum }], all);
    }
    return;
  }
  if (!('map' in why)) {
    // Of channels those with the largest falls.
    const shown = why.module ? why.branches.toSorted((a, b) => b.drop - a.drop).slice(0, 24) : why.branches;
    const values = shown.map(({ module, label, channel, lane, drop }) => ({
      module,
      label: channel === undefined ? label : t.why.channel(channel),
      lane,
      value: drop,
    }));
    const all = values.map(({ value }) => value);
    for (const module of new Set(values.map((one) => one.module)))
      bars(
        sheet,
        named(module),
        values.filter((one) => one.module === module),
        all,
      );
    return;
  }
  const beside = why.shares.length > 1 && sheet.width > 2 * MAP * 0.8;
  const width = Math.min(MAP, beside ? sheet.width / 2 : sheet.width);
  const map = sheet.part(sheet.x, width);
  const canvas = document.createElement('canvas');
  const { kind, top, most } = scaleOf(why.mapInput, why.attribution !== null);
  const [, rows, columns] = graph.input;
  drawOverlay(canvas, seen, { data: why.mapInput, rows, columns, scale: { kind, top } }, 0.75);
  const height = (width * rows) / columns;
  map.image(canvas, {
    x: map.x,
    y: map.y,
    width,
    height,
    smooth: true,
    name: t.why.mapOf(t.why.methods[why.method], [rows, columns]),
  });
  map.y += height + 8;
  const note = [t.why.legends[why.attribution ? 'size' : kind], most > top ? t.view.clipped(top, most) : '']
    .filter(Boolean)
    .join(' ');
  if (spec.bar) map.ramp(kind, format.value(kind === 'sequential' ? 0 : -top), format.value(top), note);
  const shares = why.shares.map(({ node, label, share }) => ({ label: label ?? node, lane: lane(node), value: share }));
  const side = beside
    ? sheet.part(sheet.x + width + GAP, sheet.width - width - GAP)
    : sheet.part(sheet.x, sheet.width, map.y);
  if (shares.length > 1) {
    const module = graph.modules[nodeOf(graph, why.shares[0].node)?.module ?? 0];
    bars(
      side,
      t.why.shares(module.label),
      shares,
      shares.map(({ value }) => value),
    );
    side.text(t.why.sharesNote(Number(why.bias), Number(why.value)), { size: 7, fill: sheet.theme.muted });
  }
  sheet.y = Math.max(map.y, side.y);
}

/** @param {Sheet} sheet @param {string} title @param {Bar[]} branches @param {number[]} all values that share a scale */
function bars(sheet, title, branches, all) {
  const [from, to] = [Math.min(0, ...all), Math.max(0, ...all)];
  const [label, number] = [Math.min(92, sheet.width / 3), 42];
  const scale = (sheet.width - label - number - 8) / (to - from || 1);
  sheet.text(title, { size: 8, bold: true, after: 2 });
  for (const branch of branches) {
    const y = sheet.y;
    sheet.text(branch.label, { size: 8, width: label });
    sheet.rect(
      sheet.x + label + (Math.min(0, branch.value) - from) * scale,
      y + 2.5,
      Math.abs(branch.value) * scale,
      6,
      sheet.laneColour(branch.lane),
    );
    sheet.label(format.value(branch.value), sheet.x + sheet.width, y + 8, {
      size: 8,
      fill: sheet.theme.ink,
      anchor: 'end',
    });
    sheet.y += 2;
  }
  sheet.y += 6;
}
