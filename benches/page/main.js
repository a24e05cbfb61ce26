// Runs the sections that the bench server asks for and tells it what came of them; the same in every browser.

import { client } from './client.js';
import { codec } from './codec.js';
import { encode } from './encode.js';
import { heap } from './heap.js';
import { loopback } from './loopback.js';
import { startup } from './startup.js';

const SECTIONS = { codec, encode, client, loopback, startup, heap };

try {
  if (!crossOriginIsolated) throw new Error('the page is not isolated: its clock is coarse');
  const { sections, ...options } = await (await fetch('/config.json')).json();
  const collect = async () => (await (await fetch('/collect')).json()).heap;
  for (const section of sections) await tell('/result', { section, result: await SECTIONS[section]({ ...options, collect }) });
  await tell('/done', {});
} catch (error) {
  await tell('/done', { error: String(error.stack ?? error) });
}

function tell(path, body) {
  return fetch(path, { method: 'POST', body: JSON.stringify(body) });
}
