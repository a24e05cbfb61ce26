// The packed package in Node: the version that runs this and newer ones, which come from npm where they exist for this machine.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { read } from '../../scripts/lib/run.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { openWorkshop } from './lib/workshop.mjs';

const OTHERS = ['node-22', 'node-26'];

let workshop;
let zaqar;
let project;
before(async () => {
  workshop = await openWorkshop();
  zaqar = await startZaqar();
  project = await workshop.project('node');
});
after(async () => {
  await zaqar?.stop();
  await workshop?.clear();
});

for (const name of [process.version, ...OTHERS]) {
  describe(name, { timeout: 60_000 }, () => {
    let node;
    let major;
    before(async () => {
      node = name === process.version ? process.execPath : workshop.tool(name, 'bin', 'node');
      if (existsSync(node)) major = Number.parseInt((await run('--print', 'process.versions.node')).stdout, 10);
    });
    const run = (...args) => read(node, args, { cwd: project.folder });
    const runs = (title, body, isFor = () => true) =>
      test(title, t => (major === undefined ? t.skip('not for this machine') : isFor(major) ? body() : t.skip(`not for Node ${major}`)));

    runs('makes a round trip over each transport', async () => {
      const options = { websocket: zaqar.websocket, rest: zaqar.rest, ws: major < 22 };
      const { stdout, stderr } = await run('round-trip.mjs', JSON.stringify(options));
      assert.equal(stdout, 'websocket {"sku":4711}\npolling {"sku":4711}\n', stderr);
    });

    runs('takes the wasm from a file that it is told', async () => {
      const code = "import('zaqar-web').then(({ init }) => init(new URL(import.meta.resolve('zaqar-web/zaqar_web.wasm')))).then(() => console.log('loaded'))";
      const { stdout, stderr } = await run('--input-type=module', '--eval', code);
      assert.equal(stdout, 'loaded\n', stderr);
    });

    runs('can try again when the wasm was not one', async () => {
      const code = "import('zaqar-web').then(({ init }) => init(new Uint8Array(8)).catch(error => console.log(error.code)).then(() => init())).then(() => console.log('loaded'))";
      const { stdout, stderr } = await run('--eval', code);
      assert.equal(stdout, 'unavailable\nloaded\n', stderr);
    });

    runs('is left as it was by an import, as where pages are rendered', async () => {
      const { stdout, stderr } = await run('idle.mjs');
      assert.equal(stdout, '[]\n', stderr);
    });

    runs('says what to do where it has no WebSocket', async () => {
      const code = "import('zaqar-web').then(({ connect }) => connect({ websocket: 'ws://127.0.0.1:1', projectId: 'p' })).catch(error => console.log(error.code, error.message))";
      const { stdout, stderr } = await run('--eval', code);
      assert.match(stdout, /^unsupported .*option `WebSocket`/, stderr);
    }, version => version < 22);

    runs('can require it', async () => {
      const { stdout, stderr } = await run('--print', "typeof require('zaqar-web').connect");
      assert.equal(stdout.trim(), 'function', stderr);
    });

    runs('loads it where there is nothing but the language', async () => {
      const { stdout, stderr } = await run('--experimental-vm-modules', 'bare.mjs');
      assert.equal(stdout, 'loaded\n', stderr);
    });

    for (const missing of ['WebAssembly', 'TextDecoder', 'EventTarget']) {
      runs(`says that there is no ${missing}`, async () => {
        const code = `delete globalThis.${missing}; import('zaqar-web').then(({ init }) => init()).catch(error => console.log(error.code, error.message))`;
        const { stdout, stderr } = await run('--eval', code);
        assert.equal(stdout, `unsupported there is no ${missing} here\n`, stderr);
      });
    }
  });
}
