/** The time that the overview shows, as the address has it: the last hours or days, or from one point in time to another. Pure. */

export const LASTS = ['1h', '24h', '7d', '30d', '90d'] as const;
export type Last = (typeof LASTS)[number];

const MILLISECONDS: Readonly<Record<Last, number>> = {
  '1h': 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 24 * 3_600_000,
  '30d': 30 * 24 * 3_600_000,
  '90d': 90 * 24 * 3_600_000,
};

/** 24 hours unless the address says otherwise. */
export function readLast(query: URLSearchParams): Last {
  const last = query.get('last');
  return LASTS.find((each) => each === last) ?? '24h';
}

/** The beginning of the time that ends now, as the API takes it. `now` is in milliseconds. */
export function beginningOf(last: Last, now: number): string {
  return new Date(now - MILLISECONDS[last]).toISOString();
}
