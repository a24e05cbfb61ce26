// Admin › Messaging › Pools and flavors, clicked through in a real Horizon against a Zaqar that keeps its messages in pools.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { startHorizonWorld } from '../support/horizon.mjs';
import { isClean } from './lib/axe.mjs';
import { command } from './lib/redis.mjs';
import { until } from './lib/stage.mjs';

/** Chromium logs each answer that says no, and one of a proxy that knows nothing of CORS in its own words. */
const FAILED_FETCH = /Failed to load resource|blocked by CORS policy/;

let world;
/** The panel, as the administrator sees it. */
let page;
/** Zaqar itself, asked as the administrator. */
let zaqar;

before(async () => {
  world = await startHorizonWorld({ zaqar: { pooling: true } });
  zaqar = await world.zaqarOf('admin');
  page = await world.openHorizon({ user: 'admin', project: 'demo', path: '/admin/message_pools/', expected: [FAILED_FETCH] });
  page.setDefaultTimeout(20_000);
});
after(async () => {
  try {
    page?.assertNoProblems();
  } finally {
    await world?.stop();
  }
});
/** A dialog that a failed test has left would stand in the way of all that follow. */
afterEach(() => page?.evaluate(() => document.querySelector('dialog')?.close()));

/** An address of the one Redis that no other pool has. */
const store = number => `redis://127.0.0.1:${world.zaqar.redisPort}?dbid=${number}`;
const at = testid => page.getByTestId(testid);
const dialog = () => page.getByRole('dialog');
const submit = () => at('dialog-submit').click();
const row = (table, name) => at(table).locator(`tr[data-key="${name}"]`);
const said = text => page.getByRole('status', { name: 'What was done' }).getByText(text).waitFor();
/** What the row says in its columns, by their keys. */
const cells = (table, name) => row(table, name).locator('[data-column]').evaluateAll(all => Object.fromEntries(all.map(cell => [cell.dataset.column, cell.innerText.trim()])));
const names = table => at(table).locator('tbody tr[data-key]').evaluateAll(rows => rows.map(one => one.dataset.key));
const cancel = async () => {
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await dialog().waitFor({ state: 'detached' });
};

async function act(table, name, label) {
  const one = row(table, name);
  if (label !== 'Update') await one.getByRole('button', { name: 'More actions' }).click();
  await one.getByRole(label === 'Update' ? 'button' : 'menuitem', { name: label }).click();
  await dialog().waitFor();
}

