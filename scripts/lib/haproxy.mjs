// HAProxy, for the test of the configuration in docs/server.md: the system's, or one that apt installs.

import { existsSync } from 'node:fs';
import { installByApt } from './apt.mjs';

const PLACES = ['/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/opt/homebrew/bin/haproxy'];

export function findHaproxy() {
  return PLACES.find(existsSync);
}

/** The path of HAProxy, after installing it if need be; undefined where that is not allowed. */
export async function ensureHaproxy() {
  if (!findHaproxy()) await installByApt('haproxy');
  return findHaproxy();
}
