/** Shapes as SVG. */

import { xml } from '../xml.js';

/**
 * @typedef {import('./scene.js').Shape} Shape
 */

/** Two digits after the point: less than a tenth of what can be printed. @param {number} x */
const number = (x) => String(Math.round(100 * x) / 100);

/**
 * An element.
 * @param {string} name
 * @param {Record<string, string | number | undefined>} attributes those that are undefined are left out
 * @param {string} [content]
 */
function tag(name, attributes, content = '') {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? number(value) : xml(value)}"`],
  );
  return content ? `<${name}${given.join('')}>${content}</${name}>` : `<${name}${given.join('')}/>`;
}

/** @param {{ fill?: string, stroke?: string, width?: number }} paint */
const paint = ({ fill = 'none', stroke, width = 1 }) => ({
  fill,
  stroke,
  'stroke-width': stroke && width !== 1 ? width : undefined,
});

/**
 * @param {Shape} shape
 * @param {(node: string) => string | undefined} image its map as a data address
 * @param {(text: string, size: number, weight: number) => number} measure the width of a text
 */
function written(shape, image, measure) {
  switch (shape.type) {
    case 'rect':
      return tag('rect', { ...shape.box, rx: shape.radius || undefined, ...paint(shape) });
    case 'path':
      return tag('path', { d: shape.d, ...paint(shape) });
    case 'image': {
      const href = image(shape.node);
      return href ? tag('image', { ...shape.box, href, preserveAspectRatio: 'none' }) : '';
    }
    case 'text': {
      const { text, x, y, size, fill, weight = 400, anchor, most = Infinity } = shape;
      const place = { x, y, 'font-size': size * Math.min(1, most / measure(text, size, weight)) };
      return tag(
        'text',
        { ...place, 'font-weight': weight === 400 ? undefined : weight, 'text-anchor': anchor, fill },
        xml(text),
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
  const [across, down] = paper.map((side) => `${side}mm`);
  const room = { width: across, height: down, viewBox: [0, 0, number(width), number(height)].join(' ') };
  const style = `@page{size:${across} ${down};margin:0}image{image-rendering:pixelated}`;
  const content = [
    tag('title', {}, xml(title)),
    tag('style', {}, style),
    ...layers.flat().map((shape) => written(shape, image, measure)),
  ];
  return `${tag('svg', { xmlns: 'http://www.w3.org/2000/svg', ...room, 'font-family': font }, content.join('\n'))}\n`;
}
