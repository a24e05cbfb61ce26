// Headless Chromium, and pages in it that use the built package as any site would: imported from /pkg/index.js, under the
// strict content security policy and trusted types of scripts/serve.mjs.
//
//   const browser = await startBrowser();
//   const page = await browser.openPage({ site });                 // a Playwright page
//   await page.evaluate(() => window.zaqar.connect({ … }));        // window.zaqar is the package's module
//   page.assertNoProblems();                                       // no console error, no exception, no policy violation
//   await browser.stop();

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../../scripts/lib/chromium.mjs';
import { CSP } from '../../scripts/serve.mjs';
import { startLedFirefox } from './firefox.mjs';
import { startWebkit } from './webkit.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The browser that most tests use; `npm test` runs some of them with others, which give their pages less: asking-page.mjs. */
export const BROWSER = process.env.ZAQAR_WEB_BROWSER ?? 'chromium';

const STARTS = { chromium: startChromium, firefox: startLedFirefox, webkit: startWebkit };

/** Starts it with a profile of its own, which is deleted at `stop`; `flags` are added to ours. */
export const startBrowser = options => STARTS[BROWSER](options);

async function startChromium({ flags = [] } = {}) {
  const executablePath = await findChromium();
  assert.ok(executablePath, 'no Chromium: `npm test` installs one, or name yours with CHROMIUM=…');
  const profile = await mkdtemp(path.join(os.tmpdir(), 'zaqar-web-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [...FLAGS, ...flags],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    // Ctrl-C is for the test runner: it ends the tests, and they end the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  return {
    context,
    openPage: options => openPage(context, options),
    async stop() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

let pages = 0;

/**
 * Opens a page on `site` (of scripts/serve.mjs, with /pkg/): a blank one that has the package as `window.zaqar`, or the
 * site's own at `path`. `csp` replaces the blank page's policy. Problems that match an expression of `expected` are none:
 * Chromium logs every WebSocket that fails.
 */
export async function openPage(context, { site, path: own, csp = CSP, expected = [] }) {
  const page = await context.newPage();
  page.problems = collectProblems(page, expected);
  page.assertNoProblems = () => assert.deepEqual(page.problems, []);
  if (own !== undefined) {
    await page.goto(new URL(own, site.url).href);
    return page;
  }
  const name = `/blank-${(pages += 1)}`;
  site.route(`${name}.html`, text('text/html', HTML(name), csp));
  site.route(`${name}.js`, text('text/javascript', SCRIPT, csp));
  await page.goto(new URL(`${name}.html`, site.url).href);
  try {
    await page.waitForFunction(() => window.zaqar, null, { timeout: 10_000 });
  } catch {
    throw new Error(`the package does not load: ${page.problems.join('\n') || 'no reason given'}`);
  }
  return page;
}

// The icon is given, or its absence would be a problem.
const HTML = name => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,">
<script type="module" src="${name}.js"></script>`;

const SCRIPT = `import * as zaqar from '/pkg/index.js';
window.zaqar = zaqar;
`;

function text(type, body, csp) {
  return (request, response) => {
    response.setHeader('Content-Security-Policy', csp);
    // not `no-store`, which would keep the page out of the back/forward cache
    response.setHeader('Cache-Control', 'no-cache');
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
  };
}

/** Everything that goes wrong on the page without anybody asking; policy violations come as console errors. */
export function collectProblems(page, expected) {
  const problems = [];
  const note = problem => {
    if (!expected.some(expression => expression.test(problem))) problems.push(problem);
  };
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', error => note(`uncaught: ${error.stack ?? error}`));
  page.on('crash', () => note('the page crashed'));
  return problems;
}
