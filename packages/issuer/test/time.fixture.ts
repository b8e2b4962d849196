/** A clock for tests: it only advances when told to, and each wait advances it. */
import type { Timers } from '../src/server/index.ts';

export interface TestTime {
  readonly clock: () => Date;
  readonly timers: Timers;
  /** Every requested wait, in milliseconds. */
  readonly waits: number[];
  /** Advances the clock. Timeouts that are then due abort. */
  pass(milliseconds: number): void;
}

export function createTestTime(start: Date): TestTime {
  let now = start.getTime();
  let timeouts: { readonly at: number; readonly controller: AbortController }[] = [];
  const waits: number[] = [];
  const pass = (milliseconds: number) => {
    now += milliseconds;
    const due = timeouts.filter(({ at }) => at <= now);
    timeouts = timeouts.filter(({ at }) => at > now);
    for (const { controller } of due) controller.abort(new Error('timed out'));
  };
  return {
    clock: () => new Date(now),
    waits,
    pass,
    timers: {
      wait: async (milliseconds) => {
        waits.push(milliseconds);
        pass(milliseconds);
      },
      timeout: (milliseconds) => {
        const controller = new AbortController();
        timeouts.push({ at: now + milliseconds, controller });
        return controller.signal;
      },
    },
  };
}
