/** The pauses between the attempts to deliver an event. */

const FIRST_PAUSE_SECONDS = 5;
const FACTOR = 3;
const LONGEST_PAUSE_SECONDS = 6 * 60 * 60;
/** A pause is up to so much shorter or longer, so that what failed together is not tried again together. */
const JITTER = 0.2;

/** Seconds until the next attempt, after so many. `random` is from 0 to 1. */
export function pauseAfter(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_SECONDS * FACTOR ** (attempts - 1), LONGEST_PAUSE_SECONDS);
  return pause * (1 + JITTER * (2 * random - 1));
}
