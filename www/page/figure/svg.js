/** Shapes as SVG. */

/**
 * @typedef {import('./scene.js').Shape} Shape
 * @typedef {import('./layout.js').Box} Box
 */

/** @param {string} text */
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Two digits after the point: less than a tenth of what can be printed. @param {number} x */
const number = (x) => String(Math.round(100 * x) / 100);

/** @param {Box} box */
const place = ({ x, y, width, height }) => `x="${number(x)}" y="${number(y)}" width="${number(width)}" height="${number(height)}"`;

/** @param {string} d */
const rounded = (d) => d.replace(/-?\d+\.\d+/g, (x) => number(Number(x)));

/** @param {{ fill?: string, stroke?: string, width?: number }} paint */
const paint = ({ fill, stroke, width = 1 }) =>
  `fill="${fill ?? 'none'}"${stroke ? ` stroke="${stroke}"${width === 1 ? '' : ` stroke-width="${width}"`}` : ''}`;

/**
 * @param {Shape} shape
 * @param {(node: string) => string | undefined} image its map as a data address
 * @param {(text: string, size: number, weight: number) => number} measure the width of a text
 */
function written(shape, image, measure) {
  switch (shape.type) {
    case 'rect':
      return `<rect ${place(shape.box)}${shape.radius ? ` rx="${shape.radius}"` : ''} ${paint(shape)}/>`;
    case 'path':
      return `<path d="${rounded(shape.d)}" ${paint(shape)}/>`;
    case 'image': {
      const href = image(shape.node);
      return href ? `<image ${place(shape.box)} href="${href}" preserveAspectRatio="none"/>` : '';
    }
    case 'text': {
      const { text, x, y, size, fill, weight = 400, anchor = 'start', most = Infinity } = shape;
      const fitting = size * Math.min(1, most / measure(text, size, weight));
      return (
        `<text x="${number(x)}" y="${number(y)}" font-size="${number(fitting)}" fill="${fill}"` +
        `${weight === 400 ? '' : ` font-weight="${weight}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}>` +
        `${escaped(text)}</text>`
      );
    }
  }
}

/**
 * @param {Shape[][]} layers
 * @param {object} page
 * @param {number} page.width
 * @param {number} page.height
 * @param {[number, number]} page.paper width and height that it is printed on, in millimetres
 * @param {string} page.title
 * @param {string} page.font
 * @param {(node: string) => string | undefined} image
 * @param {(text: string, size: number, weight: number) => number} measure
 */
export function svg(layers, { width, height, paper, title, font }, image, measure) {
  const [across, down] = paper;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${across}mm" height="${down}mm" viewBox="0 0 ${number(width)} ${number(height)}" ` +
      `font-family="${escaped(font)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>@page { size: ${across}mm ${down}mm; margin: 0 } image { image-rendering: pixelated }</style>`,
    ...layers.flat().map((shape) => written(shape, image, measure)),
    '</svg>\n',
  ].join('\n');
}
