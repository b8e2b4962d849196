/** The histogram of the durations of requests. */
import { Histogram, type Registry } from 'prom-client';

export interface EndedRequest {
  readonly method: string;
  /** The pattern, or `none`. */
  readonly route: string;
  /** 499 when the caller disconnected before the answer. */
  readonly status: string;
}

export type CountDuration = (request: EndedRequest, seconds: number) => void;

/** Seconds. 0.25 must be a bound: alerts.yml uses it. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** One alone costs the histogram 13 µs, because the caches of the processor hold other things by then; each of 100 in a row costs 1 µs. */
const COUNTED_TOGETHER = 100;

/** Durations wait until there are {@link COUNTED_TOGETHER}, or until the next scrape. So a scrape has all of them. */
export function buildRequestDurations(registry: Registry): CountDuration {
  let waiting: (readonly [EndedRequest, number])[] = [];
  const histogram = new Histogram({
    name: 'payment_passkeys_http_request_duration_seconds',
    help: 'Duration of requests by route and status; 499 where the caller left before the answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
    collect: countWaiting,
  });
  function countWaiting(): void {
    for (const [request, seconds] of waiting) histogram.observe(request, seconds);
    waiting = [];
  }
  return (request, seconds) => {
    waiting.push([request, seconds]);
    if (waiting.length >= COUNTED_TOGETHER) countWaiting();
  };
}
