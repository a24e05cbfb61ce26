// The static server: what it may serve, and what it must not.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startSite } from '../../scripts/serve.mjs';

let folder, site;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'serve-test-'));
  await mkdir(path.join(folder, 'www', 'sub'), { recursive: true });
  await mkdir(path.join(folder, 'pkg'));
  const files = { 'secret.txt': 'secret', 'www/index.html': 'home', 'www/sub/index.html': 'sub', 'www/a b.css': 'css', 'www/key.pem': 'key', 'www/.env.txt': 'env', 'pkg/x.wasm': '\0asm' };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await symlink(path.join(folder, 'secret.txt'), path.join(folder, 'www', 'link.txt'));
  site = await startSite({ roots: { '/pkg/': path.join(folder, 'pkg'), '/': path.join(folder, 'www') } });
});

after(async () => {
  await site.stop();
  await rm(folder, { recursive: true });
});

/** As it is written: fetch would tidy the path up first. */
const get = (target, method = 'GET') =>
  new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port: site.port, path: target, method, agent: false }, async response => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode, headers: response.headers, text });
      })
      .once('error', reject)
      .end();
  });

test('serves files of each root with their types', async () => {
  const cases = { '/': ['home', 'text/html'], '/sub/': ['sub', 'text/html'], '/a%20b.css?v=1': ['css', 'text/css'], '/pkg/x.wasm': ['\0asm', 'application/wasm'] };
  for (const [target, [text, type]] of Object.entries(cases)) {
    const answer = await get(target);
    assert.equal(answer.status, 200, target);
    assert.equal(answer.text, text);
    assert.equal(answer.headers['content-type'].split(';')[0], type);
  }
  assert.equal((await get('/', 'HEAD')).text, '');
});

test('sends the strict policy with everything, errors included', async () => {
  for (const target of ['/', '/nothing.html']) {
    const { headers } = await get(target);
    assert.match(headers['content-security-policy'], /script-src 'self' 'wasm-unsafe-eval';/);
    assert.match(headers['content-security-policy'], /require-trusted-types-for 'script'/);
    assert.equal(headers['cache-control'], 'no-store');
  }
});

test('serves nothing outside its roots', async () => {
  for (const target of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/pkg/../../secret.txt', '/pkg/%2e%2e%2fsecret.txt', '/link.txt', '//secret.txt', '/..%5csecret.txt', '/%00', '/%zz', 'http://x/../secret.txt', '/.env.txt', '/key.pem', '/sub', '/pkg']) {
    const { status, text } = await get(target);
    assert.equal(status, 404, target);
    assert.doesNotMatch(text, /secret|env|key/);
  }
  assert.equal((await get('/', 'POST')).status, 405);
});
