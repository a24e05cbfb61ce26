// The packed package with libraries that keep an application's state in Proxies, in Chromium and with a real Zaqar: what comes out
// of their state must work. Most of them make no Proxy of an object with a class or with a mark, so none of ours.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CSP, startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { startBrowser } from '../support/browser.mjs';
import { module, visit } from './lib/pages.mjs';
import { openWorkshop } from './lib/workshop.mjs';

// Frameworks make a Trusted Types policy of their own, so theirs is left to the site.
const POLICY = CSP.replace(/; require-trusted-types-for.*/, '');

const LEAVING = ['Vue ref', 'Vue reactive', 'Vue readonly', 'Alpine', 'MobX', 'Immer', 'Svelte'];
const KINDS = ['client', 'queue', 'live iterator', 'pages', 'message', 'claim', 'consumer'];

let workshop;
let zaqar;
let browser;
let site;
before(async () => {
  workshop = await openWorkshop();
  zaqar = await startZaqar();
  browser = await startBrowser();
  const project = await workshop.project('states');
  await project.npm('run', 'build');
  await project.write('index.html', module('/dist/page.js'));
  site = await startSite({ roots: { '/': project.folder }, csp: POLICY });
});
after(async () => {
  await site?.stop();
  await browser?.stop();
  await zaqar?.stop();
  await workshop?.clear();
});

for (const library of LEAVING) {
  test(`${library} leaves each object as it is`, { timeout: 60_000 }, async () => {
    assert.deepEqual(await worked(library), Object.fromEntries(KINDS.map(kind => [kind, true])));
  });
}

test('Valtio makes a Proxy of each object, and all of them work', { timeout: 60_000 }, async () => {
  assert.deepEqual(await worked('Valtio'), Object.fromEntries(KINDS.map(kind => [kind, false])));
});

/** Works a queue with what comes out of the library's state; resolves to which objects it has left alone. */
async function worked(library) {
  const { title } = await visit(browser, `${site.url}index.html?${new URLSearchParams({ websocket: zaqar.websocket, rest: zaqar.rest, library })}`);
  assert.match(title, /^{/);
  return JSON.parse(title);
}
