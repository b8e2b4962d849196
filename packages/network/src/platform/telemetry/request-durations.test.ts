import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { buildRequestDurations } from './request-durations.ts';

test.each([1, 99, 100, 101, 250])(
  'a scrape has all of %i requests, and the next one has none of them twice',
  async (requests) => {
    const registry = new Registry();
    const countDuration = buildRequestDurations(registry);
    for (let request = 0; request < requests; request++)
      countDuration({ method: 'POST', route: '/sessions', status: '201' }, 0.02);
    countDuration({ method: 'POST', route: '/sessions', status: '400' }, 20);
    for (const scrape of [await registry.metrics(), await registry.metrics()]) {
      expect(scrape).toContain(`_bucket{le="0.025",method="POST",route="/sessions",status="201"} ${requests}\n`);
      expect(scrape).toContain(`_count{method="POST",route="/sessions",status="201"} ${requests}\n`);
      expect(scrape).toContain('_sum{method="POST",route="/sessions",status="400"} 20\n');
    }
  },
);
