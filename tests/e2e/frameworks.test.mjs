// The examples in examples/: served and built by their own tools from their own lock file, and run in Chromium, or Node, against a
// real Zaqar. Each must show what others post, post itself, and leave nothing open on the server when its component goes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { at, cache } from '../../scripts/lib/paths.mjs';
import { freePorts } from '../../scripts/lib/ports.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { Service, answers } from '../../scripts/lib/service.mjs';
import { ensureNodeModules } from '../../scripts/lib/toolchain.mjs';
import { CSP, startSite } from '../../scripts/serve.mjs';
import { startWorld } from '../support/world.mjs';
import { PROMISED, postPromised } from './lib/promised.mjs';
import { FAILED_SOCKET, ask, until } from './lib/stage.mjs';

const BY_VITE = ['react', 'vue', 'svelte', 'worker'];
/** They show how many messages there are, by the binding for it. */
const COUNTING = ['react', 'vue', 'svelte'];
const BUILT = [...BY_VITE, 'angular'];
// Frameworks make a Trusted Types policy of their own, so theirs is left to the site.
const POLICY = CSP.replace(/; require-trusted-types-for.*/, '');

let world;

before(async () => {
  await ensureNodeModules(at('examples'));
  world = await startWorld();
});
after(() => world?.stop());

for (const name of ['plain', ...BUILT]) {
  describe(`the example ${name}`, { timeout: 180_000 }, () => {
    const isBuilt = BUILT.includes(name);
    const counts = COUNTING.includes(name);
    if (BY_VITE.includes(name)) test('runs on the server that one develops with', { timeout: 60_000 }, async () => tryOut(await startVite(name), { counts }));
    if (isBuilt) test('is built by its own tools', () => build(name));
    const serve = () => served(isBuilt ? { '/': `examples/${name}/dist` } : { '/': 'examples/plain', '/zaqar-web/': 'pkg' });
    test('shows messages as they come, posts, and closes what it opened', { timeout: 60_000 }, async () => tryOut(await serve(), { counts }));
    test('takes no server of others from a link', { timeout: 60_000 }, async () => lure(await serve()));
  });
}

test('the hooks for React stand StrictMode, which mounts each component twice', { timeout: 180_000 }, async () => {
  const folder = path.join(cache, 'react-development');
  await build('react', ['--mode', 'development', '--outDir', folder, '--emptyOutDir'], { NODE_ENV: 'development' });
  await tryOut(await served({ '/': folder }), { counts: true });
});

const served = roots => startSite({ roots, csp: POLICY });

