// Pages that need no driver, in Chromium, Firefox and WebKitGTK: they are opened, and tell a server what came of them.

import { findFirefox } from '../../../scripts/lib/firefox.mjs';
import { findWebkit } from '../../../scripts/lib/webkit.mjs';
import { startBrowser } from '../../support/browser.mjs';
import { startFirefox } from '../../support/firefox.mjs';
import { startWebkit } from '../../support/webkit.mjs';

/** Calls `suite` with the name of each browser, with what opens URLs in it, and with why it is skipped, if it is. */
export async function inEachBrowser(suite) {
  suite('Chromium', async urls => {
    const browser = await startBrowser();
    for (const url of urls) await (await browser.context.newPage()).goto(url);
    return browser;
  });
  suite(
    'Firefox',
    async urls => {
      const browser = await startFirefox();
      browser.open(...urls);
      return browser;
    },
    (await findFirefox()) ? undefined : 'there is no Firefox here',
  );
  suite(
    'WebKitGTK',
    async urls => {
      const browser = await startWebkit();
      for (const url of urls) await browser.driver.open(url);
      return browser;
    },
    (await findWebkit()) ? undefined : 'there is no WebKitGTK here',
  );
}
