// A module and a wasm of two builds refuse each other when the wasm is loaded, whichever entry loads it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { SCRIPT } from '../../scripts/lib/entries.mjs';
import { at, pkg } from '../../scripts/lib/paths.mjs';
import { freshEntry } from './lib/entry.mjs';

const ENTRIES = { 'zaqar-web': 'node.js', 'zaqar-web in browsers': 'index.js', 'zaqar-web/slim': 'slim.js', 'zaqar-web/inline': 'inline.js' };
const SECTION = 'zaqar_web_build';

const { version } = JSON.parse(await readFile(at('package.json'), 'utf8'));
const shipped = await readFile(path.join(pkg, 'zaqar_web.wasm'));
const [, hash] = /\+(\w+)$/.exec(new TextDecoder().decode(WebAssembly.Module.customSections(new WebAssembly.Module(shipped), SECTION)[0]));

/** By what is wrong with it: a wasm that does not fit, and what it is called. */
const OTHERS = {
  'another version': { wasm: ofBuild(`9.8.7+${hash}`), found: `9.8.7+${hash}` },
  'the same version with other bytes': { wasm: ofBuild(`${version}+00000000`), found: `${version}+00000000` },
  'no build, as before there were any': { wasm: ofBuild(undefined), found: 'of an unknown build' },
  'something else': { wasm: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), found: 'of an unknown build' },
};

for (const [name, file] of Object.entries(ENTRIES)) {
  describe(name, () => {
    let entry;
    before(async () => (entry = await freshEntry(file)));

    test('exports the version of the package', () => assert.equal(entry.version, version));

    for (const [what, { wasm, found }] of Object.entries(OTHERS)) {
      test(`refuses a wasm of ${what} at once, and names both builds`, async () => {
        const start = performance.now();
        for (const source of [wasm, await WebAssembly.compile(wasm), new Response(wasm, { headers: { 'Content-Type': 'application/wasm' } })]) {
          await assert.rejects(entry.init(source), error => {
            assert.equal(error.code, 'unsupported');
            assert.match(error.message, new RegExp(`zaqar-web ${version.replaceAll('.', '\\.')}\\+${hash} `));
            assert.ok(error.message.includes(found), error.message);
            return true;
          });
        }
        assert.ok(performance.now() - start < 1_000);
      });
    }

    test('takes the right wasm after that', async () => {
      await assert.rejects(entry.init(OTHERS['another version'].wasm), { code: 'unsupported' });
      await entry.init(shipped);
      const client = await entry.connect({ rest: 'http://127.0.0.1:1', projectId: 'p', lazy: true });
      assert.equal(client.state, 'connecting');
      await client.close({ timeoutMs: 0 });
    });
  });
}

test('the script for CDNs exports the version, too', async () => {
  const script = await readFile(path.join(pkg, SCRIPT), 'utf8');
  assert.equal(new Function(`${script}; return zaqarWeb.version`)(), version);
});

test('a wasm whose section is right and whose memory has another layout is refused', async () => {
  const entry = await freshEntry('inline.js');
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = async (...given) => {
    const { exports } = await instantiate.apply(WebAssembly, given);
    return { exports: { ...exports, layoutVersion: () => exports.layoutVersion() + 1 } };
  };
  try {
    await assert.rejects(entry.init(), { code: 'unsupported', message: /layout/ });
  } finally {
    WebAssembly.instantiate = instantiate;
  }
  await entry.init();
});

/** The shipped wasm as if it were of that build. */
function ofBuild(build) {
  const bare = withoutSection(shipped);
  if (build === undefined) return bare;
  const text = value => [Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)];
  const content = Buffer.concat([...text(SECTION), Buffer.from(build)]);
  return Buffer.concat([bare, Buffer.from([0, content.length]), content]);
}

/** It is the last section, and shorter than 128 bytes. */
function withoutSection(bytes) {
  const name = bytes.lastIndexOf(SECTION);
  return bytes.subarray(0, name - 3);
}
