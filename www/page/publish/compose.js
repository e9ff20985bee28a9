/** Sets a figure: what stands where, in points. */

import { drawMap } from '../colour.js';
import * as format from '../format.js';
import { drawOverlay } from '../plates.js';
import { t } from '../words.js';
import { measure } from './draw.js';
import { answer } from './answer.js';
import { Sheet } from './sheet.js';

/**
 * @typedef {import('./gather.js').Content} Content
 * @typedef {import('./gather.js').Block} Block
 * @typedef {import('./gather.js').Panel} Panel
 * @typedef {import('./gather.js').Map} Map
 * @typedef {import('./draw.js').Scene} Scene
 * @typedef {import('../theme.js').Theme} Theme
 */

const GAP = 10;
/** A map is about so wide; between maps is so much; a lane is not narrower than this. */
const TILE = { width: 27, gap: 3, most: 44 };
const LANE = 84;
const PHOTO = 84;
/** How wide one large map is at most. */
const LARGE = 300;

/** @param {Content} content @param {Theme} theme @param {number} width in points @returns {Scene} */
export function compose(content, theme, width) {
  const { spec, title, caption } = content;
  const sheet = new Sheet(theme, width);
  if (title) sheet.text(title, { size: 11, bold: true, after: 4 });
  if (spec.photo && ['lanes', 'grid', 'network'].includes(spec.layout)) header(sheet, content);
  if (spec.layout === 'lanes') lanes(sheet, content.blocks);
  else if (spec.layout === 'grid') for (const one of content.blocks) block(sheet, one);
  else if (spec.layout === 'network') network(sheet, content.blocks);
  else if (spec.layout === 'why') answer(sheet, content);
  else large(sheet, content);
  if (spec.bar && spec.layout !== 'prediction' && spec.layout !== 'why') scaleBar(sheet, content);
  if (caption) sheet.text(caption, { size: 8, fill: theme.muted, before: 2 });
  return sheet.scene(title, caption);
}

/** Photo and prediction over the maps. @param {Sheet} sheet @param {Content} content */
function header(sheet, { seen, top, untrained }) {
  const { y, width } = sheet;
  const side = Math.min(PHOTO, width / 3);
  photo(sheet, seen, sheet.x, y, side);
  const beside = sheet.part(sheet.x + side + GAP, Math.min(260, width - side - GAP));
  guesses(beside, top.slice(0, 3), untrained);
  sheet.y = Math.max(y + side, beside.y) + GAP;
}

/** @param {Sheet} sheet @param {HTMLCanvasElement} canvas @param {number} x @param {number} y @param {number} side */
const photo = (sheet, canvas, x, y, side) =>
  sheet.image(canvas, {
    x,
    y,
    width: side,
    height: (side * canvas.height) / canvas.width,
    smooth: true,
    name: t.photo.title,
  });

/** @param {Sheet} sheet @param {Content['top']} top @param {boolean} untrained */
function guesses(sheet, top, untrained) {
  sheet.text(untrained ? t.publish.untrained : t.predictions.title, { size: 8, fill: sheet.theme.muted, after: 3 });
  for (const { name, probability } of top) {
    const share = format.percent(probability);
    const room = measure(t.publish.widest, 8) + 4;
    sheet.text(name, { size: 9, width: sheet.width - room, aside: share });
    sheet.rect(sheet.x, sheet.y, sheet.width, 3, sheet.theme.line);
    sheet.rect(sheet.x, sheet.y, sheet.width * probability, 3, sheet.theme.accent);
    sheet.y += 7;
  }
}

/** Branches beside each other, in as many rows as they need. @param {Sheet} sheet @param {Block[]} blocks */
function lanes(sheet, blocks) {
  const most = Math.max(1, Math.floor((sheet.width + GAP) / (LANE + GAP)));
  const columns = Math.ceil(blocks.length / Math.ceil(blocks.length / most));
  const width = (sheet.width - (columns - 1) * GAP) / columns;
  for (let i = 0; i < blocks.length; i += columns) {
    const parts = blocks.slice(i, i + columns).map((one, j) => {
      const part = sheet.part(sheet.x + j * (width + GAP), width);
      block(part, one);
      return part.y;
    });
    sheet.y = Math.max(...parts);
  }
}

/** One branch: its name, and the maps of its steps. @param {Sheet} sheet @param {Block} block */
function block(sheet, { label, lane, panels }) {
  sheet.rect(sheet.x, sheet.y, sheet.width, 2, sheet.laneColour(lane));
  sheet.y += 5;
  sheet.text(label, { size: 9, bold: true });
  for (const panel of panels) {
    const own = panel.label === label ? '' : panel.label;
    const { maps, total, shape } = panel;
    const size = format.shape(shape).replaceAll(' ', '\u00a0'); // on one line
    sheet.text([own, size].filter(Boolean).join(', '), { size: 7, fill: sheet.theme.muted });
    sheet.text(t.publish.counted(maps.length, total), { size: 7, fill: sheet.theme.muted, after: 3 });
    tiles(sheet, panel);
  }
  sheet.y += 4;
}

