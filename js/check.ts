import type { CallOptions } from './api.js';
import { invalid } from './errors.js';

/*
 * What TypeScript promises and JavaScript breaks. Each takes what came, says what it should have been, and returns it as
 * that. What Zaqar takes is known to src/protocol/limits.rs.
 */

export function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${what} must be a string with something in it`);
  return value;
}

export function texts(value: unknown, what: string): string[] {
  if (!Array.isArray(value)) throw invalid(`${what} must be an array of strings`);
  return value.map(item => text(item, `each of ${what}`));
}

export function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} must be an object`);
  return value as Record<string, unknown>;
}

/** Timers overflow beyond it, some 24 days. */
export const LONGEST_MS = 2 ** 31 - 1;

/** A number that can be waited for. */
export function duration(value: unknown, what: string, least = Number.MIN_VALUE): number {
  if (typeof value !== 'number' || !(value >= least) || value === Infinity) {
    throw invalid(`${what} must be a ${least > 0 ? 'positive ' : ''}number of milliseconds`);
  }
  return Math.min(value, LONGEST_MS);
}

export function isBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw invalid(`${what} must be true or false`);
  return value;
}

export function count(value: unknown, what: string): number {
  if (!Number.isInteger(value) || (value as number) < 1) throw invalid(`${what} must be a whole number from 1`);
  return value as number;
}

/** Something that can be listened to, and let go. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  const { addEventListener, removeEventListener } = Object(value) as Partial<AbortSignal>;
  return typeof addEventListener === 'function' && typeof removeEventListener === 'function';
}

export function abortSignal(value: unknown): AbortSignal | undefined {
  if (value !== undefined && !isAbortSignal(value)) throw invalid('signal must be an AbortSignal');
  return value;
}

export function callOptions<T extends CallOptions | undefined>(options: T): T {
  if (options !== undefined) {
    record(options, 'the options');
    abortSignal(options.signal);
    if (options.timeoutMs !== undefined) duration(options.timeoutMs, 'timeoutMs');
  }
  return options;
}

/** `.` and `..` mean something else in a URL, whatever the encoding. */
export function isQueueName(value: unknown): value is string {
  return typeof value === 'string' && /^(?!\.\.?$)[\w.-]{1,64}$/.test(value);
}

export function queueName(value: unknown): string {
  if (!isQueueName(value)) throw invalid('a queue name has 1 to 64 letters, digits, _ and -');
  return value;
}

/** The named properties that have a value; Zaqar writes null for what is not there. */
export function pick<T>(from: Record<string, unknown>, ...keys: string[]): T {
  return Object.fromEntries(keys.filter(key => from[key] != null).map(key => [key, from[key]])) as T;
}
