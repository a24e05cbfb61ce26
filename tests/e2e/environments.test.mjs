// Where the package runs: windows and workers of every kind, under a policy that allows wasm and no eval, in Chromium,
// Firefox and WebKitGTK. Each page or worker posts to a real Zaqar and reads it back, over the socket and over REST, and tells this server
// what came of it; nothing drives it. Node's versions are in tests/packaging.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SCRIPT, integrity } from '../../scripts/lib/entries.mjs';
import { at, pkg } from '../../scripts/lib/paths.mjs';
import { startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { inEachBrowser } from './lib/each-browser.mjs';
import { ask, until } from './lib/stage.mjs';

const ALLOWED = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src *";
const REFUSED = "default-src 'self'; script-src 'self'; connect-src *";

/** What a page's module does, so that the package is used in which scope; `attempt` and `beside` are in environments/attempt.js. */
const PAGES = {
  'a window': { scope: 'Window', script: "import * as zaqar from '/pkg/index.js'; attempt(zaqar);" },
  'a window, the wasm inside': { scope: 'Window', script: "import * as zaqar from '/pkg/inline.js'; attempt(zaqar);" },
  'a window that brings the wasm': { scope: 'Window', script: "import * as zaqar from '/pkg/slim.js'; zaqar.init('/pkg/zaqar_web.wasm'); attempt(zaqar);" },
  'a window with a script tag': { scope: 'Window', script: 'attempt(zaqarWeb);' },
  'a dedicated worker': { scope: 'DedicatedWorkerGlobalScope', script: "new Worker(beside('worker-module.js'), { type: 'module' });" },
  'a classic dedicated worker': { scope: 'DedicatedWorkerGlobalScope', script: "new Worker(beside('worker-classic.js'));" },
  'a shared worker': { scope: 'SharedWorkerGlobalScope', script: "new SharedWorker(beside('worker-module.js'), { type: 'module' });" },
  'a service worker': { scope: 'ServiceWorkerGlobalScope', script: "navigator.serviceWorker.register(beside('worker-module.js'), { type: 'module', scope: '/environments/module' });" },
  'a classic service worker': { scope: 'ServiceWorkerGlobalScope', script: "navigator.serviceWorker.register(beside('worker-classic.js'), { scope: '/environments/classic' });" },
  'a server that gives the wasm no type': { scope: 'Window', script: "import * as zaqar from '/octets/index.js'; attempt(zaqar);" },
  'a server that gives its type a parameter': { scope: 'Window', script: "import * as zaqar from '/parameter/index.js'; attempt(zaqar);" },
};

/** The same where wasm is refused or missing, with the code and the words of the error. */
const FAILING = {
  'a window that may not compile': { ...PAGES['a window'], policy: REFUSED, code: 'unsupported', words: /'wasm-unsafe-eval'.*script-src/ },
  'a window that may not compile what is inside': { ...PAGES['a window, the wasm inside'], policy: REFUSED, code: 'unsupported', words: /'wasm-unsafe-eval'.*script-src/ },
  'a worker that may not compile': { ...PAGES['a dedicated worker'], policy: REFUSED, code: 'unsupported', words: /'wasm-unsafe-eval'.*script-src/ },
  'a window without WebAssembly': { script: `delete globalThis.WebAssembly; ${PAGES['a window'].script}`, code: 'unsupported', words: /no WebAssembly/ },
  'a server without the wasm': { script: "import * as zaqar from '/missing/index.js'; attempt(zaqar);", code: 'unavailable', words: /zaqar_web\.wasm answered 404.*beside the module/ },
  'a server that answers everything with its page': { script: "import * as zaqar from '/page/index.js'; attempt(zaqar);", code: 'unavailable', words: /could not be loaded \(CompileError/ },
  'a slim package that got no wasm': { script: "import * as zaqar from '/pkg/slim.js'; attempt(zaqar);", code: 'invalid-argument', words: /call init\(source\) first/ },
};

const ALL = { ...PAGES, ...FAILING };

let zaqar;
before(async () => (zaqar = await startZaqar()));
after(() => zaqar?.stop());

await inEachBrowser(suite);

function suite(name, open, skip) {
  describe(name, { skip, timeout: 180_000 }, () => {
    const results = new Map();
    let site;
    let browser;
    before(async () => {
      site = await startSite({ roots: { '/pkg/': 'pkg' } });
      await serve(site, results);
      browser = await open(Object.keys(ALL).map(environment => `${site.url}environments/page.html?${new URLSearchParams({ environment })}`));
    });
    after(async () => {
      await browser?.stop();
      await site?.stop();
    });
    const resultOf = environment => until(() => results.get(environment), { within: 60_000, what: `${environment} tells what came of it` });

    for (const [environment, { scope }] of Object.entries(PAGES)) {
      test(`${environment} works a queue over the socket and over REST`, async () => {
        const { queue, ...result } = await resultOf(environment);
        assert.deepEqual(result, { scope, came: ['websocket 1152921504606846977', 'polling 1152921504606846977'] });
        const stored = await ask(zaqar, { projectId: 'environments' }).bodies(queue);
        assert.deepEqual(stored.map(body => body.over), ['websocket', 'polling']);
      });
    }
    for (const [environment, { code, words }] of Object.entries(FAILING)) {
      test(`${environment} is told what to do`, async () => {
        const { error } = await resultOf(environment);
        assert.equal(error?.name, 'ZaqarError');
        assert.equal(error.code, code);
        assert.match(error.message, words);
      });
    }
  });
}

/** The pages, the workers, the package as bad servers give it, and the place for results. */
async function serve(site, results) {
  const text = (type, body) => (request, response) => {
    response.setHeader('Content-Security-Policy', ALL[environmentOf(request)]?.policy ?? ALLOWED);
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(typeof body === 'function' ? body(environmentOf(request)) : body);
  };
  const endpoints = JSON.stringify({ websocket: zaqar.websocket, rest: zaqar.rest });
  const attempt = await readFile(at('tests', 'e2e', 'environments', 'attempt.js'), 'utf8');
  const script = `<script src="/pkg/${SCRIPT}" integrity="${await integrity(path.join(pkg, SCRIPT))}" crossorigin="anonymous"></script>`;
  const html = environment => `<!doctype html><html lang="en"><title>${environment}</title><link rel="icon" href="data:,">
${environment.includes('script tag') ? script : ''}<script src="attempt.js"></script><script type="module" src="page.js?${new URLSearchParams({ environment })}"></script>`;
  site.route('/environments/page.html', text('text/html', html));
  site.route('/environments/page.js', text('text/javascript', environment => ALL[environment].script));
  site.route('/environments/attempt.js', text('text/javascript', attempt.replace('ENDPOINTS', endpoints)));
  site.route('/environments/worker-module.js', text('text/javascript', "import './attempt.js'; import * as zaqar from '/pkg/index.js'; attempt(zaqar);"));
  site.route('/environments/worker-classic.js', text('text/javascript', `importScripts('/pkg/${SCRIPT}', 'attempt.js'); attempt(zaqarWeb);`));
  site.route('/environments/result', async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    results.set(environmentOf(request), JSON.parse(body));
    response.writeHead(204).end();
  });
  const [index, wasm] = await Promise.all(['index.js', 'zaqar_web.wasm'].map(name => readFile(path.join(pkg, name))));
  const plain = (status, type, body) => (request, response) => void response.writeHead(status, { 'Content-Type': type }).end(body);
  const answers = {
    octets: plain(200, 'application/octet-stream', wasm),
    parameter: plain(200, 'application/wasm; charset=utf-8', wasm),
    missing: plain(404, 'text/plain', ''),
    page: plain(200, 'text/html', '<!doctype html>'),
  };
  for (const [folder, answer] of Object.entries(answers)) {
    site.route(`/${folder}/index.js`, plain(200, 'text/javascript', index));
    site.route(`/${folder}/zaqar_web.wasm`, answer);
  }
}

function environmentOf(request) {
  return new URL(request.url, 'http://any').searchParams.get('environment');
}
