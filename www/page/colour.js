/**
 * Colour scales for feature maps, even steps of perceived lightness in OKLCH. Zero is near black in
 * both: after a ReLU the scale climbs from there through plum, red and amber to cream; signed values have
 * that same warm arm above zero and a blue one below. Values that are not finite are green, which
 * neither scale contains.
 */

/** @typedef {'sequential' | 'diverging'} Kind */

/**
 * What a value's colour means.
 * @typedef {object} Scale
 * @property {Kind} kind
 * @property {number} top the value of the lightest colour; a diverging scale also ends at −top
 *
 * @typedef {Scale & { max: number, min: number }} Shared
 */

export const ALARM = [0, 255, 100];

const STEPS = 256;

/** @type {Record<Kind, Uint8ClampedArray>} */
export const LUT = {
  sequential: table((t) => warm(t)),
  diverging: table((t) => (t < 0.5 ? cold(1 - 2 * t) : warm(2 * t - 1))),
};

/** @param {number} t 0 to 1 */
function warm(t) {
  // Plum, red, amber, cream.
  return oklch(0.14 + 0.83 * t, 0.17 * Math.sin(Math.PI * (0.08 + 0.86 * t)) ** 0.9, 318 + 140 * t);
}

/** @param {number} t 0 to 1 */
function cold(t) {
  // Navy, blue, ice.
  return oklch(0.14 + 0.83 * t, 0.11 * Math.sin(Math.PI * (0.1 + 0.85 * t)), 265 - 65 * t);
}

/** @param {(t: number) => [number, number, number]} colour */
function table(colour) {
  const lut = new Uint8ClampedArray(STEPS * 3);
  for (let i = 0; i < STEPS; i++) lut.set(colour(i / (STEPS - 1)), i * 3);
  return lut;
}

/**
 * OKLCH to sRGB bytes (B. Ottosson, "A perceptual color space"). All colours above lie within sRGB.
 * @param {number} l
 * @param {number} c
 * @param {number} h degrees
 * @returns {[number, number, number]}
 */
function oklch(l, c, h) {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const [x, y, z] = [
    l + 0.3963377774 * a + 0.2158037573 * b,
    l - 0.1055613458 * a - 0.0638541728 * b,
    l - 0.0894841775 * a - 1.291485548 * b,
  ].map((v) => v ** 3);
  const gamma = (/** @type {number} */ v) => 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
  return [
    gamma(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z),
    gamma(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z),
    gamma(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z),
  ];
}

/**
 * Paints values as pixels, one each.
 * @param {Float32Array} data
 * @param {Scale} scale
 * @param {Uint8ClampedArray} rgba four bytes a value
 */
export function paint(data, { kind, top }, rgba) {
  const lut = LUT[kind];
  const [gain, offset] = kind === 'sequential' ? [(STEPS - 1) / top, 0.5] : [(STEPS - 1) / (2 * top), STEPS / 2];
  for (let i = 0; i < data.length; i++) {
    const v = data[i];
    const at = 4 * i;
    if (Number.isFinite(v)) {
      const step = 3 * Math.min(STEPS - 1, Math.max(0, Math.floor(v * gain + offset)));
      rgba[at] = lut[step];
      rgba[at + 1] = lut[step + 1];
      rgba[at + 2] = lut[step + 2];
    } else {
      [rgba[at], rgba[at + 1], rgba[at + 2]] = ALARM;
    }
    rgba[at + 3] = 255;
  }
}

/**
 * Draws one map on a canvas of its own size.
 * @param {HTMLCanvasElement} canvas
 * @param {Float32Array} data
 * @param {number} rows
 * @param {number} columns
 * @param {Scale} scale
 */
export function drawMap(canvas, data, rows, columns, scale) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = new ImageData(columns, rows);
  paint(data, scale, image.data);
  context.putImageData(image, 0, 0);
}

/**
 * The scale that a set of channels shares. Its top is where nine tenths of the channels peak: with
 * the one largest value there instead, a few hot channels would leave all others black. The legend
 * says where the scale ends and what the largest value is.
 * @param {Pick<import('../inceptionscope.js').Stats, 'min' | 'max'>[]} stats
 * @returns {Shared}
 */
export function sharedScale(stats) {
  let [min, max] = [0, 0];
  /** @type {number[]} */
  const peaks = [];
  for (const { min: mins, max: maxs } of stats) {
    for (let c = 0; c < maxs.length; c++) {
      if (!(maxs[c] >= mins[c])) continue;
      min = Math.min(min, mins[c]);
      max = Math.max(max, maxs[c]);
      peaks.push(Math.max(maxs[c], -mins[c]));
    }
  }
  peaks.sort((a, b) => a - b);
  const top = peaks[Math.floor(0.9 * (peaks.length - 1))] || Math.max(max, -min) || 1;
  return { kind: min < 0 ? 'diverging' : 'sequential', top, min, max };
}

/** Share of the pixels of a gradient that are below the top of its colour scale. */
const BELOW_TOP = 0.99;

/**
 * The colour scale of a map. A few pixels of a gradient are far above all others: they are cut off, as its legend says.
 * @param {Float32Array} data @param {boolean} gradient
 */
export function scaleOf(data, gradient) {
  const sizes = data.filter(Number.isFinite).map(Math.abs).sort();
  const most = sizes.at(-1) ?? 0;
  const top = (gradient ? sizes[Math.round(BELOW_TOP * (sizes.length - 1))] : most) || most || 1;
  const kind = /** @type {Kind} */ (data.some((v) => v < 0) ? 'diverging' : 'sequential');
  return { kind, top, most };
}
