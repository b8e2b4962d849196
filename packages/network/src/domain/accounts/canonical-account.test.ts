import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalEmail, canonicalMobile, earlierForms } from './canonical-account.ts';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });
const separators = fc.string({ unit: fc.constantFrom(' ', '-', '.', '(', ')', '\u00a0'), maxLength: 3 });

/** The same digits with separators at random places. */
const spelt = (plain: fc.Arbitrary<string>) =>
  plain.chain((number) =>
    fc
      .array(separators, { minLength: number.length, maxLength: number.length })
      .map((gaps) => ({ number, text: [...number].map((digit, at) => digit + gaps[at]).join('') })),
  );

describe('an e-mail address', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });

  test('is trimmed, in NFC, lower-cased', () => {
    expect(canonicalEmail('  Avery@Mail.EXAMPLE ')).toBe('avery@mail.example');
    expect(canonicalEmail('Ame\u0301lie@mail.example')).toBe('am\u00e9lie@mail.example');
  });

  test.each([
    ['zoe@bücher.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@BÜCHER.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@bu\u0308cher.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@XN--BCHER-KVA.example', 'zoe@xn--bcher-kva.example'],
    ['zoe@ｂücher。example', 'zoe@xn--bcher-kva.example'],
    ['zoe@faß.example', 'zoe@xn--fa-hia.example'],
    ['用户@例え.example', '用户@xn--r8jz45g.example'],
  ])('%s is %s: its domain in UTS 46', (email, canonical) => expect(canonicalEmail(email)).toBe(canonical));

  test.each(['a@1.1', 'a@[127.0.0.1]', 'a@１.１', 'a@b%2ec', 'a@ü/../b', 'a@ü:80', 'a@xn--a', 'a@a_b.ü', 'ü'])(
    '%s has no domain that UTS 46 could map, and stays as it is',
    (email) => expect(canonicalEmail(email)).toBe(email),
  );

  test('in another spelling is the same: around it white space, within it case and Unicode form', () => {
    fc.assert(
      fc.property(text, fc.constantFrom('', ' ', '\t', '\n'), fc.constantFrom('NFC', 'NFD'), (email, space, form) => {
        expect(canonicalEmail(space + email.normalize(form) + space)).toBe(canonicalEmail(email));
      }),
    );
    fc.assert(
      fc.property(fc.emailAddress(), (email) => {
        expect(canonicalEmail(email.toUpperCase())).toBe(canonicalEmail(email));
      }),
    );
  });

  test('has one canonical form, which is its own', () => {
    const withDomain = fc.tuple(text, text).map((halves) => halves.join('@'));
    fc.assert(
      fc.property(fc.oneof(text, withDomain, fc.string({ unit: 'binary' })), (email) => {
        expect(canonicalEmail(canonicalEmail(email))).toBe(canonicalEmail(email));
      }),
    );
  });
});

describe('a mobile number', () => {
  test.each([
    ['44', '07911123456', '447911123456', 'the trunk zero is not part of it'],
    ['44', '7911123456', '447911123456', 'as without it'],
    ['49', '015112345678', '4915112345678', 'as in Germany'],
    ['7', '89161234567', '79161234567', "Russia's trunk prefix is 8"],
    ['36', '06301234567', '36301234567', "Hungary's is 06"],
    ['1', '15550100123', '15550100123', "North America's is 1"],
    ['54', '111512345678', '5491112345678', 'Argentina dials 15 at home, and 9 from abroad'],
    ['39', '0612345678', '390612345678', "Italy's leading zero stays"],
    ['39', '3401234567', '393401234567', 'and none is added'],
    ['225', '0712345678', '2250712345678', "Côte d'Ivoire's stays"],
    ['242', '066123456', '242066123456', "the Republic of the Congo's stays"],
    ['44', '007911123456', '44007911123456', 'what is no number of its country stays as its digits'],
    ['999', '0123456', '9990123456', 'and what has no country'],
  ])('%s / %s is %s: %s', (countryCode, phoneNumber, canonical) =>
    expect(canonicalMobile({ countryCode, phoneNumber })).toBe(canonical),
  );

  test('is E.164 digits without the plus, however it is written', () => {
    expect(canonicalMobile({ countryCode: '+1', phoneNumber: '(555) 010-0123' })).toBe('15550100123');
    fc.assert(
      fc.property(spelt(digits(1, 3)), spelt(digits(4, 14)), (country, phone) => {
        const mobile = { countryCode: `+${country.text}`, phoneNumber: phone.text };
        expect(canonicalMobile(mobile)).toBe(
          canonicalMobile({ countryCode: country.number, phoneNumber: phone.number }),
        );
      }),
    );
  });

  test('has one canonical form, which is its own', () => {
    fc.assert(
      fc.property(digits(1, 3), digits(4, 14), (countryCode, phoneNumber) => {
        const canonical = canonicalMobile({ countryCode, phoneNumber });
        expect(canonicalMobile({ countryCode: '', phoneNumber: canonical })).toBe(canonical);
      }),
    );
  });
});

describe('what normal form 1 made of an account', () => {
  const values = (references: Parameters<typeof earlierForms>[0]) => earlierForms(references).map(({ value }) => value);

  test('is known of either spelling of a domain, and of a number with its trunk prefix or without', () => {
    for (const domain of ['bücher.example', 'xn--bcher-kva.example'])
      expect(values({ emailAddresses: [`Zoe@${domain}`] })).toEqual(['zoe@bücher.example']);
    for (const phoneNumber of ['07911123456', '7911123456'])
      expect(values({ mobileNumbers: [{ countryCode: '44', phoneNumber }] })).toEqual(['4407911123456']);
  });

  test('is the same where form 2 changes nothing', () => {
    expect(values({ emailAddresses: ['avery@mail.example'] })).toEqual([]);
    expect(values({ mobileNumbers: [{ countryCode: '39', phoneNumber: '0612345678' }] })).toEqual([]);
  });

  test('is never what another account is now', () => {
    fc.assert(
      fc.property(digits(1, 3), digits(4, 14), (countryCode, phoneNumber) => {
        for (const { account, value } of earlierForms({ mobileNumbers: [{ countryCode, phoneNumber }] }))
          expect(canonicalMobile({ countryCode: '', phoneNumber: value })).toBe(account.value);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (domain) => {
        for (const { account, value } of earlierForms({ emailAddresses: [`a@${domain}.example`] }))
          expect(canonicalEmail(value)).toBe(account.value);
      }),
    );
  });
});