/** @param {Sheet} sheet @param {Panel} panel */
function tiles(sheet, { maps, node }) {
  if (!maps.length) return;
  const { width, gap } = TILE;
  const fit = Math.max(1, Math.floor((sheet.width + gap) / (width + gap)));
  const columns = Math.min(fit, maps.length);
  const size = Math.min(TILE.most, (sheet.width + gap) / columns - gap);
  const [{ rows, columns: across }] = maps;
  const height = (size * rows) / across;
  maps.forEach((map, i) => {
    const [x, y] = [sheet.x + (i % columns) * (size + gap), sheet.y + Math.floor(i / columns) * (height + 12)];
    sheet.image(picture(map), {
      x,
      y,
      width: size,
      height,
      smooth: false,
      name: t.channel.of(node, map.channel),
      at: { node, channel: map.channel },
    });
    if (map.lane !== null) sheet.rect(x, y + height, size, 1.2, sheet.laneColour(map.lane));
    sheet.label(String(map.channel), x, y + height + 7.5, { size: 6.5, fill: sheet.theme.muted });
  });
  sheet.y += Math.ceil(maps.length / columns) * (height + 12) + 2;
}

/** @param {Map} map */
function picture({ data, rows, columns, scale }) {
  const canvas = document.createElement('canvas');
  drawMap(canvas, data, rows, columns, scale);
  return canvas;
}

/** Modules in their order, each by its mean map. @param {Sheet} sheet @param {Block[]} blocks */
function network(sheet, blocks) {
  const columns = Math.max(2, Math.floor((sheet.width + GAP) / (74 + GAP)));
  const width = (sheet.width - (columns - 1) * GAP) / columns;
  for (let i = 0; i < blocks.length; i += columns) {
    const ends = blocks.slice(i, i + columns).map(
      (
        {
          label,
          panels: [
            {
              maps: [map],
              shape,
              node,
            },
          ],
        },
        j,
      ) => {
        const part = sheet.part(sheet.x + j * (width + GAP), width);
        const height = (width * map.rows) / map.columns;
        part.image(picture(map), {
          x: part.x,
          y: part.y,
          width,
          height,
          smooth: false,
          name: t.network.thumbnail(label),
          at: { node, channel: -1 },
        });
        part.y += height + 2;
        part.text(label, { size: 8, bold: true });
        part.text(format.shape(shape), { size: 7, fill: sheet.theme.muted });
        return part.y;
      },
    );
    sheet.y = Math.max(...ends) + 6;
  }
}

/**
 * Photo, map and prediction beside each other; the map over the photo; or photo and prediction.
 * @param {Sheet} sheet @param {Content} content
 */
function large(sheet, { spec, seen, blocks, top, untrained }) {
  const panel = blocks[0]?.panels[0];
  const [map] = panel?.maps ?? [];
  if (spec.layout === 'overlay' && map) {
    const side = Math.min(LARGE, sheet.width);
    const canvas = document.createElement('canvas');
    drawOverlay(canvas, seen, map, 0.75);
    sheet.image(canvas, {
      x: sheet.x,
      y: sheet.y,
      width: side,
      height: (side * seen.height) / seen.width,
      smooth: true,
      name: blocks[0].label,
      at: { node: panel.node, channel: map.channel },
    });
    sheet.y += (side * seen.height) / seen.width + GAP;
    return;
  }
  const narrow = sheet.width < 260;
  const count = map ? (narrow ? 2 : 3) : narrow ? 1 : 2;
  const width = Math.min(LARGE / 2, (sheet.width - (count - 1) * GAP) / count);
  const start = sheet.y;
  const column = (/** @type {number} */ i) => sheet.part(sheet.x + i * (width + GAP), width, start);
  const first = column(0);
  photo(first, seen, first.x, first.y, width);
  first.y += (width * seen.height) / seen.width + GAP;
  let end = first.y;
  if (map) {
    const second = column(1);
    const height = (width * map.rows) / map.columns;
    second.image(picture(map), {
      x: second.x,
      y: second.y,
      width,
      height,
      smooth: false,
      name: blocks[0].label,
      at: { node: panel.node, channel: map.channel },
    });
    second.y += height + GAP;
    end = Math.max(end, second.y);
  }
  const x = map ? 2 * (width + GAP) : width + GAP;
  const last =
    narrow && (map || count === 1)
      ? sheet.part(sheet.x, sheet.width, end)
      : sheet.part(sheet.x + x, Math.min(260, sheet.width - x), start);
  guesses(last, top.slice(0, 5), untrained);
  sheet.y = Math.max(end, last.y) + (narrow ? GAP : 0);
}

/** What the colours mean. @param {Sheet} sheet @param {Content} content */
function scaleBar(sheet, { scale, blocks, spec }) {
  const scales = blocks.flatMap(({ panels }) => panels.flatMap(({ maps }) => maps.map((map) => map.scale)));
  const kind = scale?.kind ?? (scales.some((one) => one.kind === 'diverging') ? 'diverging' : 'sequential');
  const clipped = scale && Math.max(scale.max, -scale.min) > scale.top;
  const top = !scale ? t.view.ownMaximum : clipped ? t.view.atLeast(format.value(scale.top)) : format.value(scale.top);
  const bottom = kind === 'sequential' ? '0' : scale ? format.value(-scale.top) : t.view.ownMinimum;
  const notes = [
    scale ? '' : t.publish.ownScales[spec.layout === 'network' || spec.colours === 'map' ? 'map' : 'op'],
    clipped ? t.view.clipped(scale.top, Math.max(scale.max, -scale.min)) : '',
  ];
  sheet.ramp(kind, bottom, top, notes.filter(Boolean).join(' '));
}
