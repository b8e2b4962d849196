import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalPan, cardHasExpired, maskEmail, maskMobile, maskPan, passesLuhn } from './accounts.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const separators = fc.string({ unit: fc.constantFrom(' ', '-', '.', '(', ')', '\u00a0'), maxLength: 3 });

/** The same digits with separators between them. */
const spelt = (plain: fc.Arbitrary<string>) =>
  plain.chain((number) =>
    fc
      .array(separators, { minLength: number.length, maxLength: number.length })
      .map((gaps) => ({ number, text: [...number].map((digit, at) => digit + gaps[at]).join('') })),
  );

describe('a card number', () => {
  test('is its digits, however it is written', () => {
    fc.assert(fc.property(spelt(digits(9, 19)), ({ number, text }) => canonicalPan(text) === number));
  });

  test.each(['5555555555554444', '5105105105105100', '2223003122003222', '4111111111111111', '79927398713', '0'])(
    '%s passes the Luhn check (ISO/IEC 7812-1 annex B)',
    (pan) => expect(passesLuhn(pan)).toBe(true),
  );

  test('an empty one does not', () => expect(passesLuhn('')).toBe(false));

  test('exactly one check digit of ten passes', () => {
    const passing = (stem: string) => [...'0123456789'].filter((digit) => passesLuhn(stem + digit));
    fc.assert(fc.property(digits(8, 18), (stem) => passing(stem).length === 1));
  });

  test('one wrong digit never passes', () => {
    fc.assert(
      fc.property(digits(8, 18), fc.nat(), fc.integer({ min: 1, max: 9 }), (stem, seed, shift) => {
        const pan = [...'0123456789'].map((digit) => stem + digit).find(passesLuhn) ?? '';
        const at = seed % pan.length;
        const wrong = pan.slice(0, at) + ((Number(pan[at]) + shift) % 10) + pan.slice(at + 1);
        return !passesLuhn(wrong);
      }),
    );
  });

  test('is shown by its last four digits and no other', () => {
    fc.assert(fc.property(digits(9, 19), (pan) => maskPan(pan) === `•••• ${pan.slice(-4)}`));
    expect(maskPan('5555 5555 5555 4444')).toBe('•••• 4444');
    expect(maskPan('4444')).toBe('•••• 4444');
  });

  test('is good until the end of its month, in UTC', () => {
    expect(cardHasExpired('11', '2026', new Date('2026-11-30T23:59:59.999Z'))).toBe(false);
    expect(cardHasExpired('11', '2026', new Date('2026-12-01T00:00:00Z'))).toBe(true);
    expect(cardHasExpired('12', '2026', new Date('2026-12-31T23:59:59.999Z'))).toBe(false);
    expect(cardHasExpired('12', '2026', new Date('2027-01-01T00:00:00Z'))).toBe(true);
    expect(cardHasExpired('01', '2030', new Date('2026-11-24T12:00:00Z'))).toBe(false);
  });
});

describe('an e-mail address', () => {
  test('is shown by the first character of each half and the top-level domain', () => {
    expect(maskEmail('avery@mail.example')).toBe('a•••@m•••.example');
    expect(maskEmail(' 😀very@mail.co.uk ')).toBe('😀•••@m•••.uk');
    expect(maskEmail('a@localhost')).toBe('a•••@l•••');
  });

  test('the mask shows no more of it than that', () => {
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        const [local = '', domain = ''] = email.split('@');
        const topLevel = domain.slice(domain.lastIndexOf('.'));
        expect(maskEmail(email)).toBe(`${[...local][0]}•••@${[...domain][0]}•••${topLevel}`);
      }),
    );
  });
});

describe('a mobile number', () => {
  test('is shown by its last two digits and no other', () => {
    fc.assert(
      fc.property(digits(1, 3), digits(4, 14), (countryCode, phoneNumber) => {
        expect(maskMobile({ countryCode, phoneNumber })).toBe(`••• ${phoneNumber.slice(-2)}`);
      }),
    );
  });
});
