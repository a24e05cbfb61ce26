// How a queue fills and drains, from the totals that were told one after the other. What came and went between two questions is
// not known, only the difference: it is shown as what came, or as what went.
import { el, setText } from '../ui/dom.js';
import { rate } from '../ui/format.js';
import { gettext } from '../ui/i18n.js';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 72;
const HEIGHT = 20;
const BARS = 24;

/** Messages a second between each two of `history`'s samples, `{ at, total }`. */
export function slopes(history) {
  return history.slice(1).map(({ at, total }, i) => (total - history[i].total) / Math.max(0.2, (at - history[i].at) / 1000));
}

/** Whether messages pass through although their number stays: the newest is another one each time. */
export function passes(history) {
  const last = history.slice(-5);
  return last.length >= 3 && last.slice(1).filter(({ newest }, i) => newest && newest !== last[i].newest).length >= 2;
}

/** A cell: bars up for what came, down for what went, and the rate in figures. `paint(queue, growth)`. */
export function flowCell() {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ class: 'zw-flow', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true' })) svg.setAttribute(name, value);
  const [axis, came, went] = ['zw-axis', 'zw-in', 'zw-out'].map((name) => {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('class', name);
    svg.append(path);
    return path;
  });
  axis.setAttribute('d', `M0 ${HEIGHT / 2}H${WIDTH}`);
  const words = el('span', { class: 'zw-rate' });
  const node = el('span', { class: 'zw-flow-cell' }, svg, words);
  const shown = (path, d) => { if (path.getAttribute('d') !== d) path.setAttribute('d', d); };

  return {
    node,
    paint(queue, growth) {
      const bars = slopes(queue.history).slice(-BARS);
      const top = Math.max(0.5, ...bars.map(Math.abs));
      const step = WIDTH / BARS;
      const lines = { up: '', down: '' };
      bars.forEach((value, i) => {
        if (Math.abs(value) < 0.05) return;
        const x = (WIDTH - (bars.length - i - 0.5) * step).toFixed(1);
        const y = (HEIGHT / 2 - (value / top) * (HEIGHT / 2 - 1)).toFixed(1);
        lines[value > 0 ? 'up' : 'down'] += `M${x} ${HEIGHT / 2}V${y}`;
      });
      shown(came, lines.up);
      shown(went, lines.down);
      const still = growth === null || Math.abs(growth) < 0.05;
      setText(words, growth === null ? '…' : !still ? `${growth > 0 ? '▲' : '▼'} ${rate(Math.abs(growth))}` : passes(queue.history) ? '⇄' : '0');
      node.title = growth === null ? gettext('Not known yet')
        : !still && growth > 0 ? gettext('%(rate)s more came than went, over the last half minute', { rate: rate(growth) })
        : !still ? gettext('%(rate)s more went than came, over the last half minute', { rate: rate(-growth) })
        : passes(queue.history) ? gettext('As many come as go') : gettext('Neither more nor fewer in the last half minute');
    },
  };
}
