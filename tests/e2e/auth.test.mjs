// Authentication on a real Keystone: what a token may be, what it opens, and how one ends that is refused. What becomes of it in the
// course of time is in auth-renewal.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startZaqar } from '../../scripts/zaqar.mjs';
import { QUIET_MS, useAuth } from './lib/auth.mjs';

const auth = useAuth();
const { stage, give, login, ownPage, rest } = auth;

for (const transport of ['websocket', 'polling', 'auto']) {
  describe(`a token over ${transport}`, { timeout: 60_000 }, () => {
    const own = ownPage();

    test('is taken as a string, with its expiry, and from a function', async () => {
      await own.clear();
      const { token, expiresAt } = await give('good');
      const results = await own.page.evaluate(
        async ({ transport, token, expiresAt }) => {
          const forms = [
            token, { token }, { token, expiresAt }, { token, expiresAt: new Date(expiresAt) }, { token, expiresAt: Date.parse(expiresAt) },
            () => token, async () => token, async () => ({ token, expiresAt }), () => freshToken('good'),
          ];
          const results = [];
          for (const form of forms) {
            const client = await t.connect({ transport, token: form });
            const queue = client.queue(t.fresh());
            results.push((await queue.post({ body: 1 })).length + (await queue.stats()).total);
            await client.close();
          }
          return results;
        },
        { transport, token, expiresAt },
      );
      assert.deepEqual(results, Array(9).fill(2));
      if (transport === 'websocket') assert.deepEqual([own.spy.sockets.length, own.spy.count('authenticate')], [9, 9]);
    });

    for (const kind of ['garbage', 'expired', 'revoked']) {
      test(`that is refused (${kind}) is offered twice at most, and then the client ends`, async () => {
        await own.clear();
        const bad = await give(kind);
        const results = await own.page.evaluate(
          async ({ transport, bad }) => {
            let calls = 0;
            const given = () => {
              calls += 1;
              return bad;
            };
            const asString = await t.timed(t.connect({ transport, token: bad.token }));
            const asFunction = await t.timed(t.connect({ transport, token: given }));
            return { asString, asFunction, calls };
          },
          { transport, bad },
        );
        const attempts = own.spy.count('authenticate');
        const requests = own.spy.authorised().length;
        await sleep(QUIET_MS);
        assert.deepEqual([results.asString.error?.code, results.asFunction.error?.code], ['unauthorized', 'unauthorized'], JSON.stringify(results));
        assert.ok(results.asString.ms < 5_000 && results.asFunction.ms < 5_000, JSON.stringify(results));
        assert.equal(results.calls, 2);
        // once as a string, twice from the function
        assert.ok(attempts <= 3, `${attempts} attempts on the socket`);
        assert.ok(requests <= 3, `${requests} attempts over REST`);
        assert.deepEqual([own.spy.count('authenticate'), own.spy.authorised().length], [attempts, requests], 'attempts after the end');
        assert.match(results.asString.error.message, /refused or has expired/);
        assert.match(results.asFunction.error.message, /refuses the token/);
      });
    }

    test('is missing where one is needed: the client ends at once and says so', async () => {
      await own.clear();
      const { error, ms } = await own.page.evaluate(transport => t.timed(t.connect({ transport })), transport);
      assert.equal(error?.code, 'unauthorized');
      assert.match(error.message, /`token`/);
      assert.ok(ms < 4_000, `${ms} ms`);
      await sleep(QUIET_MS);
      assert.ok(own.spy.sockets.length <= 1 && own.spy.requests.length <= 1, `${own.spy.sockets.length} sockets, ${own.spy.requests.length} requests`);
    });

    test('that is for no project is refused as forbidden, at once', async () => {
      await own.clear();
      const { token } = await give('unscoped');
      const { error, ms } = await own.page.evaluate(({ transport, token }) => t.timed(t.connect({ transport, token })), { transport, token });
      assert.deepEqual([error?.code, error?.status], ['forbidden', 403], JSON.stringify(error));
      assert.match(error.message, /another project, or for none/);
      assert.ok(ms < 4_000, `${ms} ms`);
      assert.ok(own.spy.sockets.length + own.spy.requests.length <= 2);
    });
  });
}

