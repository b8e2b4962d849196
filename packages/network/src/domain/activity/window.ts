/** The time of an overview, and the length of its buckets. */
import {
  BUCKET_SECONDS,
  type BucketSeconds,
  MAX_OVERVIEW_SECONDS,
  MIN_OVERVIEW_SECONDS,
} from '@payment-passkeys/protocol/console';

const HOUR_SECONDS = 60 * 60;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** How long buckets are kept. A day in buckets of five minutes, and 90 days in buckets of a day, can be compared with the time before. */
export const KEPT_SECONDS: { readonly [Length in BucketSeconds]: number } = {
  300: 2 * DAY_SECONDS + HOUR_SECONDS,
  3600: 90 * DAY_SECONDS,
  86400: 2 * MAX_OVERVIEW_SECONDS + 2 * DAY_SECONDS,
};

/** The longest time that is shown with buckets of a length, so that a chart has at most about 300 points. */
const SHOWN_SECONDS: { readonly [Length in BucketSeconds]: number } = {
  300: DAY_SECONDS,
  3600: 8 * DAY_SECONDS,
  86400: MAX_OVERVIEW_SECONDS,
};

/** A time that begins and ends with a bucket. */
export interface Window {
  readonly from: Date;
  /** The end, which is not a part of the window. */
  readonly to: Date;
  readonly bucketSeconds: BucketSeconds;
}

/**
 * How much shorter or longer than a limit a time may be. A browser computes "the last 90 days" from its own clock, and the end is the network's
 * present time a moment later.
 */
const CLOCK_SECONDS = 5 * 60;

export type WindowFault = 'ENDS_BEFORE_IT_BEGINS' | 'TOO_SHORT' | 'TOO_LONG' | 'IN_THE_FUTURE';

/**
 * The window with the shortest buckets that are still kept and suit the time's length. The time is extended outwards to whole buckets. A time that
 * misses a limit by at most five minutes gets the limit's length.
 */
export function chooseWindow(from: Date, to: Date, now: Date): Window | WindowFault {
  const given = (to.getTime() - from.getTime()) / 1000;
  if (given <= 0) return 'ENDS_BEFORE_IT_BEGINS';
  if (from >= now) return 'IN_THE_FUTURE';
  if (given < MIN_OVERVIEW_SECONDS - CLOCK_SECONDS) return 'TOO_SHORT';
  if (given > MAX_OVERVIEW_SECONDS + CLOCK_SECONDS) return 'TOO_LONG';
  const seconds = Math.min(Math.max(given, MIN_OVERVIEW_SECONDS), MAX_OVERVIEW_SECONDS);
  const begin = to.getTime() - seconds * 1000;
  const age = (now.getTime() - begin) / 1000;
  const bucketSeconds =
    BUCKET_SECONDS.find((length) => seconds <= SHOWN_SECONDS[length] + CLOCK_SECONDS && age <= KEPT_SECONDS[length]) ??
    86_400;
  const milliseconds = bucketSeconds * 1000;
  return {
    from: new Date(Math.floor(begin / milliseconds) * milliseconds),
    to: new Date(Math.ceil(to.getTime() / milliseconds) * milliseconds),
    bucketSeconds,
  };
}

/**
 * Splits the time into parts, each with the longest buckets that fit: a sum then reads far fewer rows. This is possible because each session is in
 * a bucket of every length, and longer buckets are kept for longer.
 */
export function partsOf({ from, to, bucketSeconds }: Window): readonly Window[] {
  const longer = BUCKET_SECONDS.find((length) => length > bucketSeconds);
  if (longer === undefined) return [{ from, to, bucketSeconds }];
  const milliseconds = longer * 1000;
  const begin = new Date(Math.ceil(from.getTime() / milliseconds) * milliseconds);
  const end = new Date(Math.floor(to.getTime() / milliseconds) * milliseconds);
  if (begin >= end) return [{ from, to, bucketSeconds }];
  const parts = [
    { from, to: begin, bucketSeconds },
    ...partsOf({ from: begin, to: end, bucketSeconds: longer }),
    { from: end, to, bucketSeconds },
  ];
  return parts.filter((part) => part.from < part.to);
}

/** The time of the same length, just before this one. */
export function windowBefore({ from, to, bucketSeconds }: Window): Window {
  return { from: new Date(2 * from.getTime() - to.getTime()), to: from, bucketSeconds };
}

/** The beginning of each bucket. */
export function bucketsOf({ from, to, bucketSeconds }: Window): readonly Date[] {
  const buckets = Math.round((to.getTime() - from.getTime()) / 1000 / bucketSeconds);
  return Array.from({ length: buckets }, (_, position) => new Date(from.getTime() + position * bucketSeconds * 1000));
}
