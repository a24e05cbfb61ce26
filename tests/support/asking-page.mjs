// Pages of browsers that Playwright does not lead: a page asks its server what to do, imports it as a module, which a strict policy
// allows, and tells what came of it. They can be used as far as the tests use Playwright's: evaluate, exposeFunction, problems.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { decode, encode } from './asking.mjs';

const HTML = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,"><script type="module" src="/in-asking-page.mjs"></script>';
/** So long a page may take to load. */
const LOAD_MS = 30_000;

const served = new WeakSet();
let pages = 0;

/**
 * Opens a page with the package as `window.zaqar` on `site`. `driver` leads the browser: `open(url)` resolves to what `close`,
 * `back` and `at`, which tells the address, take. Problems that match an expression of `expected` are none.
 */
export async function openAskingPage(driver, { site, expected = [] }) {
  const number = (pages += 1);
  const base = `/asking/${number}`;
  const waiting = new Map();
  const functions = new Map();
  const problems = [];
  /** What the page has not said to have taken: an answer may be lost while the page is left. */
  const toDo = [];
  let answer;
  let asked;
  const isAsked = new Promise(resolve => (asked = resolve));
  const hand = () => {
    if (!answer || toDo.length === 0) return;
    answer.end(encode(toDo[0]));
    answer = undefined;
  };
  const post = handle => async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const value = await handle(decode(Buffer.concat(chunks).toString()));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(encode(value));
  };
  await serveScripts(site);
  // not `no-store`, which would keep the page out of the back/forward cache
  site.route(`${base}/page.html`, (request, response) => {
    response.setHeader('Cache-Control', 'no-cache');
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(HTML);
  });
  site.route(`${base}/next`, (request, response) => {
    const taken = Number(new URL(request.url, site.url).searchParams.get('taken'));
    while (toDo[0]?.id <= taken) toDo.shift();
    answer?.end(encode(null));
    answer = response;
    asked();
    hand();
  });
  site.route(`${base}/result`, post(({ id, value, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(`page.evaluate: ${error}`));
    else resolve?.(value);
  }));
  site.route(`${base}/call`, post(({ name, values }) => functions.get(name)(...values)));
  site.route(`${base}/problem`, post(problem => void (expected.some(expression => expression.test(problem)) || problems.push(problem))));

  let runs = 0;
  const run = (text, argument) =>
    new Promise((resolve, reject) => {
      const id = (runs += 1);
      waiting.set(id, { resolve, reject });
      const script = `${base}/run-${id}.mjs`;
      site.route(script, (request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(`export default argument => (${text});`));
      toDo.push({ id, script, argument });
      hand();
    });

  const handle = await driver.open(new URL(`${base}/page.html`, site.url).href);
  const late = new Promise((_, reject) => setTimeout(reject, LOAD_MS, new Error(`the page does not load: ${problems.join('\n')}`)).unref());
  await Promise.race([isAsked, late]);
  return {
    problems,
    assertNoProblems: () => assert.deepEqual(problems, []),
    evaluate: (body, argument) => (typeof body === 'string' ? run(body) : run(`(${body})(argument)`, argument)),
    async exposeFunction(name, body) {
      functions.set(name, body);
      await run('window[argument] = (...values) => window.asking.call(argument, values)', name);
    },
    /** Of its own accord, with no question open: a browser might not keep a page that waits for an answer. */
    async goto(url) {
      toDo.push({ id: (runs += 1), leave: url });
      hand();
      while ((await driver.at(handle)) !== url) await new Promise(resolve => setTimeout(resolve, 20));
    },
    goBack: () => driver.back(handle),
    close: () => driver.close(handle),
  };
}

async function serveScripts(site) {
  if (served.has(site)) return;
  served.add(site);
  for (const name of ['in-asking-page.mjs', 'asking.mjs']) {
    const text = await readFile(new URL(name, import.meta.url));
    site.route(`/${name}`, (request, response) => response.writeHead(200, { 'Content-Type': 'text/javascript; charset=utf-8' }).end(text));
  }
}
