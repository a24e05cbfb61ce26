// `npm run picture`: takes docs/demo.png anew, the picture of the demo page in the README. It notes in the file what the page was made of,
// so that a test can say when the picture is of an older page.

import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import zlib from 'node:zlib';
import { begin, end, page, part, press, reads, row, show } from '../tests/e2e/lib/demo.mjs';
import { at } from './lib/paths.mjs';
import { isMain, main } from './lib/run.mjs';

const KEYWORD = 'Source';
export const picture = at('docs', 'demo.png');

/** What gives the page its looks. */
export async function source() {
  const hash = createHash('sha256');
  const styles = (await readdir(at('www', 'css'))).sort().map(name => at('www', 'css', name));
  for (const file of [at('www', 'index.html'), ...styles]) hash.update(await readFile(file));
  return hash.digest('hex');
}

/** What the page was made of when the picture was taken. */
export async function sourceOf(file) {
  const png = await readFile(file);
  const at = png.indexOf(`tEXt${KEYWORD}\0`);
  return at < 0 ? undefined : png.toString('latin1', at + 4 + KEYWORD.length + 1, at + 4 + png.readUInt32BE(at - 4));
}

async function take() {
  await begin();
  try {
    await show();
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await press('sample-30');
    await reads('received-count', /^\d{3}/, { timeout: 30_000 });
    await press('sample-3');
    await press('network-blackhole');
    await reads('transport', /^polling$/, { timeout: 15_000 });
    await press('network-normal');
    await reads('transport', /^websocket$/, { timeout: 15_000 });
    await row('orders').locator('button').click();
    await page.locator('#message-list [role="option"]').nth(2).click();
    await part('claim-limit').fill('3');
    await press('claim-button');
    await part('claim-row').waitFor();
    await writeFile(picture, noted(await page.screenshot({ caret: 'initial' }), await source()));
  } finally {
    await end();
  }
}

/** The PNG with a text chunk behind its header. */
function noted(png, text) {
  const type = Buffer.from('tEXt');
  const data = Buffer.from(`${KEYWORD}\0${text}`);
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  type.copy(chunk, 4);
  data.copy(chunk, 8);
  chunk.writeUInt32BE(zlib.crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  const HEADER = 33;
  return Buffer.concat([png.subarray(0, HEADER), chunk, png.subarray(HEADER)]);
}

if (isMain(import.meta)) await main(take);
