import { describe, expect, it } from 'vitest';
import { addressOf, readFilters } from './filters.ts';

describe('the filters of an address', () => {
  it('are read, and written again', () => {
    const address =
      '/sessions?clientId=bank&kind=PAYMENT&outcome=FAILED&reason=CREDENTIALS_NOT_VERIFIED&browserFamily=Safari+mobile&step=OPENED&from=2026-11-28T09%3A00%3A00.000Z&to=2026-11-28T10%3A00%3A00.000Z';
    expect(addressOf(readFilters(new URL(address, 'http://console.localhost').searchParams))).toBe(address);
  });

  it.each([
    'clientId=a%20b',
    'kind=X',
    'outcome=',
    'reason=no',
    'browserFamily=Mosaic',
    'step=1',
    'from=yesterday',
    'id=5555555555554444',
  ])('leave out what the API would refuse: %s', (query) => expect(readFilters(new URLSearchParams(query))).toEqual({}));
});
