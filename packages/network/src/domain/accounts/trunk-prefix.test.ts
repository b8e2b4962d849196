import fc from 'fast-check';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import { getCountries, getCountryCallingCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';
import { describe, expect, test } from 'vitest';
import { mayHaveTrunkPrefix } from './trunk-prefix.ts';

const callingCodes = [...Object.keys(metadata.country_calling_codes), ...Object.keys(metadata.nonGeographic)];
const unknownCodes = ['0', '00', '210', '259', '699', '801', '999'];
const beginnings = Array.from({ length: 100 }, (_, number) => `${number}`.padStart(2, '0'));

describe('the library changes no number without a trunk prefix', () => {
  test.each([...callingCodes, ...unknownCodes])('of +%s, with each beginning of two digits', (callingCode) => {
    for (const [at, beginning] of beginnings.entries()) expectUnchanged(callingCode + beginning + digits(at % 16));
  });

  test("made from each country's example: digits put before it, cut off, put behind it", () => {
    for (const country of getCountries()) {
      const callingCode = getCountryCallingCode(country);
      const example = examples[country];
      for (const begin of ['', '0', '1', '8', '9', '00', '06', '15', '90', callingCode])
        for (const cut of [0, 1, 2])
          for (const end of ['', '7', '42'])
            for (const rest of [example.slice(cut), example.slice(0, example.length - cut)])
              expectUnchanged(callingCode + begin + rest + end);
    }
  });

  test('of any digits', () => {
    const anyDigits = fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...callingCodes, ''), anyDigits, (code, rest) => expectUnchanged(code + rest)),
    );
  });
});

test("no country's example has a trunk prefix, but Argentina's pattern also matches without one", () => {
  const found = getCountries().filter((country) =>
    mayHaveTrunkPrefix(getCountryCallingCode(country) + examples[country]),
  );
  expect(found).toEqual(['AR']);
});

function expectUnchanged(number: string): void {
  if (mayHaveTrunkPrefix(number)) return;
  const parsed = parsePhoneNumberFromString(`+${number}`);
  expect(parsed?.number ?? `+${number}`).toBe(`+${number}`);
}

function digits(length: number): string {
  return '2718281828459045'.slice(0, length);
}
