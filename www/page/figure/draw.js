/**
 * Paints shapes on a canvas, many times a second: those of one colour that lie near each other are one path, made once;
 * what is out of sight or too small to be read is left out.
 */

/**
 * @typedef {import('./scene.js').Shape} Shape
 * @typedef {import('./scene.js').Text} Text
 * @typedef {import('./scene.js').Image} Image
 * @typedef {import('./layout.js').Box} Box
 *
 * @typedef {object} Batch
 * @property {Path2D} path
 * @property {Box} box
 * @property {string} [fill]
 * @property {string} [stroke]
 * @property {number} width
 *
 * @typedef {{ batches: Batch[], images: Image[], texts: Text[] }} Layer
 *
 * @typedef {object} View What is looked at.
 * @property {number} scale pixels of the canvas a unit
 * @property {number} x of the canvas's left edge, in units
 * @property {number} y of its upper edge
 * @property {number} [ratio] pixels of the canvas a pixel of the screen; none on paper, where nothing grows too large
 */

/** Side of a field whose shapes make one path. */
const FIELD = 1200;
/** Pixels of a font that can still be read. */
const READABLE = 4.5;
/** Pixels that fonts and lines have at most: who looks at one op looks at its map. */
const MOST = { font: 26, line: 5 };

/** @param {Box} a @param {Box} b @returns {Box} both */
function union(a, b) {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** Where the points of a path lie. @param {string} d @returns {Box} */
function boundsOf(d) {
  const numbers = (d.match(/-?[\d.]+/g) ?? []).map(Number);
  const xs = numbers.filter((_, i) => i % 2 === 0);
  const ys = numbers.filter((_, i) => i % 2);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** @param {Shape[]} shapes @returns {Layer} */
function layerOf(shapes) {
  /** @type {Map<string, Batch>} */
  const batches = new Map();
  for (const shape of shapes) {
    if (shape.type !== 'rect' && shape.type !== 'path') continue;
    const box = shape.type === 'rect' ? shape.box : boundsOf(shape.d);
    const { fill, stroke } = shape;
    const width = shape.type === 'path' ? (shape.width ?? 1) : 1;
    const key = [fill, stroke, width, Math.floor(box.x / FIELD), Math.floor(box.y / FIELD)].join();
    const batch = batches.get(key) ?? { path: new Path2D(), box, fill, stroke, width };
    batches.set(key, batch);
    batch.box = union(batch.box, box);
    if (shape.type === 'path') batch.path.addPath(new Path2D(shape.d));
    else if (shape.radius)
      batch.path.roundRect(box.x, box.y, box.width, box.height, Math.min(shape.radius, box.width / 2));
    else batch.path.rect(box.x, box.y, box.width, box.height);
  }
  const texts = shapes.filter((shape) => shape.type === 'text');
  return { batches: [...batches.values()], images: shapes.filter((shape) => shape.type === 'image'), texts };
}

export class Painter {
  /** @param {Shape[][]} layers @param {string} font */
  constructor(layers, font) {
    this.font = font;
    this.layers = layers.map(layerOf);
    /** Sizes of texts that fit their place. @type {Map<Text, number>} */
    this.sizes = new Map();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   * @param {(node: string) => CanvasImageSource | null} image
   */
  paint(context, { scale, x, y, ratio = Infinity }, image) {
    const { width, height } = context.canvas;
    const sight = { x, y, width: width / scale, height: height / scale };
    const seen = (/** @type {Box} */ box) =>
      box.x < sight.x + sight.width &&
      box.x + box.width > sight.x &&
      box.y < sight.y + sight.height &&
      box.y + box.height > sight.y;
    context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
    for (const { batches, images, texts } of this.layers) {
      for (const batch of batches) {
        if (!seen(batch.box)) continue;
        if (batch.fill) {
          context.fillStyle = batch.fill;
          context.fill(batch.path);
        }
        if (batch.stroke) {
          context.strokeStyle = batch.stroke;
          context.lineWidth = Math.min(batch.width, (MOST.line * ratio) / scale);
          context.stroke(batch.path);
        }
      }
      for (const { node, box } of images) {
        const picture = seen(box) ? image(node) : null;
        if (!picture) continue;
        // Values are squares; shrunk, they are averaged.
        context.imageSmoothingEnabled = box.width * scale < /** @type {ImageBitmap} */ (picture).width;
        context.drawImage(picture, box.x, box.y, box.width, box.height);
      }
      this.#words(context, texts, scale, sight, (MOST.font * ratio) / scale);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Text[]} texts @param {number} scale @param {Box} sight @param {number} most */
  #words(context, texts, scale, sight, most) {
    let last = '';
    for (const text of texts) {
      const reach = 120;
      if (text.size * scale < READABLE || text.y < sight.y || text.y - text.size > sight.y + sight.height) continue;
      if (text.x + reach < sight.x || text.x - reach > sight.x + sight.width) continue;
      const size = Math.min(most, this.#fitted(context, text));
      const font = `${text.weight ?? 400} ${size}px ${this.font}`;
      if (font !== last) context.font = font;
      last = font;
      context.fillStyle = text.fill;
      context.textAlign = text.anchor === 'middle' ? 'center' : (text.anchor ?? 'start');
      context.fillText(text.text, text.x, text.y);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {Text} text */
  #fitted(context, text) {
    const known = this.sizes.get(text);
    if (known) return known;
    const { width } = measured(context, text, this.font);
    const size = Math.round(10 * text.size * Math.min(1, (text.most ?? Infinity) / width)) / 10;
    this.sizes.set(text, size);
    return size;
  }
}

/** @param {CanvasRenderingContext2D} context @param {Pick<Text, 'text' | 'size' | 'weight'>} text @param {string} font */
export function measured(context, { text, size, weight = 400 }, font) {
  context.save();
  context.font = `${weight} ${size}px ${font}`;
  const metrics = context.measureText(text);
  context.restore();
  return metrics;
}