describe('a token of another project', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'auto']) {
    test(`is refused over ${transport} as forbidden, at once`, async () => {
      await own.clear();
      const { token } = await give('foreign');
      // REST would take it, should it be asked first
      const { error, ms } = await own.page.evaluate(({ transport, token }) => t.timed(t.connect({ transport, token, fallbackDelayMs: 9_000 })), { transport, token });
      assert.deepEqual([error?.code, error?.status], ['forbidden', 403], JSON.stringify(error));
      assert.ok(ms < 4_000, `${ms} ms`);
      assert.equal(own.spy.count('authenticate'), 1);
    });
  }

  // Keystone's middleware puts the token's project in the place of the one that was asked for; nothing in the answer tells.
  test('works over REST in its own project, whatever `projectId` says', async () => {
    await own.clear();
    const { token } = await give('foreign');
    const name = await own.page.evaluate(async token => {
      const client = await t.connect({ transport: 'polling', token });
      const queue = client.queue(t.fresh('stray'));
      await queue.create();
      return queue.name;
    }, token);
    const queues = async token => (await (await rest(token, `/v2/queues?limit=20`)).json()).queues.map(queue => queue.name);
    assert.ok((await queues(token)).includes(name));
    assert.ok(!(await queues(auth.demo.token)).includes(name));
  });

  test('that comes as a renewal makes the calls forbidden, and the next renewal mends it', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      const kinds = ['short', 'foreign'];
      let turn = 0;
      const client = await t.connect({
        transport: 'websocket',
        token: async () => {
          const kind = kinds[turn++] ?? 'good';
          const { token, expiresAt } = await freshToken(kind);
          // the wrong one is said to end soon, so that the right one follows
          return { token, expiresAt: kind === 'foreign' ? Date.now() + 2_500 : expiresAt };
        },
      });
      const code = async () => (await t.failure(client.queue('any').stats()))?.code ?? 'served';
      const seen = [];
      await t.until(async () => {
        const now = await code();
        if (seen.at(-1) !== now) seen.push(now);
        return seen.length === 3;
      }, { every: 50, within: 20_000 });
      const { connects } = client.metrics();
      return { seen, connects };
    });
    assert.deepEqual(result, { seen: ['served', 'forbidden', 'served'], connects: 1 });
  });
});

