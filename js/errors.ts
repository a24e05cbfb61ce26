import type { ErrorCode } from './api.js';
import { pick } from './check.js';

/** What is known about a failure besides its sentence. */
export interface ErrorDetails {
  status?: number | undefined;
  action?: string | undefined;
  delivery?: 'not-sent' | 'unknown' | undefined;
  retryable?: boolean;
  cause?: unknown;
}

/** Everything the package rejects with, except an abort, which rejects with the signal's own reason. */
export class ZaqarError extends Error {
  override readonly name = 'ZaqarError' as const;
  declare readonly code: ErrorCode;
  declare readonly status?: number;
  declare readonly action?: string;
  declare readonly delivery?: 'not-sent' | 'unknown';
  declare readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    // What is not known is absent, not undefined.
    const known = pick<ErrorDetails>({ ...details }, ...Object.keys(details));
    super(message, known);
    Object.assign(this, { code, retryable: false }, known);
  }
}

/** The fault is the caller's, and nothing was sent. */
export function invalid(message: string): ZaqarError {
  return new ZaqarError('invalid-argument', message, { delivery: 'not-sent' });
}

/** What the application's functions throw is reported, and stops nothing of ours. */
export function guarded(task: () => void): void {
  try {
    task();
  } catch (error) {
    globalThis.reportError?.(error);
  }
}

/** What cannot be had is not there. */
export function attempt<T>(task: () => T): T | undefined {
  try {
    return task();
  } catch {
    return undefined;
  }
}
