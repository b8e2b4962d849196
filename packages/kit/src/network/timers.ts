/** The kit's timers, so that tests can pass in timers that do not wait. */
import { setTimeout as wait } from 'node:timers/promises';

/** The timers of a caller, so that a test can replace them. */
export interface Timers {
  /** Resolves after this many milliseconds. If `signal` aborts before, it may reject at once, so that no timer keeps the process alive. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** A signal that aborts after this many milliseconds. */
  timeout(milliseconds: number): AbortSignal;
}

/** The system's timers. */
export const systemTimers: Timers = {
  wait: (milliseconds, signal) => wait(milliseconds, undefined, signal && { signal }),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};
