import type { ConnectOptions, Token } from './api.js';
import type { Settings } from './wire.js';
import { ZaqarError, invalid } from './errors.js';

type Fresh = { token: string; expiresAt: number | undefined };

/**
 * Where the core gets tokens from. A function is asked once at a time: who comes meanwhile gets the same token. A token that
 * is given as such cannot be renewed: once refused, that is the end.
 */
export function tokenSource(option: ConnectOptions['token']): Settings['token'] {
  if (option === undefined) return undefined;
  if (typeof option !== 'function') {
    const fixed = parse(option);
    if (!fixed) throw invalid('`token` must be a token, `{ token, expiresAt }` or a function that gives one');
    // Its expiry is of no use: there is nothing to renew it with.
    return async why => {
      if (why === 'first') return { token: fixed.token, expiresAt: undefined };
      throw new ZaqarError('unauthorized', 'the token was refused or has expired, and `token` is no function that gives another');
    };
  }
  let asking: Promise<Fresh> | undefined;
  return () => (asking ??= ask(option).finally(() => (asking = undefined)));
}

async function ask(give: () => Token | Promise<Token>): Promise<Fresh> {
  let given: Token;
  try {
    given = await give();
  } catch (cause) {
    throw new ZaqarError('unauthorized', 'the token function failed', { cause, retryable: true });
  }
  const fresh = parse(given);
  if (!fresh) throw new ZaqarError('unauthorized', 'the token function gave no token, or one with an expiry that is no time');
  return fresh;
}

/** A token travels as a header; undefined for what cannot be one. */
function parse(value: unknown): Fresh | undefined {
  const { token, expiresAt } = (typeof value === 'string' ? { token: value } : (value ?? {})) as { token?: unknown; expiresAt?: unknown };
  if (typeof token !== 'string' || !/^[!-~]+$/.test(token)) return undefined;
  const at = expiresAt == null ? undefined : milliseconds(expiresAt);
  return Number.isNaN(at) ? undefined : { token, expiresAt: at };
}

/** Keystone writes UTC with microseconds, of which ECMAScript promises to read three digits. */
function milliseconds(time: unknown): number {
  if (typeof time !== 'string') return time instanceof Date || typeof time === 'number' ? +time : NaN;
  return Date.parse(time.replace(/(\.\d{3})\d+/, '$1').replace(/(T[\d:.]+)$/, '$1Z'));
}