describe('pools', () => {
  test('are listed as they are', async () => {
    await row('pools', 'redis').waitFor();
    assert.deepEqual(await cells('pools', 'redis'), { name: 'redis', uri: `redis://127.0.0.1:${world.zaqar.redisPort}`, weight: '100', flavor: '–', options: '–' });
    await at('flavors').getByText('There is no flavor in this project.').waitFor();
  });

  test('are shown and made without anything that axe finds wrong', async () => {
    await isClean('tables', page);
    for (const [kind, marked] of [['pool', ['Name', 'Store', 'Weight']], ['flavor', ['Name']]]) {
      await at(`create-${kind}`).click();
      assert.deepEqual(await dialog().locator('label:has(.hz-icon-required)').allInnerTexts(), marked);
      await isClean(kind, page, 'dialog');
      await cancel();
    }
  });

  test('are created by the keyboard alone', async () => {
    await at('create-pool').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('fast');
    await page.keyboard.press('Tab');
    await page.keyboard.type(store(2));
    await page.keyboard.press('Enter');
    await said('Pool fast created.');
    await row('pools', 'fast').waitFor();
    assert.deepEqual(await zaqar('GET', '/v2/pools/fast?detailed=true'), { name: 'fast', uri: store(2), weight: 100, flavor: null, options: {}, href: '/v2/pools/fast' });
  });

  test('are not asked for as long as something is wrong with them, which is said at the field', async () => {
    await at('create-pool').click();
    await at('pool-name').fill('fast');
    await at('pool-uri').fill(store(2));
    await at('pool-weight').fill('-1');
    await at('pool-options').fill('{"a": }');
    await submit();
    for (const wrong of ['fast exists already.', 'This is the store of fast; two pools cannot share one.', 'A whole number from 0 to 4,294,967,295.', /^Line 1, column 7: /]) {
      await dialog().getByText(wrong).waitFor();
    }
    await at('pool-name').fill('two words');
    await at('pool-uri').fill('10.0.0.5');
    await at('pool-options').fill('[]');
    for (const wrong of ['No spaces: letters, digits, - and _ only.', 'An address such as redis://10.0.0.5:6379.', 'A JSON object in braces is wanted.']) {
      await dialog().getByText(wrong).waitFor();
    }
    assert.equal(await at('pool-name').getAttribute('aria-invalid'), 'true');
    await cancel();
    assert.deepEqual((await zaqar('GET', '/v2/pools')).pools.map(({ name }) => name), ['fast', 'redis']);
  });

  test('whose store cannot be reached are refused in the dialog, which stays', async () => {
    await at('create-pool').click();
    await at('pool-name').fill('nowhere');
    await at('pool-uri').fill('redis://127.0.0.1:1');
    await submit();
    await dialog().getByRole('alert').getByText('Zaqar cannot work with this store').waitFor();
    await at('pool-uri').fill(store(3));
    await at('pool-weight').fill('0');
    await submit();
    await said('Pool nowhere created.');
    assert.equal((await cells('pools', 'nowhere')).weight, '0');
  });

  test('are updated by what was changed, and nothing else', async () => {
    await act('pools', 'fast', 'Update');
    await submit();
    await said('The pool fast is as it was.');
    await act('pools', 'fast', 'Update');
    assert.equal(await at('pool-uri').inputValue(), store(2));
    await at('pool-weight').fill('1,000');
    await at('pool-options').fill('{"max_reconnect_attempts": 5}');
    const asked = page.waitForRequest(request => request.method() === 'PATCH');
    await submit();
    assert.deepEqual((await asked).postDataJSON(), { weight: 1000, options: { max_reconnect_attempts: 5 } });
    await said('Pool fast updated.');
    assert.deepEqual(await cells('pools', 'fast'), { name: 'fast', uri: store(2), weight: '1,000', flavor: '–', options: '{"max_reconnect_attempts":5}' });
  });

  test('are found by name and by store', async () => {
    await at('pool-filter').fill('dbid=3');
    await until(async () => String(await names('pools')) === 'nowhere');
    await at('pool-filter').fill('nothing like it');
    await at('pools').getByText('No pool has this in its name or store.').waitFor();
    await at('pool-filter').fill('');
    await until(async () => (await names('pools')).length === 3);
  });

  test('do not show the password of their store, in the table and in the form, until it is asked for', async () => {
    const uri = `redis://keeper:hush%2Fhush@127.0.0.1:${world.zaqar.redisPort}?dbid=4&sentinel_password=hush`;
    const seen = `redis://keeper:••••@127.0.0.1:${world.zaqar.redisPort}?dbid=4&sentinel_password=••••`;
    await command(world.zaqar.redisPort, 'ACL', 'SETUSER', 'keeper', 'on', '>hush%2Fhush', '~*', '&*', '+@all');
    await zaqar('PUT', '/v2/pools/guarded', { uri, weight: 1 });
    await at('refresh').click();
    await row('pools', 'guarded').waitFor();
    const html = () => page.locator('html').evaluate(node => node.outerHTML + [...document.querySelectorAll('input')].map(({ value }) => value).join());
    assert.equal((await cells('pools', 'guarded')).uri, seen);
    await at('pool-filter').fill('hush');
    await at('pools').getByText('No pool has this in its name or store.').waitFor();
    await at('pool-filter').fill('');

    await act('pools', 'guarded', 'Update');
    assert.equal(await at('pool-uri').inputValue(), seen);
    assert.equal(await at('pool-uri').isEditable(), false);
    assert.ok(!(await html()).includes('hush'));
    await at('pool-weight').fill('2');
    const asked = page.waitForRequest(request => request.method() === 'PATCH');
    await submit();
    assert.deepEqual((await asked).postDataJSON(), { weight: 2 });
    await said('Pool guarded updated.');

    await act('pools', 'guarded', 'Update');
    await at('pool-uri-show').click();
    assert.equal(await at('pool-uri').inputValue(), uri);
    assert.equal(await at('pool-uri').evaluate(input => input === document.activeElement), true);
    await at('pool-uri').fill(uri.replace('dbid=4', 'dbid=5'));
    await submit();
    await until(async () => (await cells('pools', 'guarded')).uri === seen.replace('dbid=4', 'dbid=5'));
    await zaqar('DELETE', '/v2/pools/guarded');
    await at('refresh').click();
    await row('pools', 'guarded').waitFor({ state: 'detached' });
  });
});

describe('flavors', () => {
  test('are created from pools, say what their stores can do, and can be asked for', async () => {
    await at('create-flavor').click();
    await submit();
    await dialog().getByText('Give it a name.').waitFor();
    await dialog().getByText('At least one pool is needed.').waitFor();
    await at('flavor-name').fill('gold');
    await at('flavor-pool-fast').check();
    await at('flavor-pool-nowhere').check();
    await submit();
    await said('Flavor gold created.');
    assert.deepEqual(await cells('flavors', 'gold'), { name: 'gold', pools: 'fast, nowhere', capabilities: 'AOD, CLAIMS, FIFO, HIGH_THROUGHPUT' });
    assert.equal((await cells('pools', 'fast')).flavor, 'gold');
    await zaqar('PUT', '/v2/queues/golden', { _flavor: 'gold' });
  });

  test('take a pool from another flavor only after they have said so, and one without any stands out', async () => {
    await at('create-flavor').click();
    await at('flavor-name').fill('silver');
    await dialog().getByText('fast (now in gold, which it would leave)').waitFor();
    for (const name of ['fast', 'nowhere']) await at(`flavor-pool-${name}`).check();
    await submit();
    await said('Flavor silver created.');
    assert.deepEqual(await cells('flavors', 'gold'), { name: 'gold', pools: 'no pool', capabilities: '–' });
  });

  test('are updated', async () => {
    await act('flavors', 'silver', 'Update');
    assert.equal(await at('flavor-pool-nowhere').isChecked(), true);
    await at('flavor-pool-nowhere').uncheck();
    await submit();
    await said('Flavor silver updated.');
    assert.equal((await cells('flavors', 'silver')).pools, 'fast');
    assert.equal((await cells('pools', 'nowhere')).flavor, '–');
  });

  test('are left and entered by a pool as well', async () => {
    await act('pools', 'nowhere', 'Update');
    await at('pool-flavor').selectOption('gold');
    await submit();
    await until(async () => (await cells('flavors', 'gold')).pools === 'nowhere');
    await act('pools', 'nowhere', 'Update');
    await at('pool-flavor').selectOption({ label: 'None' });
    await submit();
    await until(async () => (await cells('flavors', 'gold')).pools === 'no pool');
  });
});

