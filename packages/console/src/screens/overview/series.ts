/** The points of a chart: the buckets of the network, or sums of several where there are too many to read. Pure. */
import type { KindActivity, Overview } from '@payment-passkeys/protocol/console';

type Series = KindActivity['series'];

interface Points {
  readonly series: Series;
  readonly bucketSeconds: number;
}

/** The most short buckets in a chart. A day has 288 buckets of five minutes, and their line would be noise. */
const MOST_SHORT = 72;
const SHORT_SECONDS = 300;
const LONGER_SECONDS = 1800;

/** Sums many buckets of five minutes to half hours. The first and the last sum may be of less than half an hour. */
export function readable({
  series,
  bucketSeconds,
}: Pick<Overview, 'bucketSeconds'> & Pick<KindActivity, 'series'>): Points {
  if (bucketSeconds !== SHORT_SECONDS || series.length <= MOST_SHORT) return { series, bucketSeconds };
  const sums = new Map<number, Series[number]>();
  for (const bucket of series) {
    const place = Math.floor(Date.parse(bucket.at) / 1000 / LONGER_SECONDS);
    const sum = sums.get(place);
    sums.set(place, sum === undefined ? bucket : add(sum, bucket));
  }
  return { series: [...sums.values()], bucketSeconds: LONGER_SECONDS };
}

function add(sum: Series[number], more: Series[number]): Series[number] {
  return {
    at: sum.at,
    started: sum.started + more.started,
    succeeded: sum.succeeded + more.succeeded,
    cancelled: sum.cancelled + more.cancelled,
    failed: sum.failed + more.failed,
    expired: sum.expired + more.expired,
  };
}
