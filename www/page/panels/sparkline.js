/** How a followed class went from run to run. */

/** A line of the last runs, from 0 to 100 %. @param {number[]} values @param {string} name */
export function sparkline(values, name) {
  const [width, height] = [256, 36];
  const at = (/** @type {number} */ i) => {
    const x = values.length > 1 ? (i * (width - 8)) / (values.length - 1) : width - 8;
    return `${x + 4},${height - 4 - values[i] * (height - 8)}`;
  };
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const shape = (/** @type {string} */ tag, /** @type {Record<string, string>} */ attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    svg.append(element);
  };
  for (const [key, value] of Object.entries({
    class: 'sparkline',
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': name,
  }))
    svg.setAttribute(key, value);
  shape('polyline', { points: values.map((_, i) => at(i)).join(' ') });
  const [cx, cy] = at(values.length - 1).split(',');
  shape('circle', { cx, cy, r: '3' });
  return svg;
}