describe('what goes', () => {
  test('does so only after the person has read what that means', async () => {
    await act('flavors', 'gold', 'Delete Flavor');
    await dialog().getByText('Its pools stay, and so do the queues that were created with it').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await row('flavors', 'gold').count(), 1);
    await act('flavors', 'gold', 'Delete Flavor');
    await submit();
    await said('Flavor gold deleted.');
    assert.deepEqual(await names('flavors'), ['silver']);
    assert.equal(await at('flavors').evaluate(table => table.contains(document.activeElement)), true, 'the focus has not gone with the row');
  });

  test('can be several at once, and the last pool is named as what it is', async () => {
    await at('pools').getByRole('checkbox', { name: 'Select all rows of this page' }).check();
    await at('delete-pool').click();
    await dialog().getByText('No pool is left then, and without one no queue can be created.').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await at('pools').getByRole('checkbox', { name: 'Select redis' }).uncheck();
    await at('delete-pool').click();
    await dialog().getByRole('heading', { name: 'Delete 2 pools?' }).waitFor();
    await submit();
    await said('2 pools deleted.');
    assert.deepEqual((await zaqar('GET', '/v2/pools')).pools.map(({ name }) => name), ['redis']);
    assert.equal((await cells('flavors', 'silver')).pools, 'no pool');
  });
});

describe('the truth', () => {
  test('is read again at the press of a button, with what others have done', async () => {
    await zaqar('PUT', '/v2/pools/theirs', { uri: store(7), weight: 1 });
    await at('refresh').click();
    await row('pools', 'theirs').waitFor();
  });

  test('of more than a page of pools is whole', async () => {
    for (let n = 0; n < 25; n += 1) await zaqar('PUT', `/v2/pools/many-${String(n).padStart(2, '0')}`, { uri: `${store(8)}&n=${n}`, weight: 1 });
    await at('refresh').click();
    await at('pools').locator('..').getByTestId('table-count').getByText('1–20 of 27').waitFor();
    await page.getByRole('button', { name: 'Next page' }).first().click();
    await row('pools', 'theirs').waitFor();
  });

  test('of a deletion that was stopped half-way is told: what has gone', async () => {
    for (const name of ['many-20', 'many-21']) await at('pools').getByRole('checkbox', { name: `Select ${name}` }).check();
    await at('delete-pool').click();
    // closed while the first is under way
    await page.route(/\/pools\/many-20$/, async route => {
      await dialog().evaluate(node => node.close());
      await route.continue();
    }, { times: 1 });
    await submit();
    await said('Pool many-20 deleted.');
    await assert.rejects(zaqar('GET', '/v2/pools/many-20'), /404/);
    assert.equal((await zaqar('GET', '/v2/pools/many-21')).name, 'many-21');
  });

  test('that cannot be had is not passed off as there: the error stands above what was read before', async () => {
    world.rest.set({ mode: 'status', status: 503 });
    world.rest.cut(); // those that are open would go on
    await at('refresh').click();
    await at('trouble').getByText('Pools and flavors could not be read.').waitFor();
    assert.equal(await row('pools', 'theirs').count(), 1);
    world.rest.set({ mode: 'pass' });
    await until(async () => {
      await at('refresh').click();
      return at('trouble').isHidden();
    });
  });

  test('is that the session may have ended: the panel says so and leads to the login', async () => {
    // A logout elsewhere has ended the token; the next request finds out.
    await page.evaluate(() => fetch('/auth/logout/', { method: 'POST', headers: { 'X-CSRFToken': document.cookie.match(/csrftoken=([^;]*)/)[1] } }));
    // What was said before stands over the button, as all that Horizon says does.
    for (const close of await page.locator('.zw-toast .close').all()) await close.click();
    await until(async () => {
      if (await at('logged-out').isVisible()) return true;
      await at('refresh').click({ timeout: 500 }).catch(() => {});
      return false;
    });
    assert.equal(await at('login').getAttribute('href'), '/auth/login/?next=/admin/message_pools/');
  });
});
