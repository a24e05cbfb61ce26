// A crash of the wasm in Chromium and in Firefox, wherever the page, the server or the browser calls it. One page of each
// browser crashes again and again; it runs tests/shell/lib/crash.js and tells this server what came of it. In Node:
// tests/shell/crash.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { findFirefox } from '../../scripts/lib/firefox.mjs';
import { startSite } from '../../scripts/serve.mjs';
import { PLACES } from '../shell/lib/crash.js';
import { TRAPS_OF_ALL_KINDS, assertContained } from '../shell/lib/crashes.mjs';
import { startStandIn } from '../shell/lib/stand-in.mjs';
import { trappingWasm } from '../shell/lib/traps.mjs';
import { startBrowser } from '../support/browser.mjs';
import { startFirefox } from '../support/firefox.mjs';
import { until } from './lib/stage.mjs';

/** One trap in each place, and each trap in one place; Node has them all. */
const CRASHES = [
  ...Object.keys(PLACES).map(place => ({ trap: 'panic', place })),
  ...TRAPS_OF_ALL_KINDS.filter(trap => trap !== 'panic').map(trap => ({ trap, place: 'a frame' })),
];

const PAGE = '<!doctype html><html lang="en"><title>Crashes</title><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';
const script = server => `
  import * as zaqar from '/pkg/index.js';
  import { crash } from '/shell/crash.js';
  const wasm = await (await fetch('trapping.wasm')).arrayBuffer();
  for (const [index, each] of ${JSON.stringify(CRASHES)}.entries()) {
    const report = await crash(zaqar, { ...each, wasm, server: ${JSON.stringify(server)} }).catch(error => ({ error: String(error.stack ?? error) }));
    await fetch('result?' + index, { method: 'POST', body: JSON.stringify(report) });
  }
`;

suite('Chromium', async url => {
  const browser = await startBrowser();
  await (await browser.context.newPage()).goto(url);
  return browser;
});

suite(
  'Firefox',
  async url => {
    const browser = await startFirefox();
    browser.open(url);
    return browser;
  },
  (await findFirefox()) ? undefined : 'there is no Firefox here',
);

function suite(name, open, skip) {
  describe(name, { skip, timeout: 240_000 }, () => {
    const reports = [];
    const running = [];
    before(async () => {
      const [server, wasm] = await Promise.all([startStandIn(), trappingWasm()]);
      const site = await startSite({ roots: { '/pkg/': 'pkg', '/shell/': 'tests/shell/lib' } });
      running.push(server, site);
      const file = (type, body) => (request, response) => response.writeHead(200, { 'Content-Type': type }).end(body);
      site.route('/crash/page.html', file('text/html; charset=utf-8', PAGE));
      site.route('/crash/page.js', file('text/javascript; charset=utf-8', script({ websocket: server.websocket, rest: server.rest })));
      site.route('/crash/trapping.wasm', file('application/wasm', wasm));
      site.route('/crash/result', async (request, response) => {
        const chunks = [];
        for await (const chunk of request) chunks.push(chunk);
        reports[Number(request.url.split('?')[1])] = JSON.parse(Buffer.concat(chunks).toString());
        response.writeHead(204).end();
      });
      running.unshift(await open(`${site.url}crash/page.html`));
    });
    after(async () => {
      for (const service of running) await service.stop();
    });

    for (const [index, { trap, place }] of CRASHES.entries()) {
      test(`a crash by ${trap} in ${place} ends all that is under way, and the next connect works`, async () => {
        const report = await until(() => reports[index], { within: 60_000, what: 'the page tells' });
        assert.equal(report.error, undefined);
        assertContained(report, trap);
      });
    }
  });
}
