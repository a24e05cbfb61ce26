// The panel's table of queues in a real Horizon: what is live in it, and everything that can be done there, over a WebSocket and
// without one.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startHorizonWorld } from '../support/horizon.mjs';
import { cutOff, overlaps, saidWhileTicking } from './lib/look.mjs';
import { endClaim } from './lib/redis.mjs';
import { FAILED_FETCH, FAILED_SOCKET, until } from './lib/stage.mjs';

let world, page, zaqar;

before(async () => {
  world = await startHorizonWorld();
  zaqar = await world.zaqarOf('demo');
  page = await world.openHorizon({ expected: [FAILED_FETCH, FAILED_SOCKET] });
});
after(async () => {
  try {
    page?.assertNoProblems();
  } finally {
    await world?.stop();
  }
});

let names = 0;
const fresh = prefix => `${prefix}-${(names += 1)}`;
const part = testid => page.locator(`[data-testid="${testid}"]`);
const row = name => page.locator(`tr[data-key="${name}"]`);
const cell = (name, column) => row(name).locator(`[data-column="${column}"]`).innerText();
const dialog = () => page.locator('dialog[open]');
const toast = () => page.locator('.zw-toast').last();
const shown = async () => (await page.locator('.zw-queues tbody tr[data-key]').evaluateAll(rows => rows.map(each => each.dataset.key)));
/** What a person reads there in the end. */
const reads = (locator, expression, within) => until(async () => expression.test((await locator.allInnerTexts()).join('\n')), { within, what: `${locator} reads ${expression}` });

async function makeQueue(name, { metadata, messages = 0 } = {}) {
  await zaqar('PUT', `/v2/queues/${name}`, metadata);
  if (messages > 0) await zaqar('POST', `/v2/queues/${name}/messages`, { messages: Array.from({ length: messages }, (_, i) => ({ body: i })) });
  await row(name).waitFor({ timeout: 20_000 });
}
const exists = async name => (await zaqar('GET', '/v2/queues?limit=20&marker=')).queues.some(queue => queue.name === name);
const metadata = name => zaqar('GET', `/v2/queues/${name}`);
const total = async name => (await zaqar('GET', `/v2/queues/${name}/stats`)).messages.total;
const subscriptions = async name => (await zaqar('GET', `/v2/queues/${name}/subscriptions`)).subscriptions;

/** Chooses from the menu of a row. */
async function choose(name, action) {
  await row(name).locator('.dropdown-toggle').click();
  await page.getByRole('menuitem', { name: action, exact: true }).click();
}
const submit = () => dialog().locator('[data-testid="dialog-submit"]').click();
const field = label => dialog().getByLabel(label, { exact: true });
async function clear() {
  for (const { name } of (await zaqar('GET', '/v2/queues?limit=20')).queues) await zaqar('DELETE', `/v2/queues/${name}`);
}

/** One test's failure is not to be the next one's. */
afterEach(async () => {
  if (await dialog().count()) await page.keyboard.press('Escape');
});

const TRANSPORTS = {
  WebSocket: () => {},
  Polling: () => {
    world.websocket.set({ mode: 'status', status: 403 });
    world.websocket.cut();
  },
};

