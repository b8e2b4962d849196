/** The delay of a late answer, such as that of `slow-N`. Tests replace it here. */
import { setTimeout as wait } from 'node:timers/promises';

export const timers = {
  pause: async (seconds: number): Promise<void> => wait(seconds * 1000),
};
