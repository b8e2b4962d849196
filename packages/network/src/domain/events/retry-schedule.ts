/** The pauses between the attempts to deliver an event. */

const FIRST_PAUSE_SECONDS = 5;
const FACTOR = 3;
const LONGEST_PAUSE_SECONDS = 6 * 60 * 60;
/** A pause is up to this share shorter or longer, so that deliveries that failed together are not tried again together. */
const JITTER = 0.2;

/** Seconds until the next attempt, after this many attempts. `random` is from 0 to 1. */
export function pauseAfter(attempts: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_SECONDS * FACTOR ** (attempts - 1), LONGEST_PAUSE_SECONDS);
  return pause * (1 + JITTER * (2 * random - 1));
}
