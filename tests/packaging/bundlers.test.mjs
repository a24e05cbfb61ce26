// The packed package in projects as its users have them: installed from the tarball, built by each bundler or by none, loaded in
// Chromium under the strict policy of scripts/serve.mjs, and working a queue of a real Zaqar.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startBrowser } from '../support/browser.mjs';
import { html, module, visit } from './lib/pages.mjs';
import { openWorkshop } from './lib/workshop.mjs';

/**
 * The fixtures that a project consists of, the folder that is served, and what its pages load. `beside` is `zaqar-web`, the
 * others are named for their entries.
 */
const PROJECTS = {
  Vite: { from: ['pages', 'vite'], served: 'dist', page: name => module(`/${name}.js`), entries: ['beside', 'inline', 'slim'] },
  webpack: { from: ['pages', 'webpack'], page: name => classic(`dist/${name}.js`), entries: ['beside', 'inline', 'slim'] },
  Rollup: { from: ['pages', 'rollup'], page: name => (name === 'inline' ? classic : module)(`dist/${name}.js`), entries: ['beside', 'inline'] },
  esbuild: { from: ['pages', 'esbuild'], page: name => (name === 'inline' ? classic : module)(`dist/${name}.js`), entries: ['beside', 'inline', 'slim'] },
  'no bundler': { from: ['pages', 'plain'], page: name => module(`${name}.js`), entries: ['beside', 'inline', 'slim'] },
};

let workshop;
let zaqar;
let browser;
// One hook: Node 20 does not wait for the first before it calls a second.
before(async () => {
  workshop = await openWorkshop();
  zaqar = await startZaqar();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await zaqar?.stop();
  await workshop?.clear();
});

for (const [name, { from, served = '', page, entries }] of Object.entries(PROJECTS)) {
  describe(name, { timeout: 120_000 }, () => {
    let project;
    let site;
    before(async () => {
      project = await workshop.project(from.at(-1), from);
      for (const entry of entries) await project.write(`${entry}.html`, page(entry));
      await project.npm('run', '--if-present', 'build');
      site = await startSite({ roots: { '/': path.join(project.folder, served) } });
    });
    after(() => site?.stop());

    for (const entry of entries) {
      test(`${entry === 'beside' ? 'zaqar-web' : `zaqar-web/${entry}`} makes a round trip`, async () => {
        const { loaded } = await roundTrip(`${site.url}${entry}.html`);
        const wasms = loaded.filter(file => file.endsWith('.wasm'));
        assert.equal(wasms.length, entry === 'inline' ? 0 : 1, `it loads ${loaded.join(', ')}`);
      });
    }
  });
}

test('Vite makes the round trip while one develops', { timeout: 120_000 }, async () => {
  const project = await workshop.project('vite-dev', ['pages', 'vite']);
  for (const entry of ['beside', 'inline', 'slim']) await project.write(`${entry}.html`, module(`/${entry}.js`));
  const { createServer } = await import(pathToFileURL(workshop.tool('vite', 'dist', 'node', 'index.js')));
  const server = await createServer({ root: project.folder, server: { host: '127.0.0.1', port: 0 }, logLevel: 'error' });
  try {
    await server.listen();
    for (const entry of ['beside', 'inline', 'slim']) await roundTrip(`http://127.0.0.1:${server.httpServer.address().port}/${entry}.html`);
  } finally {
    await server.close();
  }
});

describe('a page without a bundler', { timeout: 60_000 }, () => {
  let site;
  before(async () => {
    const project = await workshop.project('page', ['pages', 'plain']);
    await project.write('script.html', html('<script src="node_modules/zaqar-web/pkg/global.js"></script>\n<script type="module" src="script.js"></script>'));
    for (const page of ['beside', 'idle']) await project.write(`${page}.html`, module(`${page}.js`));
    site = await startSite({ roots: { '/': project.folder } });
  });
  after(() => site?.stop());

  test('makes a round trip with the module and the wasm, and nothing else', async () => {
    const { loaded } = await roundTrip(`${site.url}beside.html`);
    assert.deepEqual(loaded.filter(file => file.includes('zaqar-web')).map(file => path.basename(file)), ['index.js', 'zaqar_web.wasm']);
  });

  test('makes a round trip with a script tag and nothing else', async () => {
    const { loaded } = await roundTrip(`${site.url}script.html`);
    assert.deepEqual(loaded.filter(file => file.includes('zaqar-web')), ['/node_modules/zaqar-web/pkg/global.js']);
  });

  test('loads no wasm by importing alone', async () => {
    const { title, loaded } = await visit(browser, `${site.url}idle.html`);
    assert.equal(title, 'imported');
    assert.deepEqual(loaded.map(file => path.basename(file)).sort(), ['idle.html', 'idle.js', 'index.js', 'inline.js', 'shared.js', 'slim.js']);
  });
});

function classic(source) {
  return html(`<script defer src="${source}"></script>`);
}

/** Opens a page that works a queue and says in its title what came back; resolves to the files that it loaded. */
async function roundTrip(url) {
  const { title, loaded } = await visit(browser, `${url}?${new URLSearchParams({ websocket: zaqar.websocket, rest: zaqar.rest })}`);
  assert.equal(title, '{"sku":4711}');
  return { loaded };
}