describe('a narrow token', { timeout: 30_000 }, () => {
  const own = ownPage();
  const rule = (method, path) => ({ service: 'messaging', method, path });
  const NARROW = {
    socket: [rule('POST', '/')],
    both: [rule('POST', '/'), rule('GET', '/v2/ping'), rule('GET', '/v2/queues/*/messages'), rule('POST', '/v2/queues/*/messages')],
  };
  for (const [kind, rules] of Object.entries(NARROW)) auth.kinds[kind] = () => stage.keystone.api.shortToken(auth.demo, 600, rules);

  test('opens the socket, and a call over REST that it does not cover fails alone', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      let calls = 0;
      const client = await t.connect({ token: () => (calls += 1) && freshToken('socket') });
      const errors = [];
      client.addEventListener('error', ({ detail }) => errors.push(detail.message));
      const queue = client.queue(t.fresh());
      const served = [(await queue.post({ body: 1 })).length, (await queue.claim()).messages.length];
      const refused = [await t.failure(client.health()), await t.failure(queue.updateMetadata({ a: 1 }))].map(error => error?.code);
      return { served, refused, calls, errors, state: client.state, transport: client.transport };
    });
    const { errors, ...rest } = result;
    assert.deepEqual(rest, { served: [1, 1], refused: ['unauthorized', 'unauthorized'], calls: 1, state: 'connected', transport: 'websocket' });
    // told if REST was asked before the socket had answered
    assert.ok(errors.length === 0 || (errors.length === 1 && /REST refuses a token/.test(errors[0])), `${errors}`);
  });

  test('for the socket alone outlives a socket that is slow to come, or lost for a while, beside REST', async () => {
    await own.clear();
    stage.websocket.set({ delayMs: 250 });
    let connected;
    try {
      connected = await own.page.evaluate(async () => {
        window.errors = [];
        window.client = await t.connect({ token: () => freshToken('socket'), fallbackDelayMs: 50, backoffMs: { min: 50, max: 300 } });
        client.addEventListener('error', ({ detail }) => errors.push(detail.message));
        return client.transport;
      });
      stage.websocket.set({ mode: 'refuse' });
      stage.websocket.cut();
      await own.page.evaluate(async () => {
        await t.until(() => client.state !== 'connected');
        window.waiting = client.queue(t.fresh()).post({ body: 1 });
        await t.pause(1_000);
      });
    } finally {
      stage.websocket.set({ mode: 'pass' });
    }
    const result = await own.page.evaluate(async () => ({ posted: (await waiting).length, transport: client.transport, state: client.state, errors }));
    assert.equal(connected, 'websocket');
    assert.deepEqual([result.posted, result.transport, result.state], [1, 'websocket', 'connected'], JSON.stringify(result));
    assert.ok(result.errors.length <= 1, `${result.errors}`);
    assert.ok(own.spy.authorised().length < 20, `${own.spy.authorised().length} requests that REST refused`);
  });

  test('with rules for REST polls, and a call that they do not cover fails alone', async () => {
    await own.clear();
    const result = await own.page.evaluate(async () => {
      let calls = 0;
      const client = await t.connect({ transport: 'polling', token: () => (calls += 1) && freshToken('both') });
      const queue = client.queue(t.fresh());
      const served = (await queue.post({ body: 1 })).length;
      const refused = await t.failure(queue.stats());
      const later = (await queue.messages().toArray()).length;
      await t.pause(500);
      return { served, refused: refused?.code, later, calls, state: client.state };
    });
    assert.deepEqual(result, { served: 1, refused: 'unauthorized', later: 1, calls: 2, state: 'connected' });
  });
});

describe('a server without authentication', { timeout: 30_000 }, () => {
  const own = ownPage();
  let open;
  before(async () => {
    open = await startZaqar();
  });
  after(() => open.stop());

  test('that is sent a token on its socket is recognised, and the error says what to do', async () => {
    await own.clear();
    const { error, ms } = await own.page.evaluate(
      websocket => t.timed(t.connect({ websocket, rest: undefined, token: 'any' })), open.websocket);
    assert.equal(error?.code, 'unauthorized', JSON.stringify(error));
    assert.match(error.message, /without authentication, so leave `token` out/);
    assert.ok(ms < 5_000, `${ms} ms`);
    await sleep(QUIET_MS);
    assert.equal(own.spy.sockets.length, 3);
  });

  test('is polled where REST is at hand, and the trouble is told once', async () => {
    await own.clear();
    const result = await own.page.evaluate(async ({ websocket, rest }) => {
      const errors = [];
      const client = await t.connect({ websocket, rest, token: 'any', backoffMs: { min: 50, max: 100 }, lazy: true });
      client.addEventListener('error', ({ detail }) => errors.push([detail.code, detail.message]));
      const posted = await client.queue(t.fresh()).post({ body: 1 });
      await t.until(() => errors.length > 0);
      await t.pause(1_000);
      return { posted: posted.length, state: client.state, transport: client.transport, errors };
    }, { websocket: open.websocket, rest: open.rest });
    assert.deepEqual([result.posted, result.state, result.transport, result.errors.length], [1, 'connected', 'polling', 1], JSON.stringify(result));
    assert.equal(result.errors[0][0], 'unauthorized');
    assert.match(result.errors[0][1], /without authentication/);
  });
});

