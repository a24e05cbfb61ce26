// Every example of README.md, docs/ and the comments of js/api.d.ts runs: in Chromium, against a real Zaqar; those that speak of
// tokens against one with a real Keystone, those on pools against one that has pools; those for Node in Node. The addresses and
// the project that they show are replaced by real ones, nothing else is. Those that cannot run are told here, with the reason.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { transform } from 'esbuild';
import { cache } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { examples, importsApart } from '../docs/blocks.mjs';
import { startWorld } from '../support/world.mjs';
import { FAILED_FETCH, FAILED_SOCKET } from './lib/stage.mjs';

/** Why one cannot run, by something that stands in it. */
const NOT_RUN = {
  'pkg/global.js': 'names a CDN and a version that are the reader\'s; tests/packaging runs such a page',
};

/** Names that each example has at hand; those that it imports or declares are its own. */
const KNOWN = [
  'client', 'queue', 'orders', 'websocket', 'rest', 'projectId', 'token', 'catalog', 'signedUrl', 'controller', 'signal', 'error', 'order',
  'show', 'work', 'lookWhetherItIsThere', 'retryLater', 'tell',
];

const all = await examples();
const reasonOf = ({ code }) => Object.entries(NOT_RUN).find(([sign]) => code.includes(sign))?.[1];
const isForNode = ({ code }) => /from '(?:node:|ws')/.test(code);
const isForKeystone = ({ code }) => /\b(?:token|catalog)\b/.test(code);
const isOnPools = ({ code }) => /\.(?:pools|flavors)\./.test(code);
const runnable = all.filter(example => reasonOf(example) === undefined);

test(`${runnable.length} of ${all.length} examples run, and each that does not has a reason`, () => {
  for (const sign of Object.keys(NOT_RUN)) assert.equal(all.filter(({ code }) => code.includes(sign)).length, 1, `no example has ${sign}`);
});

const wantsToken = example => isForKeystone(example) || isOnPools(example);
suite('with a Zaqar that asks for no token', {}, runnable.filter(example => !wantsToken(example)));
// In their order: a flavor is made of the pool before it.
suite('with a Zaqar that wants a token of Keystone, and has pools', { withKeystone: true, zaqar: { pooling: true } }, runnable.filter(wantsToken));

function suite(name, options, examples) {
  describe(name, { timeout: 240_000 }, () => {
    let world;
    before(async () => (world = await startWorld(options)));
    after(() => world?.stop());
    const run = async example => (isForNode(example) ? runInNode : runInPage)(example, world, await accessTo(world, isOnPools(example) ? 'admin' : 'demo'));
    test('one that fails is noticed', { timeout: 30_000 }, async () => {
      await assert.rejects(run({ code: 'await queue.post({ body: 1, ttl: 5 });' }), /ZaqarError: .*ttl/);
    });
    for (const example of examples) test(`${example.document}:${example.line} runs`, { timeout: 30_000 }, () => run(example));
  });
}

/** What an example connects with, and, for those that fetch it, the site's answers. */
async function accessTo({ keystone, zaqar, endpoints, site }, user) {
  site.route('/example-page.mjs', answer(readFileSync(new URL('lib/example-page.mjs', import.meta.url)), 'text/javascript'));
  site.route('/promised.mjs', answer(readFileSync(new URL('lib/promised.mjs', import.meta.url)), 'text/javascript'));
  // Where Zaqar delivers what is posted to a queue with a webhook.
  site.route('/hook', (request, response) => void request.resume().on('end', () => response.writeHead(200).end()));
  if (keystone === undefined) return { ...endpoints, projectId: 'examples' };
  const login = await keystone.login(keystone.users[user], keystone.projects.demo);
  site.route('/my-login', answer(JSON.stringify({ catalog: login.catalog, projectId: login.projectId }), 'application/json'));
  site.route('/my-token', answer(JSON.stringify({ token: login.token, expiresAt: login.expiresAt }), 'application/json'));
  return { ...endpoints, projectId: login.projectId, token: login.token, catalog: login.catalog, redisPort: zaqar.redisPort };
}

async function runInPage(example, world, access) {
  const { site } = world;
  const { imports, rest } = importsApart(example.code, '/example-page.mjs');
  const module = `${imports.join(' ')}\n${importsOfOthers(imports)}\nexport default async ({ ${KNOWN.join(', ')} }) => {{\n${rest}\n}};`;
  const { code } = await transform(replaced(module, access, site.url), { loader: 'ts', target: 'es2022' });
  site.route('/example.mjs', answer(code, 'text/javascript'));
  // Chromium tells of each request that the server answers with an error, which some examples are about.
  const page = await world.openPage({ expected: [FAILED_FETCH, FAILED_SOCKET] });
  try {
    const isEndless = /for await/.test(example.code) && /\.(tail|subscribe|watch)\(/.test(example.code);
    const mustShow = isEndless || (/\.consume\(/.test(example.code) && !/\.stop\(/.test(example.code));
    const error = await page.evaluate(
      async options => {
        const [{ run }, { default: example }] = await Promise.all([import('/example-page.mjs'), import('/example.mjs')]);
        return run(example, options);
      },
      { ...access, isEndless, mustShow },
    );
    assert.equal(error, undefined);
    if (/location\.hash/.test(example.code)) assert.equal(new URL(page.url()).hash, '', 'what the address held is a secret');
    page.assertNoProblems();
  } finally {
    await page.close();
  }
}

/** The package is imported by its own name, as npm would have it. */
async function runInNode(example, world, access) {
  const { imports, rest } = importsApart(example.code, 'zaqar-web');
  const folder = path.join(cache, 'run-examples');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `example-${example.line}.mjs`);
  const given = `const { websocket, rest, projectId, token } = JSON.parse(process.env.ACCESS); const show = console.log;`;
  const { code } = await transform(replaced(`${imports.join(' ')}\n${given}\n{\n${rest}\n}\nconsole.log('ran to its end');\nprocess.exit();`, access, world.site.url), { loader: 'ts', target: 'es2022' });
  await writeFile(file, code);
  const { stdout, stderr } = await read(process.execPath, [file], { env: { ...process.env, ACCESS: JSON.stringify(access) } });
  assert.match(stdout, /ran to its end/, stderr);
}

/** What an example uses of the package without importing it. */
function importsOfOthers(imports) {
  const names = ['connect', 'init', 'endpoints', 'version', 'ZaqarError'].filter(name => !imports.some(statement => new RegExp(`\\b${name}\\b`).test(statement)));
  return names.length > 0 ? `import { ${names.join(', ')} } from '/example-page.mjs';` : '';
}

function replaced(code, { websocket, rest, projectId, redisPort }, site) {
  return code
    .replaceAll("projectId: 'demo'", `projectId: '${projectId}'`)
    .replaceAll(/wss:\/\/zaqar\.example|ws:\/\/localhost:9000/g, websocket)
    .replaceAll(/https:\/\/zaqar\.example|http:\/\/localhost:8888/g, rest)
    .replaceAll(/'zaqar-web\/(\w+)'/g, `'${site}pkg/$1.js'`)
    .replaceAll('redis://10.0.0.5:6379', `redis://127.0.0.1:${redisPort}/1`)
    .replaceAll('https://cdn.example/', `${site}pkg/`)
    .replaceAll('https://shop.example/', site);
}

function answer(body, type) {
  return (request, response) => void response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
}
