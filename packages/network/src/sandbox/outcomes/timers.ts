/** The wait of an answer that is late, such as of `slow-N`: apart, so that tests replace it. */
import { setTimeout as wait } from 'node:timers/promises';

export const timers = {
  pause: async (seconds: number): Promise<void> => wait(seconds * 1000),
};