describe('a signed URL', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'polling']) {
    test(`allows what it says over ${transport}, without a token, and nothing else`, async () => {
      await own.clear();
      const result = await own.page.evaluate(async transport => {
        const owner = await t.connect({ token: () => freshToken('good') });
        const queue = owner.queue(t.fresh());
        const [id] = await queue.post([{ body: 1 }, { body: 2 }]);
        const reader = await queue.share({ methods: ['GET'], paths: ['messages'] });
        const writer = await queue.share({ methods: ['POST'], paths: ['messages'] });
        const connected = signedUrl => t.connect({ transport, signedUrl, projectId: undefined });
        const guest = async signedUrl => (await connected(signedUrl)).queue(queue.name);
        const [reads, writes] = [await guest(reader), await guest(writer)];
        const served = {
          list: t.bodies(await reads.messages().toArray()),
          get: (await reads.get(id)).body,
          posted: (await writes.post({ body: 3 })).length,
        };
        const stop = new AbortController();
        const tail = reads.tail({ from: 'start', signal: stop.signal });
        served.tail = [(await tail.next()).value.body, (await tail.next()).value.body];
        // what is newest, and notifications, it may not ask for
        const late = reads.tail({ signal: stop.signal });
        const live = reads.subscribe({ signal: stop.signal });
        const lives = (await t.failure(live.ready))?.code ?? 'ready';
        await late.ready;
        await queue.post({ body: 4 });
        served.late = (await late.next()).value.body;
        served.live = lives === 'ready' ? (await live.next()).value.body : lives;
        stop.abort();
        const refused = {
          post: await t.failure(reads.post({ body: 4 })),
          remove: await t.failure(reads.deleteMessages(id)),
          list: await t.failure(writes.messages().toArray()),
          create: await t.failure(reads.create()),
          claim: await t.failure(reads.claim()),
          stats: await t.failure(reads.stats()),
          ping: await t.failure((await connected(reader)).ping()),
        };
        const tampered = await guest({ ...reader, methods: ['GET', 'POST'] });
        refused.tampered = await t.failure(tampered.post({ body: 5 }));
        const soon = await queue.share({ methods: ['GET'], paths: ['messages'], expires: new Date(Date.now() + 4_000) });
        const short = await guest(soon);
        served.before = (await short.messages().toArray()).length;
        await t.pause(Date.parse(`${soon.expires}Z`) - Date.now() + 500);
        refused.expired = await t.failure(short.messages().toArray());
        refused.late = await t.failure((await guest(soon)).messages().toArray());
        return { served, refused, total: (await queue.stats()).total };
      }, transport);
      assert.deepEqual(result.served, { list: [1, 2], get: 1, posted: 1, tail: [1, 2], late: 4, live: transport === 'polling' ? 4 : 'forbidden', before: 4 });
      assert.equal(result.total, 4);
      for (const [what, error] of Object.entries(result.refused)) {
        assert.deepEqual([error?.code, error?.message], ['forbidden', 'the signed URL does not allow this, or has expired'], `${what}: ${JSON.stringify(error)}`);
      }
      if (transport === 'websocket') {
        // the owner has authenticated, its guests have not
        assert.equal(own.spy.count('authenticate'), 1);
        const { headers } = own.spy.frames().findLast(frame => 'URL-Signature' in frame.headers);
        assert.deepEqual([headers['URL-Methods'], Array.isArray(headers['URL-Paths'])], [['GET'], true]);
      } else {
        const { headers } = own.spy.requests.findLast(request => 'url-signature' in request.headers);
        assert.match(headers['url-paths'], /^\/v2\/queues\/[^,]+\/messages$/);
        assert.ok(!('x-auth-token' in headers));
      }
    });
  }
});