for (const [transport, arrange] of Object.entries(TRANSPORTS)) {
  describe(`over ${transport}`, () => {
    before(async () => {
      arrange();
      await reads(part('transport'), new RegExp(transport), 30_000);
    });
    after(async () => {
      world.websocket.set({ mode: 'pass' });
      await clear();
    });

    test('says what carries the requests, how long they take and since when', async () => {
      assert.equal(await part('state').innerText(), 'Connected');
      await reads(part('rtt'), /^[\d.]+ m?s$/);
      assert.match(await page.locator('.zw-connection').innerText(), /for \d+ s/);
      assert.match(await part('heard').textContent(), new RegExp(`^Connected, ${transport}$`));
    });

    test('a queue and messages that come from outside appear without a reload', async () => {
      const name = fresh('outside');
      await page.evaluate(() => { window.sameDocument = true; });
      await makeQueue(name, { messages: 3 });
      await until(async () => (await cell(name, 'total')) === '3');
      await zaqar('POST', `/v2/queues/${name}/messages`, { messages: [{ body: 4 }] });
      await zaqar('POST', `/v2/queues/${name}/claims?limit=1`, { ttl: 60, grace: 60 });
      await until(async () => (await cell(name, 'total')) === '4' && (await cell(name, 'claimed')) === '1' && (await cell(name, 'free')) === '3');
      assert.match(await cell(name, 'oldest'), /^\d+ s$/);
      assert.equal(await page.evaluate(() => window.sameDocument), true);
    });

    test('a queue is created with metadata; what would break its name is told while it is typed', async () => {
      const name = fresh('created');
      await part('create-queue').click();
      await part('create-name').fill('a.b');
      await part('create-name').blur();
      await reads(dialog(), /No dots/);
      await part('create-name').fill('');
      await submit();
      await reads(dialog(), /Give it a name/);
      await part('create-name').fill(name);
      await dialog().getByText('Metadata', { exact: true }).click();
      await field('Time to live').fill('30');
      await submit();
      await reads(dialog(), /A whole number from 60 to 1,209,600/);
      await field('Time to live').fill('120');
      await part('metadata-add').click();
      await field('Key').fill('owner');
      await field('Value, as JSON').fill('{"team": 9007199254740993}');
      await submit();
      await dialog().waitFor({ state: 'detached' });
      await reads(toast(), new RegExp(`Queue ${name} created`));
      const stored = await metadata(name);
      assert.equal(stored._default_message_ttl, 120);
      // JSON.parse rounds it; that it is exact is another test's.
      assert.equal(stored.owner.team, 9007199254740992);
      assert.equal(await page.evaluate(() => document.activeElement.textContent), name);
    });

    test('metadata is changed by forms that know the limits of the reserved keys', async () => {
      const name = fresh('metadata');
      await makeQueue(name, { metadata: { _max_messages_post_size: 1000, colour: 'blue', old: 1 } });
      await choose(name, 'Metadata');
      await dialog().waitFor();
      assert.equal(await field('Largest post').inputValue(), '1000');
      const limits = [['Time to live', '59', '60'], ['Delay', '901', '900'], ['Largest post', '262145', '262144'], ['Time to live of dead letters', '1209601', '1209600'], ['Claims per message', '0', '3']];
      for (const [label, wrong] of limits) await field(label).fill(wrong);
      await field('Dead-letter queue').fill('no dots.');
      await submit();
      assert.equal(await dialog().locator('.has-error').count(), limits.length + 1);
      for (const [label, , right] of limits) await field(label).fill(right);
      await field('Dead-letter queue').fill('');
      await reads(dialog(), /work only together/);
      await field('Dead-letter queue').fill('dead');
      assert.doesNotMatch(await dialog().innerText(), /work only together/);
      await dialog().locator('[data-testid="metadata-pair"]').nth(1).getByRole('button').click();
      await field('Value, as JSON').fill('green');
      await submit();
      await reads(dialog(), /Line 1, column 1/);
      await field('Value, as JSON').fill('"green"');
      await submit();
      await dialog().waitFor({ state: 'detached' });
      await reads(toast(), new RegExp(`Metadata of ${name} saved`));
      const { _default_message_ttl, _default_message_delay, _max_messages_post_size, _dead_letter_queue, _dead_letter_queue_messages_ttl, _max_claim_count, colour, old } = await metadata(name);
      assert.deepEqual(
        { _default_message_ttl, _default_message_delay, _max_messages_post_size, _dead_letter_queue, _dead_letter_queue_messages_ttl, _max_claim_count, colour, old },
        { _default_message_ttl: 60, _default_message_delay: 900, _max_messages_post_size: 262144, _dead_letter_queue: 'dead', _dead_letter_queue_messages_ttl: 1209600, _max_claim_count: 3, colour: 'green', old: undefined },
      );
      await choose(name, 'Metadata');
      await field('Delay').fill('');
      await field('Dead-letter queue').fill('');
      await submit();
      await dialog().waitFor({ state: 'detached' });
      const { _default_message_delay: delay, _dead_letter_queue: deadLetters, _max_claim_count: claims } = await metadata(name);
      assert.deepEqual({ delay, deadLetters, claims }, { delay: 0, deadLetters: null, claims: 3 });
    });

    test('a queue is purged of messages, of subscriptions or of both, after saying what and how many', async () => {
      const name = fresh('purged');
      await makeQueue(name, { messages: 5 });
      for (let i = 0; i < 12; i += 1) await zaqar('POST', `/v2/queues/${name}/subscriptions`, { subscriber: `http://127.0.0.1:9/${i}`, ttl: 3600 });
      await choose(name, 'Purge');
      await reads(part('dialog-text'), new RegExp(`^5 messages of ${name} will be deleted`));
      await page.keyboard.press('Escape');
      await dialog().waitFor({ state: 'detached' });
      assert.equal(await total(name), 5);

      await choose(name, 'Purge');
      await dialog().getByLabel('Subscriptions').check();
      await reads(part('dialog-text'), /All subscriptions of .* its messages stay/);
      await submit();
      await dialog().waitFor({ state: 'detached' });
      assert.deepEqual([await total(name), await subscriptions(name)], [5, []]);

      await choose(name, 'Purge');
      await reads(part('dialog-text'), /^5 messages/);
      await submit();
      await reads(toast(), new RegExp(`${name} purged: 5 messages deleted`));
      assert.equal(await total(name), 0);
      await until(async () => (await cell(name, 'total')) === '0');

      await zaqar('POST', `/v2/queues/${name}/messages`, { messages: [{ body: 1 }] });
      await zaqar('POST', `/v2/queues/${name}/subscriptions`, { subscriber: 'http://127.0.0.1:9/', ttl: 3600 });
      await choose(name, 'Purge');
      await dialog().getByLabel('Both').check();
      await reads(part('dialog-text'), /^1 message and all subscriptions/);
      await submit();
      await dialog().waitFor({ state: 'detached' });
      assert.deepEqual([await total(name), await subscriptions(name)], [0, []]);
    });

    test('many queues are selected and deleted, after saying how many and with how many messages', async () => {
      const [one, two, three] = [fresh('deleted'), fresh('deleted'), fresh('deleted')];
      for (const name of [one, two, three]) await makeQueue(name, { messages: 2 });
      for (const name of [one, two]) await row(name).getByRole('checkbox').check();
      assert.equal(await part('chosen').innerText(), '2 queues selected');
      await part('delete-queues').click();
      await reads(part('dialog-text'), /^These queues and 4 messages in them will be gone/);
      assert.match(await dialog().innerText(), new RegExp(`${one}[^]*${two}`));
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel');
      await page.keyboard.press('Enter');
      await dialog().waitFor({ state: 'detached' });
      assert.ok(await exists(one));

      await part('delete-queues').click();
      await dialog().getByRole('button', { name: 'Delete 2 queues' }).click();
      await reads(toast(), /2 queues deleted/);
      await row(one).waitFor({ state: 'detached' });
      assert.deepEqual([await exists(one), await exists(two), await exists(three)], [false, false, true]);

      await choose(three, 'Delete Queue');
      await reads(part('dialog-text'), new RegExp(`^The queue ${three} and 2 messages in it`));
      await submit();
      await reads(toast(), new RegExp(`Queue ${three} deleted, with 2 messages`));
      assert.equal(await exists(three), false);
    });

    test('a queue opens at its address, and back leads to the table', async () => {
      const name = fresh('opened');
      await makeQueue(name, { messages: 1 });
      await row(name).getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { name, exact: true }).waitFor();
      assert.match(page.url(), new RegExp(`#!/${name}$`));
      await until(async () => (await part('queue-total').innerText()) === '1');
      await page.goBack();
      await row(name).waitFor();
      await choose(name, 'Subscriptions');
      await until(async () => (await page.getByRole('tab', { name: 'Subscriptions' }).getAttribute('aria-selected')) === 'true');
      await page.reload();
      await until(async () => (await page.getByRole('tab', { name: 'Subscriptions' }).getAttribute('aria-selected')) === 'true');
      await page.locator('.zw-heading .dropdown-toggle').click();
      await page.getByRole('menuitem', { name: 'Delete Queue' }).click();
      await submit();
      await page.locator('.zw-queues').waitFor();
      assert.equal(await exists(name), false);
    });
  });
}

