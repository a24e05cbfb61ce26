// The static server: what it may serve, and what it must not.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { json, startSite } from '../../scripts/serve.mjs';

let folder, site;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'serve-test-'));
  await mkdir(path.join(folder, 'www', 'sub'), { recursive: true });
  await mkdir(path.join(folder, 'pkg'));
  const files = { 'secret.txt': 'secret', 'www/index.html': 'home', 'www/sub/index.html': 'sub', 'www/a b.css': 'css', 'www/key.pem': 'key', 'www/.env.txt': 'env', 'pkg/x.wasm': '\0asm' };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  await symlink(path.join(folder, 'secret.txt'), path.join(folder, 'www', 'link.txt'));
  site = await startSite({ routes: { '/config.json': json(() => ({ secret: 1 })) }, roots: { '/pkg/': path.join(folder, 'pkg'), '/': path.join(folder, 'www') } });
});

after(async () => {
  await site.stop();
  await rm(folder, { recursive: true });
});

/** As it is written: fetch would tidy the path up first. */
const get = (target, method = 'GET', headers = {}) =>
  new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port: site.port, path: target, method, headers, agent: false }, async response => {
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

test('answers to the names of this machine only', async () => {
  const { port } = site;
  for (const target of ['/', '/config.json', '/nothing.html']) {
    for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, `localhost.:${port}`, 'localhost', '127.0.0.1:1', `0.0.0.0:${port}`]) {
      const { status, text } = await get(target, 'GET', { Host: host });
      assert.equal(status, 421, `${target} of ${host}`);
      assert.doesNotMatch(text, /home|secret/);
    }
  }
  for (const host of [`localhost:${port}`, `LOCALHOST:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) assert.equal((await get('/', 'GET', { Host: host })).status, 200, host);
  site.answerTo('proxy.example:8443');
  assert.equal((await get('/', 'GET', { Host: 'proxy.example:8443' })).status, 200);
});

test('gives JSON to pages of its own only', async () => {
  const own = `http://127.0.0.1:${site.port}`;
  for (const headers of [{}, { Origin: own }, { 'Sec-Fetch-Site': 'same-origin' }, { 'Sec-Fetch-Site': 'none' }]) {
    assert.equal((await get('/config.json', 'GET', headers)).status, 200, JSON.stringify(headers));
  }
  for (const headers of [{ Origin: 'https://other.example' }, { Origin: 'null' }, { Origin: `http://localhost:${site.port}` }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }]) {
    const { status, text } = await get('/config.json', 'GET', headers);
    assert.equal(status, 403, JSON.stringify(headers));
    assert.doesNotMatch(text, /secret/);
  }
});
