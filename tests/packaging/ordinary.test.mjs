// The crate is an ordinary one for wasm-bindgen: built by cargo without any flag of ours, and bound as `wasm-bindgen --target web`
// does it, its exported classes lead a conversation with a real Zaqar, in Node and as plain files in Chromium. `wasm-pack` builds it,
// too, where it is on the PATH with the command `wasm-bindgen` of the crate's version. What JavaScript lends the wasm is js/host.ts.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';
import WebSocket from 'ws';
import { xtask } from '../../scripts/build.mjs';
import { at, cache, root } from '../../scripts/lib/paths.mjs';
import { read } from '../../scripts/lib/run.mjs';
import { startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startBrowser } from '../support/browser.mjs';

const LEND = `
  import { attachTo } from './js/codec/decode.ts';
  import { encode } from './js/codec/encode.ts';
  import { CrashGuard } from './js/crash.ts';
  import { hostOf } from './js/host.ts';
  export { encode };
  export function lend(bindings, { memory }) {
    bindings.attach(hostOf(new CrashGuard(() => undefined)));
    attachTo(bindings, memory);
  }
`;

/** What is done with the exported classes. It runs in Node and in the browser. */
const DRIVE = `
  export async function drive({ Options, Connection, version }, encode, given) {
    const told = [];
    const { promise: closed, resolve } = (() => { let resolve; const promise = new Promise(given => (resolve = given)); return { promise, resolve }; })();
    const options = new Options(given);
    const connection = new Connection(options, {
      state: state => told.push(state),
      transport: transport => told.push(transport ?? 'none'),
      trouble: error => told.push(error.message),
      closed: resolve,
    });
    const queue_name = 'ordinary-' + crypto.randomUUID();
    const status = await connection.callForStatus('queue_create', encode({ queue_name, metadata: {} }));
    const { message_ids } = await connection.call('message_post', encode({ queue_name, messages: [{ body: { sku: 4711, large: 2n ** 60n + 1n } }] }));
    const { messages } = await connection.call('message_get', encode({ queue_name, message_id: message_ids[0] }));
    const walk = connection.walk(encode({ queue_name, limit: 10, echo: true, include_claimed: true, include_delayed: true }));
    const walked = [(await connection.nextMessages(walk))?.length, await connection.nextMessages(walk)];
    const refused = await connection.call('message_get', encode({ queue_name, message_id: 'nothing' })).catch(error => error.code);
    connection.close(1_000);
    await closed;
    return { version: version(), transport: options.settings.transport, status, body: [messages.body.sku, String(messages.body.large)], walked, refused, told };
  }
`;

/** The target folder is another than that of `npm run build`, so that neither undoes the other. */
const TARGET = at('target', 'ordinary');

/** How the files are made in a folder. No flags but those that anyone would give. */
const WAYS = {
  async 'cargo and bindgen'(folder) {
    await runs('cargo', ['build', '--locked', '--release', '--lib', '--target', 'wasm32-unknown-unknown', '--target-dir', TARGET]);
    await xtask('bindgen', path.join(TARGET, 'wasm32-unknown-unknown', 'release', 'zaqar_web.wasm'), folder, '--web');
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  },
  async 'wasm-pack'(folder) {
    // it would fetch wasm-opt
    const options = ['--target', 'web', '--mode', 'no-install', '--no-opt', '--out-dir', folder];
    await runs('wasm-pack', ['build', ...options, '--', '--locked'], { env: { ...process.env, CARGO_TARGET_DIR: TARGET } });
  },
};
const skips = { 'wasm-pack': await lackOfWasmPack() };

let zaqar;
before(async () => (zaqar = await startZaqar()));
after(() => zaqar?.stop());

for (const [way, build] of Object.entries(WAYS)) {
  describe(`made by ${way}`, { skip: skips[way], timeout: 300_000 }, () => {
    let folder;
    before(async () => {
      folder = await mkdtemp(path.join(cache, 'ordinary-'));
      await build(folder);
      await writeFile(path.join(folder, 'drive.js'), DRIVE);
      await esbuild.build({ stdin: { contents: LEND, resolveDir: root }, outfile: path.join(folder, 'lend.js'), bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' });
    });
    after(() => rm(folder, { recursive: true, force: true }));

    for (const transport of ['websocket', 'polling']) {
      test(`its classes work in Node over ${transport}`, async () => {
        const load = name => import(`${pathToFileURL(path.join(folder, name))}?${transport}`);
        const [bindings, { lend, encode }, { drive }] = await Promise.all(['zaqar_web.js', 'lend.js', 'drive.js'].map(load));
        lend(bindings, bindings.initSync({ module: await readFile(path.join(folder, 'zaqar_web_bg.wasm')) }));
        const { websocket, rest } = zaqar;
        assert.deepEqual(await drive(bindings, encode, { websocket, rest, transport, projectId: 'packaging', WebSocket }), await expected(transport));
      });

      test(`its files work in Chromium over ${transport}`, async () => {
        const site = await startSite({ roots: { '/ordinary/': folder, '/pkg/': 'pkg' } });
        const browser = await startBrowser();
        try {
          // Chromium logs the answer that refuses
          const page = await browser.openPage({ site, expected: [/404/] });
          const { websocket, rest } = zaqar;
          const result = await page.evaluate(
            async given => {
              const [bindings, { lend, encode }, { drive }] = await Promise.all(['zaqar_web.js', 'lend.js', 'drive.js'].map(name => import(`/ordinary/${name}`)));
              lend(bindings, await bindings.default());
              return drive(bindings, encode, given);
            },
            { websocket, rest, transport, projectId: 'packaging' },
          );
          assert.deepEqual(result, await expected(transport));
          page.assertNoProblems();
        } finally {
          await browser.stop();
          await site.stop();
        }
      });
    }
  });
}

async function expected(transport) {
  const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
  return { version, transport, status: 201, body: [4711, String(2n ** 60n + 1n)], walked: [1, undefined], refused: 'not-found', told: [transport, 'connected', 'none', 'closed'] };
}

async function runs(command, args, options) {
  const { code, stdout, stderr } = await read(command, args, options);
  assert.equal(code, 0, stdout + stderr);
}

/** What is missing here for wasm-pack, if anything. */
async function lackOfWasmPack() {
  if ((await read('wasm-pack', ['--version'])).code !== 0) return 'there is no wasm-pack on the PATH';
  const [, wanted] = /name = "wasm-bindgen"\nversion = "(.*)"/.exec(await readFile(at('Cargo.lock'), 'utf8'));
  const { stdout } = await read('wasm-bindgen', ['--version']);
  return stdout.trim() === `wasm-bindgen ${wanted}` ? false : `wasm-pack needs the command wasm-bindgen ${wanted} on the PATH`;
}
