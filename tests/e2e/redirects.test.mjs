// REST endpoints that redirect, in Chromium and in Firefox: nothing goes to the other origin, and the page is told. Each page
// connects by itself and tells this server what came of it.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startSite } from '../../scripts/serve.mjs';
import { inEachBrowser } from './lib/each-browser.mjs';
import { until } from './lib/stage.mjs';

/** Where the endpoint redirects to, and the status. */
const REDIRECTS = {
  'to another origin': { status: 307, to: elsewhere => `${elsewhere}/v2/ping` },
  'to another origin for good': { status: 301, to: elsewhere => `${elsewhere}/v2/ping` },
  'within its origin': { status: 308, to: () => '/v2/ping/' },
};
/** What the page's own `fetch` may do about it. */
const FETCHES = { "the browser's fetch": 'undefined', 'a fetch that follows': "(url, options) => fetch(url, { ...options, redirect: 'follow' })" };
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*, X-Auth-Token, X-Project-ID, Client-ID, Content-Type', 'Access-Control-Allow-Methods': '*' };

await inEachBrowser(suite);

function suite(name, open, skip) {
  describe(name, { skip, timeout: 120_000 }, () => {
    const results = new Map();
    const servers = [];
    const leaked = [];
    let site;
    let browser;
    before(async () => {
      const elsewhere = await listening((request, response) => {
        if (request.method !== 'OPTIONS') leaked.push(request.headers);
        response.writeHead(204, CORS).end();
      });
      servers.push(elsewhere);
      site = await startSite({ roots: { '/pkg/': 'pkg' } });
      const cases = Object.entries(REDIRECTS).flatMap(([redirect, how]) => Object.keys(FETCHES).map(own => ({ redirect, own, ...how })));
      const urls = [];
      for (const { redirect, own, status, to } of cases) {
        const endpoint = await listening((request, response) => {
          if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
          response.writeHead(status, { ...CORS, Location: to(elsewhere.origin) }).end();
        });
        servers.push(endpoint);
        const path = `redirects-${urls.length}`;
        serve(site, path, endpoint.origin, FETCHES[own], result => results.set(`${redirect}, ${own}`, result));
        urls.push(`${site.url}${path}.html`);
      }
      browser = await open(urls);
    });
    after(async () => {
      await browser?.stop();
      await site?.stop();
      for (const server of servers) await server.stop();
    });

    for (const redirect of Object.keys(REDIRECTS)) {
      for (const own of Object.keys(FETCHES)) {
        // An endless redirect to itself fails in the browser's own way.
        if (redirect === 'within its origin' && own === 'a fetch that follows') continue;
        test(`${redirect}, with ${own}: \`connect\` rejects and says why`, async () => {
          const key = `${redirect}, ${own}`;
          const { code, message } = await until(() => results.get(key), { within: 60_000, what: `the page tells of a redirect ${key}` });
          assert.equal(code, 'protocol', message);
          assert.match(message, /the REST endpoint redirects/);
          if (own !== "the browser's fetch") assert.match(message, /redirects to http:\/\/127\.0\.0\.1:\d+/);
          else assert.match(message, /the browser does not tell where to/);
        });
      }
    }

    test("by the browser's fetch nothing reaches the other origin", async () => {
      await until(() => results.size >= 5, { within: 60_000, what: 'all pages have told' });
      // The application's own fetch has followed, and has sent what it was given: two times, once for each status.
      assert.equal(leaked.length, 2);
    });
  });
}

/** A page that connects to `rest` and tells what came of it. */
function serve(site, path, rest, fetch, tell) {
  const text = (type, body) => (_request, response) => response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8` }).end(body);
  site.route(`/${path}.html`, text('text/html', `<!doctype html><html lang="en"><title>${path}</title><link rel="icon" href="data:,"><script type="module" src="${path}.js"></script>`));
  site.route(`/${path}.js`, text('text/javascript', `
    import { connect } from '/pkg/index.js';
    const told = await connect({ rest: '${rest}', projectId: 'p', token: 'secret', fetch: ${fetch} }).then(() => ({ code: 'connected' }), ({ code, message }) => ({ code, message }));
    await fetch('/${path}.told', { method: 'POST', body: JSON.stringify(told) });`));
  site.route(`/${path}.told`, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    tell(JSON.parse(body));
    response.writeHead(204).end();
  });
}

async function listening(answer) {
  const server = http.createServer(answer);
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      return new Promise(resolve => server.close(resolve));
    },
  };
}
