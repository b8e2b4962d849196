/** The kit's timers, so that tests can pass in timers that do not wait. */
import { setTimeout as wait } from 'node:timers/promises';

/** The timers of a caller, so that a test can replace them. */
export interface Timers {
  /** Resolves after this many milliseconds. */
  wait(milliseconds: number): Promise<void>;
  /** A signal that aborts after this many milliseconds. */
  timeout(milliseconds: number): AbortSignal;
}

/** The system's timers. */
export const systemTimers: Timers = {
  wait: (milliseconds) => wait(milliseconds),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};