describe('the table', () => {
  before(async () => {
    await until(async () => (await part('transport').innerText()) === 'WebSocket', { within: 60_000 });
  });
  after(clear);

  test('an empty project says how to fill it', async () => {
    await clear();
    await reads(part('queues-empty'), /There is no queue in this project yet/, 20_000);
  });

  test('is filtered, sorted by each column and turned page by page', async () => {
    const all = Array.from({ length: 23 }, (_, i) => `sorted-${String(i).padStart(2, '0')}`);
    await Promise.all(all.map((name, i) => zaqar('PUT', `/v2/queues/${name}`).then(() => zaqar('POST', `/v2/queues/${name}/messages`, { messages: Array.from({ length: (i * 7) % 23 + 1 }, () => ({ body: 0 })) }))));
    await reads(part('table-count'), /^1–20 of 23$/, 20_000);
    assert.deepEqual(await shown(), all.slice(0, 20));
    await page.getByRole('button', { name: 'Next page' }).click();
    assert.deepEqual(await shown(), all.slice(20));
    await part('page-size').selectOption('50');
    assert.deepEqual(await shown(), all);
    await part('page-size').selectOption('20');

    await part('sort-name').click();
    assert.deepEqual(await shown(), all.toReversed().slice(0, 20));
    const heading = page.getByRole('columnheader', { name: 'Name' });
    assert.equal(await heading.getAttribute('aria-sort'), 'descending');

    await part('sort-total').click();
    assert.equal(await heading.getAttribute('aria-sort'), 'none');
    const most = [...all].sort((a, b) => (all.indexOf(b) * 7) % 23 - (all.indexOf(a) * 7) % 23);
    await until(async () => (await shown()).join() === most.slice(0, 20).join(), { within: 20_000 });
    for (const key of ['free', 'claimed', 'oldest', 'flow']) {
      await part(`sort-${key}`).click();
      assert.equal(await page.locator(`th:has([data-testid="sort-${key}"])`).getAttribute('aria-sort'), 'descending');
    }
    await part('sort-name').click();

    await part('queue-filter').fill('-1');
    assert.deepEqual(await shown(), all.slice(10, 20));
    await part('queue-filter').fill('nothing');
    await reads(part('queues-empty'), /No queue has this in its name/);
    await part('queue-filter').fill('');
  });

  test('selects the rows of a page, or all of them', async () => {
    await part('select-page').check();
    assert.equal(await part('chosen').innerText(), '20 queues selected');
    await part('choose-all').click();
    assert.equal(await part('chosen').innerText(), '23 queues selected');
    await part('delete-queues').click();
    await reads(dialog(), /and 15 more/);
    await dialog().getByRole('button', { name: 'Delete 23 queues' }).click();
    await reads(toast(), /23 queues deleted/, 30_000);
    assert.deepEqual((await zaqar('GET', '/v2/queues')).queues, []);
  });

  test('a queue that the server cannot count says so in its own row', async () => {
    const [bad, good] = [fresh('bad'), fresh('good')];
    for (const name of [bad, good]) await makeQueue(name, { messages: 2 });
    await until(async () => (await cell(bad, 'total')) === '2');
    const { messages } = await zaqar('POST', `/v2/queues/${bad}/claims`, { ttl: 60, grace: 60 });
    const [, id, claim] = /messages\/([^?]+)\?claim_id=(.+)$/.exec(messages[0].href);
    await endClaim(world.zaqar.redisPort, { id: claim, queue: bad, project: world.keystone.projects.demo, messages: [id] }, { isCollected: false });
    await reads(row(bad), /Zaqar cannot count it at the moment \(500\)/, 40_000);
    // The last numbers stay, with their age; the others go on.
    assert.match(await row(bad).innerText(), /as of \d+ s ago/);
    assert.equal(await cell(bad, 'total'), '2');
    await zaqar('POST', `/v2/queues/${good}/messages`, { messages: [{ body: 1 }] });
    await until(async () => (await cell(good, 'total')) === '3');
    await choose(bad, 'Delete Queue');
    await submit();
    await row(bad).waitFor({ state: 'detached' });
  });

  test('a queue that fills and drains shows at what rate, and the one that grows most stands out', async () => {
    const name = fresh('rate');
    await makeQueue(name);
    const posting = setInterval(() => zaqar('POST', `/v2/queues/${name}/messages`, { messages: Array(20).fill({ body: 1 }) }).catch(() => {}), 500);
    try {
      await until(async () => /▲ [\d.]+\/s/.test(await cell(name, 'flow')), { within: 30_000 });
      await reads(row(name), /growing/, 30_000);
    } finally {
      clearInterval(posting);
    }
    assert.notEqual(await row(name).locator('.zw-in').getAttribute('d'), '');
    await zaqar('POST', `/v2/queues/${name}/purge`, { resource_types: ['messages'] });
    await until(async () => (await row(name).locator('.zw-out').getAttribute('d')) !== '', { within: 20_000 });
  });

  test('is worked by keys, and the focus comes back from menus and dialogs', async () => {
    const [one, two] = [fresh('keys'), fresh('keys')];
    for (const name of [one, two]) await makeQueue(name);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
    await row(one).getByRole('link', { name: one, exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), two);
    await page.keyboard.press('ArrowUp');
    await row(one).locator('.dropdown-toggle').focus();
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'Messages');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(), 'Delete Queue');
    await page.keyboard.press('Home');
    assert.equal(await focused(), 'Messages');
    await page.keyboard.press('Escape');
    assert.equal(await focused(), `More actions: ${one}`);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await dialog().waitFor();
    await page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await focused(), `More actions: ${one}`);
    // Numbers that change take no focus away.
    await zaqar('POST', `/v2/queues/${one}/messages`, { messages: [{ body: 1 }] });
    await until(async () => (await cell(one, 'total')) === '1');
    assert.equal(await focused(), `More actions: ${one}`);
  });

  test('the focus does not go with a row or a button: what is next has it', async () => {
    const [one, two] = [fresh('focus'), fresh('focus')];
    for (const name of [one, two]) await makeQueue(name);
    const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    await part('queue-filter').fill('focus-');
    await choose(one, 'Delete Queue');
    await submit();
    await row(one).waitFor({ state: 'detached' });
    assert.equal(await focused(), `Open: ${two}`);
    await row(two).getByRole('checkbox').check();
    await part('delete-queues').press('Enter');
    await submit();
    await row(two).waitFor({ state: 'detached' });
    assert.equal(await focused(), 'Filter queues by name');
    await part('queue-filter').fill('');
  });

  test('everything on it has a role and a name', async () => {
    await makeQueue('named');
    const things = {
      group: ['Connection to Zaqar'], searchbox: ['Filter queues by name'], combobox: ['Rows on a page'], table: ['Queues of the project'],
      columnheader: ['Name', 'Free', 'Claimed', 'Total', 'Oldest', 'In / out', 'Actions'], rowheader: ['named'], checkbox: ['Select all rows of this page', 'Select named'],
      link: ['named', 'Open: named'], button: ['Create Queue', 'Purge Queues', 'Delete Queues', 'Total', 'More actions: named'],
    };
    for (const [role, names] of Object.entries(things)) {
      for (const name of names) assert.equal(await page.locator('#zaqar-web').getByRole(role, { name, exact: true }).count(), 1, `${role} ${name}`);
    }
    assert.doesNotMatch(await page.locator('#zaqar-web').ariaSnapshot(), /- (button|link|checkbox|textbox|combobox)(:|\n| \[)/);
  });
});

