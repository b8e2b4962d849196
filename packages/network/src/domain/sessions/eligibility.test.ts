import type { SrcSessionInitiationRequestInfo } from '@payment-passkeys/protocol';
import { buildPaymentInfo, buildSessionInfo, buildTransaction, TEST_MERCHANT } from '@payment-passkeys/testkit';
import { describe, expect, test } from 'vitest';
import { type EligibilityRules, findIneligibilities, findMerchantIneligibilities } from './eligibility.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const RULES: EligibilityRules = {
  mode: 'production',
  accountRanges: ['555555', '5105'],
  countries: ['US', 'DE'],
  callbackSchemes: ['com.example.bank'],
  now: NOW,
};
const VALID = buildSessionInfo(NOW, { callbackUri: 'https://bank.example/cb' });
const CARD = { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' };

const found = (changes: Partial<SrcSessionInitiationRequestInfo>, rules: Partial<EligibilityRules> = {}) =>
  findIneligibilities({ ...VALID, ...changes }, { ...RULES, ...rules }).map(
    ({ code, pointer }) => `${code} ${pointer}`,
  );
const cards = (...list: Partial<typeof CARD>[]) => ({
  accountReferences: { cards: list.map((card) => ({ ...CARD, ...card })) },
});
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1000).toISOString();

test('a valid call has nothing against it', () => expect(found({})).toEqual([]));

describe('accounts', () => {
  test('a PAN is Luhn-checked', () => {
    expect(found(cards({}, { primaryAccountNumber: '5555555555554445' }))).toEqual([
      'INVALID_FIELD /accountReferences/cards/1/primaryAccountNumber',
    ]);
  });

  test("every PAN is in the client's own ranges", () => {
    expect(found(cards({ primaryAccountNumber: '5105105105105100' }))).toEqual([]);
    expect(found(cards({ primaryAccountNumber: '4111111111111111' }, {}))).toEqual([
      'ACCOUNT_NOT_ELIGIBLE /accountReferences/cards/0/primaryAccountNumber',
    ]);
    expect(found({}, { accountRanges: [] })).toEqual([
      'ACCOUNT_NOT_ELIGIBLE /accountReferences/cards/0/primaryAccountNumber',
    ]);
  });

  test('a card is taken until the end of its last month', () => {
    expect(found(cards({ panExpirationMonth: '11', panExpirationYear: '2026' }))).toEqual([]);
    expect(found(cards({ panExpirationMonth: '10', panExpirationYear: '2026' }))).toEqual([
      'CARD_EXPIRED /accountReferences/cards/0/panExpirationMonth',
    ]);
  });

  test('1 to 20 accounts in all', () => {
    const emails = (count: number) => Array.from({ length: count }, (_, n) => `avery+${n}@mail.example`);
    const mobileNumbers = [{ countryCode: '1', phoneNumber: '5550100123' }];
    const accounts = (count: number) => ({
      accountReferences: { cards: [CARD], emailAddresses: emails(count - 2), mobileNumbers },
    });
    expect(found(accounts(20))).toEqual([]);
    expect(found(accounts(21))).toEqual(['TOO_MANY_ACCOUNTS /accountReferences']);
  });
});

describe('verifiedAt and acceptedAt are at most fifteen minutes old and not in the future', () => {
  test.each([
    [0, true],
    [900, true],
    [900.001, false],
    [901, false],
    [-60, true],
    [-60.001, false],
    [-61, false],
  ])('%d seconds ago: %s', (age, fresh) => {
    const time = secondsAgo(age);
    const stale = (pointer: string) => (fresh ? [] : [`STALE ${pointer}`]);
    expect(found({ cardholderVerification: { method: 'OTP', verifiedAt: time } })).toEqual(
      stale('/cardholderVerification/verifiedAt'),
    );
    expect(found({ consent: { ...VALID.consent, acceptedAt: time } })).toEqual(stale('/consent/acceptedAt'));
  });

  test.each(['2026-11-24T14:00:00+02:00', '2026-11-24t12:00:00z', '2026-11-24T11:59:59.123456789Z'])(
    '%s is a time within them',
    (acceptedAt) => expect(found({ consent: { ...VALID.consent, acceptedAt } })).toEqual([]),
  );

  test('a time that no clock shows is not fresh', () => {
    expect(found({ consent: { ...VALID.consent, acceptedAt: '2026-11-24T11:59:60Z' } })).toEqual([
      'STALE /consent/acceptedAt',
    ]);
  });
});

