import { EVENT_TYPES, MAX_WEBHOOKS } from '@payment-passkeys/protocol';
import { expect, it } from 'vitest';
import { EVENT_FAMILIES, MOST_WEBHOOKS } from './webhook-fields.ts';

it('the copied numbers and families are those of the protocol', () => {
  expect(MOST_WEBHOOKS).toBe(MAX_WEBHOOKS);
  expect(EVENT_FAMILIES).toEqual([...new Set(EVENT_TYPES.map((type) => `${type.split('.')[0]}.*`))]);
});