describe('the look', () => {
  before(() => makeQueue('x'.repeat(64), { messages: 1 }));
  after(clear);
  const SIZES = { 'a phone': { width: 360, height: 740 }, 'a tablet': { width: 820, height: 1000 }, 'a wide screen': { width: 1600, height: 900 } };

  for (const theme of ['default', 'material']) {
    for (const [name, size] of Object.entries(SIZES)) {
      test(`of the ${theme} theme on ${name}: nothing overlaps, is cut off or sticks out, dialogs included`, async () => {
        await page.context().addCookies([{ name: 'theme', value: theme, url: world.horizon.url }]);
        await page.setViewportSize(size);
        await page.reload();
        await row('x'.repeat(64)).waitFor({ timeout: 30_000 });
        assert.deepEqual([await page.evaluate(overlaps), await page.evaluate(cutOff)], [[], []]);
        const sticksOut = selector => page.locator(selector).evaluateAll(all => all.filter(each => each.checkVisibility() && (each.getBoundingClientRect().right > innerWidth + 1 || each.getBoundingClientRect().left < -1)).map(each => each.outerHTML.slice(0, 80)));
        assert.deepEqual(await sticksOut('#zaqar-web *'), []);
        await choose('x'.repeat(64), 'Metadata');
        await dialog().waitFor();
        assert.deepEqual(await sticksOut('dialog *'), []);
        assert.ok((await dialog().locator('[data-testid="dialog-submit"]').boundingBox()).y < size.height - 20);
        await page.keyboard.press('Escape');
        await dialog().waitFor({ state: 'detached' });
      });
    }
  }
  after(async () => {
    await page.context().clearCookies({ name: 'theme' });
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.reload();
  });
});

