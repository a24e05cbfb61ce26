// Results as tables: for the terminal, and in Markdown.

import { MOST, goal } from './goals.mjs';

const OURS = 'zaqar-web';

/** What the rows are about, where their names do not tell. */
export const LABELS = {
  ack: 'acknowledgement, 183 bytes',
  page: 'page of 20, 5.3 kB',
  text: '20 texts, 84 kB',
  unicode: '20 texts in many scripts, 4.3 kB',
  notification: 'notification, 243 bytes',
  posted20: 'reply to a post of 20, 4.9 kB',
  posted1: 'reply to a post of one, 419 bytes',
  post: 'post of 20',
  list: 'asking for a page',
  post1: 'post of one',
  post20: 'post of 20',
};
/** Of the same name, but on their way to the server. */
export const SENT_LABELS = {
  ...LABELS,
  ack: 'creating a queue',
  page: 'asking for a page',
  text: 'post of 20 texts, 84 kB',
  unicode: 'post of 20 in many scripts',
};

/** A table has a name, a title, heads and rows of texts. `goals`: with those that are set, and whether they are reached. */
export function tables(browser, section, result, { goals = true } = {}) {
  const ratios = (name, title, rows) => ratiosOf(name, title, rows, goals ? (row, rival) => goal(browser, name, row, rival) : () => undefined);
  switch (section) {
    case 'codec':
      return [ratios('codec', 'Decoding: their time by ours', result)];
    case 'encode':
      return [
        ratios('alone', 'Encoding: their time by ours', result.alone),
        ratios('sent', 'Encoding and send: their time by ours', result.sent),
      ];
    case 'client':
      return [
        ratios('receive', 'The whole client, receiving: their time by ours', phase(result, 'receive')),
        ratios('send', 'The whole client, calling and sending: their time by ours', phase(result, 'send')),
      ];
    case 'loopback':
      return [
        {
          name: 'loopback',
          title: 'Over a socket on this machine, per second',
          heads: ['', OURS, 'JSON by hand'],
          rows: Object.entries(result).map(([task, rates]) => [task, whole(rates.perSecond), whole(rates.JSON)]),
        },
      ];
    case 'startup':
      return [
        {
          name: 'startup',
          title: 'Start, ms',
          heads: ['', '', 'goal'],
          rows: [
            ['import', decimal(result.importMs), ''],
            ['side effects of the import', whole(result.sideEffects), atMost(result.sideEffects, MOST.sideEffects)],
            ['wasm ready, from its bytes', decimal(result.wasmReadyMs), atMost(result.wasmReadyMs, MOST.wasmReadyMs)],
            ['first reply, from there', decimal(result.firstReplyMs), ''],
          ],
        },
      ];
    case 'heap':
      if (result === undefined || result === null) return [];
      return [
        {
          name: 'heap',
          title: `Heap after ${whole(result.messages)} messages that were read and let go, bytes`,
          heads: ['before', 'after', 'grown'],
          rows: [[whole(result.before), whole(result.after), whole(result.grown)]],
        },
      ];
    case 'size':
      return [
        {
          name: 'size',
          title: 'Download, bytes (esbuild --bundle --minify, brotli 11)',
          heads: ['', 'bytes', 'theirs by ours', ...(goals ? ['goal'] : [])],
          rows: Object.entries(result)
            .sort(([, a], [, b]) => a - b)
            .map(([name, bytes]) => {
              const verdict = name === OURS ? atMost(bytes, MOST.bytes) : '';
              return [name, whole(bytes), decimal(bytes / result[OURS]), ...(goals ? [verdict] : [])];
            }),
        },
      ];
  }
}

export function asText({ title, heads, rows }) {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map(row => row[column].length)));
  const line = row => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('   ').trimEnd();
  return [`\n${title}`, ...all.map(line)].join('\n');
}

export function asMarkdown({ title, heads, rows }) {
  const line = cells => `| ${cells.join(' | ')} |`;
  return [`**${title}**`, '', line(heads), line(heads.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** A row for each thing done, with our time and the ratio to each rival, its spread, and the goal where there is one. */
function ratiosOf(name, title, result, goalOf) {
  const rivals = Object.keys(Object.values(result)[0]).filter(name => name !== OURS);
  const labels = ['alone', 'sent', 'send'].includes(name) ? SENT_LABELS : LABELS;
  const rows = Object.entries(result).map(([row, contenders]) => [
    labels[row],
    ...rivals.map(rival => {
      const { ratio, spread } = contenders[rival];
      const least = goalOf(row, rival);
      const verdict = least === undefined ? '' : ` ${ratio >= least - HALF_A_DIGIT ? '✓' : '✗'} ≥ ${least}`;
      return `${ratio.toFixed(2)} ± ${spread.toFixed(2)}${verdict}`;
    }),
    `${contenders[OURS].us.toFixed(2)} µs`,
  ]);
  return { name, title, heads: ['', ...rivals, OURS], rows };
}

/** Ratios are shown with two digits, and judged as they are shown. */
const HALF_A_DIGIT = 0.005;

function phase(result, name) {
  return Object.fromEntries(
    Object.entries(result)
      .filter(([, phases]) => phases[name] !== undefined)
      .map(([row, phases]) => [row, phases[name]]),
  );
}

function atMost(value, most) {
  return `${value <= most ? '✓' : '✗'} ≤ ${whole(most)}`;
}

export function whole(value) {
  return Math.round(value).toLocaleString('en-US');
}

export function decimal(value) {
  return value.toFixed(2);
}