describe("a payment's amount", () => {
  const rules = { ...TEST_MERCHANT, provider: false, mode: 'sandbox', now: NOW } as const;
  const foundFor = (transactionAmount: string | number, transactionCurrencyCode: string) => {
    const transaction = buildTransaction({ transactionAmount: { transactionAmount, transactionCurrencyCode } });
    return findMerchantIneligibilities(buildPaymentInfo({ transaction }), rules);
  };

  test.each([
    ['18.00', 'USD'],
    [18, 'USD'],
    [18.5, 'USD'],
    [1200, 'JPY'],
  ])('%j %s is one', (amount, currency) => expect(foundFor(amount, currency)).toEqual([]));

  test.each([
    ['18', 'USD'],
    [0.1 + 0.2, 'USD'],
    [18.001, 'USD'],
    [-18, 'USD'],
    [1.5, 'JPY'],
    [18, 'XXX'],
  ])('%j %s is none, and the field is named', (amount, currency) => {
    expect(foundFor(amount, currency)).toEqual([
      { code: 'AMOUNT_INVALID', pointer: '/transaction/transactionAmount/transactionAmount' },
    ]);
  });
});

describe('consent, compliance, callback', () => {
  test("the country of the consent is one of the client's", () => {
    expect(found({ consent: { ...VALID.consent, country: 'FR' } })).toEqual(['COUNTRY_NOT_ELIGIBLE /consent/country']);
    expect(found({}, { countries: [] })).toEqual(['COUNTRY_NOT_ELIGIBLE /consent/country']);
  });

  test('complianceSettings hold both types, or come at launch', () => {
    const [terms, privacy] = VALID.complianceSettings?.complianceResources ?? [];
    if (terms === undefined || privacy === undefined) throw new Error('The builder has both.');
    const { complianceSettings: _atLaunch, ...without } = VALID;
    expect(findIneligibilities(without, RULES)).toEqual([]);
    for (const one of [terms, privacy]) {
      expect(found({ complianceSettings: { complianceResources: [one] } })).toEqual([
        'COMPLIANCE_INCOMPLETE /complianceSettings/complianceResources',
      ]);
    }
  });

  test('a callbackUri meets the rules of contract §3 for the mode and the client', () => {
    expect(found({ callbackUri: 'http://bank.localhost/cb' })).toEqual(['CALLBACK_INVALID /callbackUri']);
    expect(found({ callbackUri: 'http://bank.localhost/cb' }, { mode: 'sandbox' })).toEqual([]);
    expect(found({ callbackUri: 'com.example.bank:/cb' })).toEqual([]);
    expect(found({ callbackUri: 'com.example.bank:/cb' }, { callbackSchemes: [] })).toEqual([
      'CALLBACK_INVALID /callbackUri',
    ]);
    expect(found({ callbackUri: 'https://bank.example/cb?status=ENROLLED' })).toEqual([
      'CALLBACK_INVALID /callbackUri',
    ]);
  });

  test('everything that stands against a session is told at once, in the order of the message', () => {
    const { code, pointer } = { code: 'STALE', pointer: '/cardholderVerification/verifiedAt' };
    expect(
      found({
        ...cards({ primaryAccountNumber: '4111111111111111', panExpirationYear: '2025' }),
        cardholderVerification: { method: 'OTP', verifiedAt: secondsAgo(5000) },
        consent: { country: 'FR', language: 'fr', acceptedAt: secondsAgo(0) },
        callbackUri: 'javascript:alert(1)',
      }),
    ).toEqual([
      'ACCOUNT_NOT_ELIGIBLE /accountReferences/cards/0/primaryAccountNumber',
      'CARD_EXPIRED /accountReferences/cards/0/panExpirationMonth',
      `${code} ${pointer}`,
      'COUNTRY_NOT_ELIGIBLE /consent/country',
      'CALLBACK_INVALID /callbackUri',
    ]);
  });
});