describe('trouble', () => {
  afterEach(() => {
    for (const proxy of [world.websocket, world.rest]) proxy.set({ mode: 'pass' });
  });
  after(clear);

  test('a Zaqar that is gone is told with the age of what is seen, and comes back by itself', async () => {
    const name = fresh('stale');
    await makeQueue(name, { messages: 1 });
    await until(async () => (await cell(name, 'total')) === '1');
    for (const proxy of [world.websocket, world.rest]) {
      proxy.set({ mode: 'refuse' });
      proxy.cut();
    }
    await reads(part('banner'), /Zaqar cannot be reached\.[^]*What you see is .* old/, 30_000);
    assert.equal(await part('state').innerText(), 'Reconnecting');
    await reads(row(name), /as of \d+ s ago/, 30_000);
    assert.deepEqual(await page.evaluate(saidWhileTicking), [], 'a screen reader is told once, not each second');
    assert.equal(await cell(name, 'total'), '1');
    for (const proxy of [world.websocket, world.rest]) proxy.set({ mode: 'pass' });
    await part('retry').click();
    await part('banner').waitFor({ state: 'hidden', timeout: 30_000 });
    await until(async () => !/as of/.test(await row(name).innerText()), { within: 30_000 });
    assert.equal(await part('state').innerText(), 'Connected');
  });

  test('what fails in a dialog is told in it, and can be tried again', async () => {
    const name = fresh('again');
    await part('create-queue').click();
    await part('create-name').fill(name);
    await dialog().getByText('Metadata', { exact: true }).click();
    await part('metadata-add').click();
    await field('Key').fill('_retry_policy');
    await field('Value, as JSON').fill('[]');
    await submit();
    await dialog().getByRole('alert').waitFor();
    await field('Value, as JSON').fill('{}');
    await submit();
    await reads(toast(), new RegExp(`Queue ${name} created`));
  });

  test('what fails or is done after its dialog was closed is told all the same', async () => {
    await part('create-queue').click();
    await part('create-name').fill(fresh('late'));
    await dialog().getByText('Metadata', { exact: true }).click();
    await part('metadata-add').click();
    await field('Key').fill('_retry_policy');
    await field('Value, as JSON').fill('[]');
    await dialog().evaluate(node => {
      node.querySelector('[data-testid="dialog-submit"]').click();
      node.close();
    });
    await reads(toast(), /Create Queue failed\. ./);

    const name = fresh('late');
    await makeQueue(name);
    await choose(name, 'Delete Queue');
    await dialog().evaluate(node => {
      node.querySelector('[data-testid="dialog-submit"]').click();
      node.close();
    });
    await reads(toast(), new RegExp(`Queue ${name} deleted`));
    assert.equal(await exists(name), false);
  });
});

