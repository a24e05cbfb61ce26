// The documents hold together: links lead somewhere, all is found from the README, and nothing tells of the machine it was written on.

import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { before, test } from 'node:test';
import { at } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { documents } from './blocks.mjs';

/** Spoken of, and made by the build. */
const MADE = ['index.d.ts', 'api.snapshot'];

/** `{ whole, text, links }` by path: `text` is without the code. A link is `{ target, fragment }`, its target a path in the repository. */
const pages = new Map();

before(async () => {
  for (const document of await documents()) {
    const whole = await readFile(at(document), 'utf8');
    const text = whole.replace(/^( *)```[^]*?^\1```$/gm, '');
    const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, target, fragment]) => ({
      target: target === '' ? document : path.normalize(path.join(path.dirname(document), target)),
      fragment,
    }));
    pages.set(document, { whole, text, links });
  }
});

test('every link leads to a file, and to a heading in it', async () => {
  const wrong = [];
  for (const [document, { links }] of pages) {
    for (const { target, fragment } of links) {
      if (!(await stat(at(target)).catch(() => undefined))) wrong.push(`${document}: ${target}`);
      else if (fragment !== undefined && !anchors(pages.get(target)?.text ?? '').includes(fragment)) wrong.push(`${document}: ${target}#${fragment}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every file that is spoken of is there', async () => {
  const files = (await read('git', ['ls-files'], { cwd: at() })).stdout.split('\n');
  // Also folders, and files by the end of their path.
  const isThere = name => files.some(file => `/${file}`.endsWith(`/${name}`) || file.startsWith(name.replace(/\/?$/, '/')));
  const wrong = [];
  for (const [document, { text }] of pages) {
    for (const [, name] of text.matchAll(/`((?:js|src|tests|scripts|docs|benches|codec|fuzz|xtask|www|examples|horizon)\/[\w./-]*|[\w/-]+\.(?:rs|mjs|ts|py|sh))`/g)) {
      if (!isThere(name) && !MADE.includes(name)) wrong.push(`${document}: ${name}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every command of npm that is spoken of is there, and `npm run zaqar` takes the ports that the README connects to', async () => {
  const { scripts } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  const wrong = [];
  for (const [document, { whole }] of pages) {
    for (const [, name] of whole.matchAll(/\bnpm run (?!dev --workspace)([\w:]+)/g)) if (!(name in scripts)) wrong.push(`${document}: npm run ${name}`);
  }
  assert.deepEqual(wrong, []);
  const [, websocket, rest] = /websocket: 'ws:\/\/localhost:(\d+)', rest: 'http:\/\/localhost:(\d+)'/.exec(pages.get('README.md').whole);
  assert.equal(scripts.zaqar, `exec node scripts/zaqar.mjs --websocket-port ${websocket} --rest-port ${rest}`);
});

test('every document is two links from the README at most', () => {
  const found = new Set(['README.md']);
  for (let clicks = 0; clicks < 2; clicks += 1) {
    for (const document of [...found]) for (const { target } of pages.get(document)?.links ?? []) found.add(target);
  }
  assert.deepEqual([...pages.keys()].filter(document => !found.has(document)), []);
  const tasks = [...pages.keys()].filter(document => document.startsWith(path.join('docs', 'guide')));
  assert.deepEqual(tasks.filter(document => !pages.get('README.md').links.some(({ target }) => target === document)), []);
});

test('no document names a place of a machine', () => {
  const wrong = [...pages].filter(([, { whole }]) => /\/(root|home|Users|tmp)\//.test(whole)).map(([document]) => document);
  assert.deepEqual(wrong, []);
});

/** The fragments that a reader of Markdown makes of headings. */
function anchors(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-'));
}