describe('a token and what is told', { timeout: 30_000 }, () => {
  const own = ownPage();

  for (const transport of ['websocket', 'polling']) {
    test(`it is in ${transport === 'websocket' ? 'no frame but `authenticate`' : 'one header and nowhere else'}, and in no URL, entry, error, event or JSON`, async () => {
      await own.clear();
      const { token } = await give('good');
      const told = await own.page.evaluate(async ({ transport, token }) => {
        const told = [];
        // without its stack an error would hide what it tells
        const words = value => JSON.stringify(value, (_, each) => (each instanceof Error ? { ...each, message: each.message, stack: each.stack, cause: each.cause } : each));
        const tell = value => told.push(`${words(value)} ${value?.message} ${value}`);
        let turn = 0;
        const client = await t.connect({
          transport,
          logger: tell,
          backoffMs: { min: 20, max: 50 },
          token: () => {
            turn += 1;
            if (turn === 2) throw new Error('away');
            return { token, expiresAt: Date.now() + 2_000 };
          },
        });
        for (const type of ['statechange', 'transportchange', 'error']) client.addEventListener(type, ({ detail }) => tell(detail));
        const queue = client.queue(t.fresh());
        await queue.post({ body: 1 });
        const failures = [() => queue.get('none'), () => queue.updateMetadata({ a: 1 }), () => client.health(), () => client.pools.list().toArray(), () => queue.post({ body: 'x'.repeat(400_000) })];
        for (const attempt of failures) await attempt().catch(tell);
        for (const value of [client, queue, client.metrics(), queue.messages(), { ...client }]) tell(value);
        await t.until(() => turn >= 3);
        await client.close();
        tell(await client.closed);
        const refused = await t.connect({ transport, token: `${token}x`, logger: tell }).catch(error => error);
        tell(refused);
        return told;
      }, { transport, token });
      assert.ok(told.length > 10);
      // Fernet tokens differ from the eleventh character on, at the latest
      const canary = token.slice(20, 60);
      const has = value => Buffer.from(value).toString('latin1').includes(canary);
      assert.deepEqual(told.filter(has), []);
      for (const frame of own.spy.frames()) assert.ok(frame.action === 'authenticate' || !has(frame.raw), frame.action);
      for (const frame of own.spy.received()) assert.ok(!has(frame));
      for (const { url, body, headers } of own.spy.requests) {
        assert.ok(!has(url) && !has(body));
        for (const [name, value] of Object.entries(headers)) assert.ok(name === 'x-auth-token' || !has(value), name);
      }
      const shown = transport === 'websocket' ? own.spy.frames().filter(frame => has(frame.raw)).length : own.spy.authorised().length;
      assert.ok(shown > 0, 'the canary would be seen');
    });
  }
});

describe('who may do what', { timeout: 30_000 }, () => {
  const own = ownPage();

  test('the endpoints of a real catalog lead to the servers', async () => {
    await own.clear();
    const { token, catalog, projectId } = await login('demo', 'demo');
    const result = await own.page.evaluate(async ({ token, catalog, projectId }) => {
      const { endpoints, connect } = window.zaqar;
      const chosen = ['public', 'internal', 'admin'].map(name => endpoints(catalog, { region: 'RegionOne', interface: name }));
      const client = await connect({ ...endpoints(catalog), projectId, token });
      const posted = (await client.queue(t.fresh()).post({ body: 1 })).length;
      await client.close();
      return { chosen: [endpoints(catalog), ...chosen], elsewhere: endpoints(catalog, { region: 'Nowhere' }), posted };
    }, { token, catalog, projectId });
    assert.deepEqual(result, { chosen: Array(4).fill(stage.endpoints), elsewhere: {}, posted: 1 });
  });

  for (const transport of ['websocket', 'polling']) {
    test(`health is the administrator's, everything else is for every role (${transport})`, async () => {
      await own.clear();
      const result = await own.page.evaluate(async transport => {
        const result = {};
        for (const kind of ['admin', 'good', 'reader']) {
          const client = await t.connect({ transport, token: () => freshToken(kind) });
          const error = await t.failure(client.health());
          const posted = (await client.queue(t.fresh()).post({ body: 1 })).length;
          result[kind] = [error?.code ?? 'served', posted, client.state];
        }
        return result;
      }, transport);
      const others = ['forbidden', 1, 'connected'];
      assert.deepEqual(result, { admin: ['served', 1, 'connected'], good: others, reader: others });
    });
  }
});
