// Sparklines: a small inline SVG, redrawn in place.
const SVG = 'http://www.w3.org/2000/svg';

export function spark(width, height) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'spark');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('width', width);
  svg.setAttribute('height', height);
  svg.setAttribute('aria-hidden', 'true');
  const area = document.createElementNS(SVG, 'path');
  area.setAttribute('class', 'area');
  const line = document.createElementNS(SVG, 'path');
  svg.append(area, line);

  /** `values` oldest first; `slots` is how many fill the width: a young line grows from the right.
   *  The lowest value, or `min` if that is less, is the bottom. */
  function draw(values, { slots = values.length, min = Infinity } = {}) {
    if (values.length < 3) {
      line.setAttribute('d', '');
      area.setAttribute('d', '');
      return;
    }
    const top = Math.max(...values);
    const low = Math.min(...values, min);
    // A young line is stretched a little, else it is a speck at the edge.
    const step = width / (Math.max(values.length, Math.min(slots, Math.max(8, values.length * 2))) - 1);
    const points = values.map((value, i) => {
      const x = width - (values.length - 1 - i) * step;
      const y = height - 1 - ((value - low) / (top - low || Infinity)) * (height - 2);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    const d = `M${points.join('L')}`;
    line.setAttribute('d', d);
    area.setAttribute('d', `${d}L${width} ${height}L${points[0].split(' ')[0]} ${height}Z`);
  }
  return { svg, draw };
}