describe('1,000 queues', () => {
  const COUNT = 1_000;
  const name = i => `many-${String(i).padStart(4, '0')}`;
  /** Queues whose numbers were asked for, as the socket carries it. */
  let asked = [];
  let many;

  before(async () => {
    for (let from = 0; from < COUNT; from += 20) await Promise.all(Array.from({ length: 20 }, (_, i) => zaqar('PUT', `/v2/queues/${name(from + i)}`)));
    await zaqar('POST', `/v2/queues/${name(777)}/messages`, { messages: Array(20).fill({ body: 1 }) });
    many = await world.openHorizon({
      expected: [FAILED_FETCH, FAILED_SOCKET],
      prepare: opened => opened.on('websocket', socket => socket.on('framesent', ({ payload }) => {
        const text = Buffer.from(payload).toString('latin1');
        if (text.includes('queue_get_stats')) asked.push(/many-\d{4}/.exec(text)?.[0]);
      })),
    });
    await until(async () => (await many.locator('[data-testid="transport"]').innerText()) === 'WebSocket', { within: 30_000 });
  });
  after(async () => {
    many?.assertNoProblems();
    await many?.context().close();
  });
  const at = testid => many.locator(`[data-testid="${testid}"]`);

  test('are listed, and only those that are seen are asked for their numbers', async () => {
    await reads(at('table-count'), /^1–20 of 1,000$/, 30_000);
    await until(async () => (await many.locator('td[data-column="total"]').allInnerTexts()).every(text => text === '0'), { within: 20_000 });
    asked = [];
    await until(() => asked.length >= 60, { within: 60_000 });
    assert.deepEqual([...new Set(asked)].sort(), Array.from({ length: 20 }, (_, i) => name(i)));
    await many.getByRole('button', { name: 'Last page' }).click();
    await until(() => asked.includes(name(999)), { within: 10_000 });
    asked = [];
    await until(() => asked.length >= 20, { within: 20_000 });
    assert.ok(asked.every(each => each >= name(980)), asked.join());
  });

  test('are found by a part of the name at once', async () => {
    const took = await many.evaluate(async () => {
      const filter = document.querySelector('[data-testid="queue-filter"]');
      const start = performance.now();
      filter.value = '0777';
      filter.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise(requestAnimationFrame);
      return performance.now() - start;
    });
    assert.deepEqual(await many.locator('.zw-queues tbody tr').evaluateAll(rows => rows.map(each => each.dataset.key)), [name(777)]);
    assert.ok(took < 500, `${took} ms`);
    await at('queue-filter').fill('');
  });

  test('are sorted by a number after each was asked once, at most twenty a second, and the page says how far that is', async () => {
    asked = [];
    const start = performance.now();
    await at('sort-total').click();
    await reads(at('sort-note'), /Sorted as far as known: [\d,]+ of 1,000 queues have been asked/);
    await until(async () => (await many.locator('.zw-queues tbody tr').first().getAttribute('data-key')) === name(777), { within: 120_000 });
    await at('sort-note').waitFor({ state: 'hidden', timeout: 120_000 });
    const rate = asked.length / ((performance.now() - start) / 1_000);
    assert.ok(rate <= 21, `${rate} a second`);
    await at('sort-name').click();
  });

  test('are asked for nothing while the page is hidden', async () => {
    const hide = on => many.evaluate(on => {
      if (on) Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      else delete document.hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    }, on);
    await hide(true);
    // What is under way may come to its end.
    await until(async () => {
      const before = asked.length;
      await many.evaluate(() => new Promise(resolve => setTimeout(resolve, 6_000)));
      return asked.length === before;
    }, { within: 20_000 });
    await hide(false);
    const before = asked.length;
    await until(() => asked.length > before);
  });

  test('are selected and deleted all at once', async () => {
    await at('select-page').check();
    await at('choose-all').click();
    await at('delete-queues').click();
    await reads(many.locator('dialog[open]'), /Delete 1,000 queues\?/);
    await many.getByRole('button', { name: 'Delete 1,000 queues' }).click();
    await reads(many.locator('dialog[open]'), /[\d,]+ of 1,000 done/);
    await many.locator('dialog[open]').waitFor({ state: 'detached', timeout: 120_000 });
    assert.deepEqual((await zaqar('GET', '/v2/queues')).queues, []);
  });
});
