// The browsers that run the benchmarks: headless, with a profile of their own.

import { ensureChromium } from '../../scripts/lib/chromium.mjs';
import { ensureFirefox } from '../../scripts/lib/firefox.mjs';
import { startBrowser } from '../../tests/support/browser.mjs';
import { startFirefox } from '../../tests/support/firefox.mjs';

/** Opens pages, and tells the bytes of a page's heap after a garbage collection. */
export async function chromium() {
  await ensureChromium();
  const browser = await startBrowser();
  let page;
  return {
    version: `Chromium ${browser.context.browser()?.version() ?? (await versionOf(browser))}`,
    async open(url) {
      page = await browser.context.newPage();
      await page.goto(url);
    },
    async collect() {
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      await session.detach();
      return usedSize;
    },
    close: () => browser.stop(),
  };
}

async function versionOf({ context }) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { product } = await session.send('Browser.getVersion');
  await page.close();
  return product.split('/')[1];
}

/** Firefox is left alone with a page: it cannot be driven without a driver of its own. */
export async function firefox() {
  await ensureFirefox();
  const browser = await startFirefox();
  return { version: browser.version, open: async url => browser.open(url), collect: async () => undefined, close: () => browser.stop() };
}