/** What `npm run dev` of an example runs, where that is Vite, on a free port. */
async function startVite(name) {
  const [port] = await freePorts(1);
  const vite = at('examples', 'node_modules', 'vite', 'bin', 'vite.js');
  const server = new Service(`Vite for ${name}`, process.execPath, [vite, at('examples', name), '--host', '127.0.0.1', '--port', port]);
  const stop = () => server.end('SIGTERM');
  try {
    await server.start(() => answers(port, '/'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}/`, stop };
}

async function build(name, options = [], env = {}) {
  const { code, stdout, stderr } = await read('npm', ['run', 'build', '--workspace', name, '--', ...options], { cwd: at('examples'), env: { ...process.env, CI: '1', ...env } });
  assert.equal(code, 0, stdout + stderr);
}

/** Opens a page by links that name servers of others, and looks at whom it asks. */
async function lure(site) {
  const elsewhere = ['other.example', 'localhost.other.example:9000', 'localhost:9000@other.example', '127.0.0.1.other.example'];
  try {
    for (const host of elsewhere) {
      const page = await world.browser.context.newPage();
      const asked = [];
      const note = what => asked.push(new URL(what.url()).host);
      page.on('websocket', note);
      world.browser.context.on('request', note);
      await page.goto(`${site.url}?${new URLSearchParams({ websocket: `ws://${host}`, rest: `http://${host}` })}`);
      await until(() => asked.some(host => /^localhost:(9000|8888)$/.test(host)), { what: `the usual servers are asked, not ${asked}` });
      assert.deepEqual(asked.filter(host => host.includes('example')), []);
      world.browser.context.off('request', note);
      await page.close();
    }
  } finally {
    await site.stop();
  }
}

/** Does with a page what a visitor would, looks at the server, and stops the site. */
async function tryOut(site, { counts = false } = {}) {
  const projectId = `example-${randomUUID()}`;
  const { request, post, bodies } = ask(world.zaqar, { projectId });
  await request('PUT', '/v2/queues/orders');
  // A client that goes while it connects may see its probe fail.
  const page = await world.openPage({ site, path: `/?${new URLSearchParams({ ...world.endpoints, project: projectId })}`, expected: [FAILED_SOCKET] });
  const items = () => page.locator('li').allTextContents();
  try {
    await until(async () => (await page.locator('#transport').textContent()) === 'websocket', { what: 'the page has a socket' });
    await post('orders', { sku: 1 });
    await until(async () => (await items()).length === 1, { what: 'what others post is shown' });
    await page.locator('#post').click();
    await until(async () => (await items()).length === 2, { what: 'what the page posts is shown' });
    assert.deepEqual(await items(), ['sku 1', 'sku 4711']);
    assert.deepEqual(await bodies('orders'), [{ sku: 1 }, { sku: 4711 }]);
    if (counts) await until(async () => (await page.locator('#total').textContent()) === '2', { what: 'both are counted' });

    await until(() => world.websocket.stats().open.upgrade === 1, { what: 'the page has one socket' });
    await page.locator('#toggle').click();
    await until(() => world.websocket.stats().open.upgrade === 0, { what: 'the socket is closed with the component' });
    await page.locator('#toggle').click();
    await until(async () => (await items()).length === 2, { what: 'a new component shows them again' });

    await postPromised({ rest: world.zaqar.rest, projectId }, 'orders', [...PROMISED, '{"sku":2}']);
    await until(async () => (await items()).length === 3 + PROMISED.length, { what: 'whatever else others post is shown' });
    assert.equal((await items()).at(-1), 'sku 2');
    page.assertNoProblems();
  } finally {
    await page.close();
    await site.stop();
    await until(() => world.websocket.stats().open.upgrade === 0);
  }
}

for (const [what, project] of [['of the React example are right', 'react'], ['that the bindings declare are theirs', 'tsconfig.bindings.json']]) {
  test(`the types ${what}`, { timeout: 60_000 }, async () => {
    const { code, stdout } = await read(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '--project', at('examples', project)]);
    assert.equal(code, 0, stdout);
  });
}

/** A program for each framework that renders on a server what uses the binding, with a client that must be asked for nothing. */
const ON_A_SERVER = {
  react: `import { createElement } from 'react';
    import { renderToString } from 'react-dom/server';
    import { useClientState, useTail, useWatch } from 'zaqar-web/react';
    const Page = () => createElement('p', {}, useClientState(client).state, ' ', useTail(client, 'orders').messages.length, ' ', useWatch(client).queues.length);
    console.log(renderToString(createElement(Page)));`,
  vue: `import { createSSRApp, h } from 'vue';
    import { renderToString } from 'vue/server-renderer';
    import { useClientState, useTail, useWatch } from 'zaqar-web/vue';
    const Page = { setup() { const [state, tail, watch] = [useClientState(client), useTail(client, 'orders'), useWatch(client)]; return () => h('p', [state.value.state, ' ', String(tail.value.messages.length), ' ', String(watch.value.queues.length)]); } };
    console.log(await renderToString(createSSRApp(Page)));`,
};
for (const [name, program] of Object.entries(ON_A_SERVER)) {
  test(`the binding for ${name} renders on a server, and reads nothing there`, { timeout: 60_000 }, async () => {
    const client = "const refuse = () => { throw new Error('asked on a server'); };\nconst client = { get state() { return 'connecting'; }, transport: null, queue: refuse, watch: refuse, addEventListener: refuse, removeEventListener: refuse };\n";
    // The package is a link to a folder that has no framework beside it.
    const { code, stdout, stderr } = await read(process.execPath, ['--preserve-symlinks', '--input-type=module', '--eval', client + program], { cwd: at('examples', name) });
    assert.equal(code, 0, stderr);
    assert.match(stdout.replaceAll(/<!--.*?-->/g, ''), /^<p>connecting 0 0<\/p>$/m);
  });
}

test('each binding is small', async () => {
  for (const name of ['react', 'vue', 'svelte', 'follow']) {
    const lines = (await readFile(at('js', 'bindings', `${name}.ts`), 'utf8')).split('\n').length;
    assert.ok(lines <= 80, `${name}: ${lines} lines`);
  }
});

test('the script for Node works a queue until it is told to stop', { timeout: 60_000 }, async () => {
  const projectId = `example-${randomUUID()}`;
  const { post, request } = ask(world.zaqar, { projectId });
  const { websocket, rest } = world.endpoints;
  const env = { ...process.env, ZAQAR_WEBSOCKET: websocket, ZAQAR_REST: rest, ZAQAR_PROJECT: projectId };
  const script = spawn(process.execPath, ['work.js'], { cwd: at('examples', 'node'), env });
  const ended = once(script, 'exit');
  try {
    let said = '';
    for (const stream of [script.stdout, script.stderr]) stream.on('data', chunk => (said += chunk));
    await until(() => said.includes('waiting for orders'));
    await post('orders', { sku: 1 }, { sku: 2 }, { sku: 3 });
    await until(() => said.match(/worked \d/g)?.length === 3, { what: `all are worked: ${said}` });
    await postPromised({ rest: world.zaqar.rest, projectId }, 'orders', PROMISED);
    await until(() => said.match(/^worked/gm)?.length === 3 + PROMISED.length, { what: `whatever else others post is worked: ${said}` });
    script.kill('SIGTERM');
    const [code] = await ended;
    assert.equal(code, 0, said);
    assert.ok(said.endsWith(`${3 + PROMISED.length} worked, 0 failed\n`), said);
    const { messages } = await request('GET', '/v2/queues/orders/stats');
    assert.equal(messages.total, 0);
  } finally {
    script.kill('SIGKILL');
  }
});
