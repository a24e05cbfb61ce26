// The demo page as a visitor meets it: started by its own command, in Chromium, with what is on it found by test id.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { at } from '../../../scripts/lib/paths.mjs';
import { startBrowser } from '../../support/browser.mjs';
import { cutOff, overlaps, weakContrast } from './look.mjs';

/**
 * Chromium logs each socket that fails, and each answer that says no: over REST a tail asks by id whether what it knows is
 * still there, and `mail` is emptied all the time; Zaqar answers 503 to statistics of a message that leaves while it counts, and now and then
 * to the purge of thousands.
 * Nothing else may go wrong.
 */
export const EXPECTED = [
  /WebSocket connection to '[^']+' failed/,
  /a status of 404 \(Not Found\) \(\S+\/queues\/mail\/messages\?ids=/,
  /a status of 503 \(Service Unavailable\) \(\S+\/(queues\/mail\/stats|purge)\)/,
];
export const NO_SERVER = /Failed to load resource: net::ERR_\w+/;

/** What a test file works on: the running demo, the browser, and the page that is shown. */
export let demo, browser, page;

export async function begin() {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(demo.url).origin });
}

export async function end() {
  await Promise.all([browser?.stop(), demo?.stop()]);
}

/** Opens the page that all that follows is about, unless it is told another. */
export async function show() {
  page = await visit();
}

/** The demo's own command, up to the line it prints. */
export async function startDemo(...options) {
  const child = spawn(process.execPath, [at('scripts', 'demo.mjs'), '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  let words = '';
  child.stderr.on('data', chunk => (words += chunk));
  const ended = new Promise(resolve => child.once('close', (code, signal) => resolve({ code, signal })));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    return ended;
  };
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', line => {
      lines.push(line);
      const [, address] = /^Demo: (http:\S+)$/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
    ended.then(() => reject(new Error(`the demo ended before it began: ${words}`)));
  });
  return { pid: child.pid, url, lines, words: () => words, ended, stop };
}

/** A page of the demo; what is on it is found by test id. */
export async function visit(url = demo.url, expected = EXPECTED) {
  const visitor = await browser.openPage({ site: { url }, path: '/', expected });
  visitor.setDefaultTimeout(10_000);
  await visitor.setViewportSize({ width: 1600, height: 1000 });
  return visitor;
}

export const part = (name, of = page) => of.locator(`[data-testid="${name}"]`);
export const press = (name, of = page) => part(name, of).click();
export const number = async (name, of = page) => Number((await part(name, of).textContent()).replaceAll(',', ''));
export const row = (name, of = page) => of.locator(`[data-queue="${name}"]`);
export const notice = () => part('live-region').textContent();

/** Waits until the part's text fits. */
export async function reads(name, expression, { of = page, timeout = 10_000 } = {}) {
  const locator = typeof name === 'string' ? part(name, of) : name;
  const end = performance.now() + timeout;
  let text;
  do {
    text = await locator.textContent({ timeout });
    if (expression.test(text)) return text;
    await of.waitForTimeout(25);
  } while (performance.now() < end);
  return assert.match(text, expression);
}

export const logged = (of = page) => of.locator('#log p span').allTextContents();

/** Looks at the page in each width, and leaves it wide. */
export async function looksRight(colorScheme) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  for (const [width, height] of [[390, 844], [760, 900], [1280, 800], [1440, 900], [1600, 1000]]) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(50);
    const where = `${colorScheme}, ${width} px`;
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${where}: scrolls sideways`);
    assert.deepEqual(await page.evaluate(overlaps), [], `${where}: overlap`);
    assert.deepEqual(await page.evaluate(cutOff), [], `${where}: cut off`);
    assert.deepEqual(await page.evaluate(weakContrast), [], `${where}: too faint`);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
