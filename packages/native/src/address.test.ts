/** Compares `placeOf` with Node's complete implementation of the URL Standard. */
import { readFileSync } from 'node:fs';
import { checkCallbackUri } from '@payment-passkeys/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { placeOf } from './address.ts';

const corpus: readonly { readonly address: string }[] = JSON.parse(
  readFileSync(new URL('../../protocol/src/callback-corpus.json', import.meta.url), 'utf8'),
);

/** The network's normal form of a callback, without its query; undefined if the network refuses it. */
function normalised(uri: string): string | undefined {
  const registeredSchemes = ['example.bank.app', 'com.example.bank'];
  const checked = checkCallbackUri(uri, { mode: 'sandbox', registeredSchemes });
  return checked.ok ? checked.uri.split('?', 1)[0] : undefined;
}

const fragments = fc.constantFrom(
  'a',
  'B',
  '/',
  '.',
  '..',
  '%2e',
  '%2E',
  '%7b',
  '%',
  ':',
  '{',
  '}',
  '^',
  '`',
  '"',
  '<',
  '|',
  '[',
  "'",
  '@',
);
const path = fc.array(fragments, { maxLength: 12 }).map((all) => all.join(''));
const start = fc.constantFrom(
  'https://bank.example',
  'HTTPS://Bank.Example:443',
  'https://bank.example:0443',
  'https://bank.example:8443',
  'http://bank.localhost:80',
  'Example.Bank.App:',
  'example.bank.app://Host',
);

test('the place of an address that the network takes is that of its WHATWG form', () => {
  fc.assert(
    fc.property(start, path, (begin, rest) => {
      const uri = `${begin}/${rest}`;
      const expected = normalised(uri);
      if (expected !== undefined) expect(placeOf(uri)).toBe(expected);
    }),
    {
      numRuns: 2000,
      examples: [
        ['Example.Bank.App:', '..//a'],
        ['Example.Bank.App:', '/a:'],
      ],
    },
  );
});

test('of the corpus of tricks, the place is that of the WHATWG form, or there is none: a host by number, or encoded', () => {
  const taken = corpus.map(({ address }) => address).filter((address) => normalised(address) !== undefined);
  const places = taken.map((address) => [placeOf(address), normalised(address)]);
  expect(places.filter(([place, expected]) => place !== undefined && place !== expected)).toEqual([]);
  expect(taken.filter((address) => placeOf(address) === undefined && !/%|\/\/[0-9[]/.test(address))).toEqual([]);
});
