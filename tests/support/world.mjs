// The whole set-up of an end-to-end test: a real Zaqar whose parts can be killed, a fault proxy before each, a site with
// the built package, and a browser.
//
//   const world = await startWorld();
//   const page = await world.openPage();
//   await page.evaluate(({ websocket, rest }) => …, world.endpoints);
//   world.websocket.set({ mode: 'blackhole' });     // faults, see fault-proxy.mjs; also world.rest
//   await world.zaqar.killWebsocket();              // see scripts/zaqar.mjs
//   await world.stop();
//
// With a Horizon that has the panel: horizon.mjs.

import { startBrowser } from './browser.mjs';
import { startFaultProxy } from './fault-proxy.mjs';
import { startKeystone } from '../../scripts/keystone.mjs';
import { DEMO, startSite } from '../../scripts/serve.mjs';
import { startZaqar } from '../../scripts/zaqar.mjs';

/**
 * - `zaqar`: options of startZaqar; by default both servers run alone and garbage is collected every second.
 * - `withKeystone`: starts a Keystone, too, whose tokens Zaqar then wants. Its catalog tells the proxies' addresses.
 * - `beside`: given the Keystone, starts something that can be stopped while Zaqar starts; it becomes `world.beside`.
 */
export async function startWorld({ zaqar: zaqarOptions, withKeystone = false, beside: startBeside } = {}) {
  const running = [];
  const started = async promise => {
    const service = await promise;
    running.unshift(service);
    return service;
  };
  const stop = async () => {
    for (const service of running.splice(0)) await service.stop();
  };
  try {
    const keystone = withKeystone ? await started(startKeystone()) : undefined;
    const [zaqar, browser, site, beside] = await settled([
      started(startZaqar({ processes: 2, gcSeconds: 1, keystone, ...zaqarOptions })),
      started(startBrowser()),
      started(startSite({ roots: DEMO })),
      ...(startBeside ? [started(startBeside(keystone))] : []),
    ]);
    const websocket = await started(startFaultProxy({ port: zaqar.websocketPort }));
    const rest = await started(startFaultProxy({ port: zaqar.restPort }));
    /** What a page connects to: the proxies. Plain data, to be handed to `page.evaluate`. */
    const endpoints = { websocket: `ws://127.0.0.1:${websocket.port}`, rest: `http://127.0.0.1:${rest.port}` };
    await keystone?.announce(endpoints);
    return {
      keystone,
      zaqar,
      browser,
      site,
      beside,
      /** The fault proxies. */
      websocket,
      rest,
      endpoints,
      openPage: options => browser.openPage({ site, ...options }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** As Promise.all, but waits for all of them before it rejects, so that what has started can be stopped. */
async function settled(promises) {
  const results = await Promise.allSettled(promises);
  const failed = results.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
  return results.map(result => result.value);
}
