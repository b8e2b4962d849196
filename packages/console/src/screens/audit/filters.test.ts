import { expect, it } from 'vitest';
import { readFilters } from './filters.ts';

it('the filters of an address are read; what the API would refuse is left out', () => {
  const query = 'actor=Ada&action=client.suspended&subject=bank&from=2026-11-28T09:00:00Z&to=never&cursor=4';
  expect(readFilters(new URLSearchParams(query))).toEqual({
    actor: 'Ada',
    action: 'client.suspended',
    subject: 'bank',
    from: '2026-11-28T09:00:00.000Z',
  });
  expect(readFilters(new URLSearchParams(`action=client.sold&subject=${'x'.repeat(65)}&actor=`))).toEqual({});
});
