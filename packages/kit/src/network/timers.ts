/** How the kit waits, as one seam: tests pass in timers that do not wait. */
import { setTimeout as wait } from 'node:timers/promises';

/** The clock and the timers of a caller, so that a test can replace them. */
export interface Timers {
  /** Resolves after so many milliseconds. */
  wait(milliseconds: number): Promise<void>;
  /** A signal that aborts after so many milliseconds. */
  timeout(milliseconds: number): AbortSignal;
}

/** The system's. */
export const systemTimers: Timers = {
  wait: (milliseconds) => wait(milliseconds),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};
