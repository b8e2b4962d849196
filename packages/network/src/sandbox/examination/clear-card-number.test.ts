import { expect, test } from 'vitest';
import { hasClearCardNumber } from './clear-card-number.ts';

test.each([
  '{"pan":"5555555555554444"}',
  '{"note":"card 5555 5555 5555 4444, please"}',
  '{"note":"4111-1111-1111-1111"}',
  '/authentication/events?after=378282246310005',
  '{"pan":5555555555554444}',
])('a card number in clear: %s', (text) => expect(hasClearCardNumber(text)).toBe(true));

test.each([
  ['no check digit', '{"pan":"5555555555554445"}'],
  ['no brand', '{"id":"0000000000000000"}'],
  ['a part of an id', '{"id":"86bd4a91-5555555555554444-aa"}'],
  ['inside a JWE', '{"encryptedData":"eyJh.x5555555555554444y.zz"}'],
  ['too short', '{"orderId":"555555554444"}'],
  ['the last four digits', '{"panLastFour":"4444"}'],
])('not: %s', (_case, text) => expect(hasClearCardNumber(text)).toBe(false));
