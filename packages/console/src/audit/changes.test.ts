import { expect, it } from 'vitest';
import { compareValues } from './changes.ts';

it('names the fields that differ, with their lines before and after', () => {
  expect(
    compareValues(
      {
        name: 'Meridian',
        accountRanges: ['555555', '510510'],
        countries: ['US'],
        verification: { uri: 'https://a.example' },
      },
      {
        name: 'Meridian Bank',
        accountRanges: ['555555', '222300'],
        countries: ['US'],
        verification: { uri: 'https://b.example' },
      },
    ),
  ).toEqual([
    { field: 'name', before: ['Meridian'], after: ['Meridian Bank'] },
    { field: 'accountRanges', before: ['555555', '510510'], after: ['555555', '222300'] },
    { field: 'verification.uri', before: ['https://a.example'], after: ['https://b.example'] },
  ]);
});

it('something new has only lines after, something deleted only lines before', () => {
  expect(compareValues(undefined, { status: 'SUSPENDED', by: ['NETWORK'] })).toEqual([
    { field: 'status', before: [], after: ['SUSPENDED'] },
    { field: 'by', before: [], after: ['NETWORK'] },
  ]);
  expect(compareValues({ status: 'ACTIVE' }, null)).toEqual([{ field: 'status', before: ['ACTIVE'], after: [] }]);
});

it('writes an object in a list on one line', () => {
  const webhooks = [{ uri: 'https://bank.example/events', types: ['binding.*', 'payment.approved'] }];
  expect(compareValues({ webhooks: [] }, { webhooks })).toEqual([
    { field: 'webhooks', before: [], after: ['uri https://bank.example/events, types binding.*, payment.approved'] },
  ]);
});

it('the same values have no difference', () => expect(compareValues({ a: [1, true] }, { a: [1, true] })).toEqual([]));
