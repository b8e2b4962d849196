import type { SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { canConfirmHere, type PaymentBrowser, payWithPasskey } from './index.ts';

const TERMS: SecurePaymentConfirmation = {
  rpId: 'verify.example',
  challenge: '-_8A',
  credentialIds: ['AQID'],
  instrument: { displayName: '•••• 4444', icon: 'data:image/png;base64,AAAA' },
  payeeName: 'Tidewick',
  total: { currency: 'USD', value: '12.34' },
  showOptOut: true,
  timeout: 120_000,
};
const PAYMENT = { redirect: 'https://verify.example/auth/passkeys#token', securePaymentConfirmation: TERMS };
const CREDENTIAL = { id: 'AQID' };

const bytes = (...values: number[]) => Uint8Array.from(values).buffer;
const illegal = () => {
  throw new TypeError('Illegal invocation');
};
/** A credential as Chromium 95 to 128 give it, without `toJSON`. */
const GIVEN = {
  id: 'AQID',
  rawId: bytes(1, 2, 3),
  getClientExtensionResults: () => ({}),
  response: { clientDataJSON: bytes(4), authenticatorData: bytes(5), signature: bytes(6), userHandle: null },
};
const GIVEN_JSON = {
  id: 'AQID',
  rawId: 'AQID',
  type: 'public-key',
  authenticatorAttachment: null,
  clientExtensionResults: {},
  response: { clientDataJSON: 'BA', authenticatorData: 'BQ', signature: 'Bg' },
};

interface Shown {
  readonly methods: readonly unknown[];
  readonly details: unknown;
}

/** A browser whose dialog ends as `ends` says. `throwing` makes one step before the dialog fail. */
function browserThat({
  ends = 'accept',
  throwing,
  canPay = true,
  given = { details: { toJSON: () => CREDENTIAL }, complete: () => Promise.reject(new Error('closed')) },
}: {
  readonly ends?: 'accept' | Error;
  /** The response of an accepted dialog. */
  readonly given?: { readonly details: unknown; readonly complete?: (result: string) => Promise<void> };
  readonly throwing?: 'constructor' | 'canMakePayment';
  readonly canPay?: boolean;
} = {}): { readonly browser: PaymentBrowser; readonly shown: Shown[] } {
  const shown: Shown[] = [];
  function PaymentRequest(methods: readonly unknown[], details: unknown) {
    if (throwing === 'constructor') throw new TypeError('unknown');
    shown.push({ methods, details });
    return {
      canMakePayment: async () => {
        if (throwing === 'canMakePayment') throw new Error('NotSupportedError');
        return canPay;
      },
      show: async () => {
        if (ends !== 'accept') throw ends;
        return given;
      },
    };
  }
  // PaymentRequest is a constructor that returns its own object, which the type does not describe.
  return {
    browser: { PaymentRequest: PaymentRequest as unknown as NonNullable<PaymentBrowser['PaymentRequest']> },
    shown,
  };
}

async function payIn(
  browser: PaymentBrowser,
  answer = 'AUTHENTICATED',
  payment: Parameters<typeof payWithPasskey>[0]['payment'] = PAYMENT,
) {
  const reports: unknown[] = [];
  const went: string[] = [];
  const result = await payWithPasskey({
    payment,
    browser,
    report: async (confirmation) => {
      reports.push(confirmation);
      return answer;
    },
    go: (address) => went.push(address),
  });
  return { result, reports, went };
}

const named = (name: string) => Object.assign(new Error(name), { name });

describe('payWithPasskey', () => {
  test('hands the terms to the browser as bytes where the browser wants bytes, and reports the credential', async () => {
    const { browser, shown } = browserThat();
    expect(await payIn(browser)).toEqual({
      result: 'AUTHENTICATED',
      reports: [{ outcome: 'ACCEPTED', credential: CREDENTIAL }],
      went: [],
    });
    const { challenge: _, credentialIds: __, total, ...rest } = TERMS;
    const data = { ...rest, challenge: Uint8Array.of(251, 255, 0), credentialIds: [Uint8Array.of(1, 2, 3)] };
    expect(shown).toEqual([
      {
        methods: [{ supportedMethods: 'secure-payment-confirmation', data }],
        details: { total: { label: 'Total', amount: total } },
      },
    ]);
  });

  const complete = async () => {};
  test.each([
    ['without toJSON', { details: GIVEN, complete }],
    ['with a toJSON that throws', { details: { ...GIVEN, toJSON: illegal }, complete }],
    ['without extension results', { details: { ...GIVEN, getClientExtensionResults: illegal }, complete }],
    ['and there is no complete()', { details: GIVEN }],
    ['and complete() throws', { details: GIVEN, complete: illegal }],
    ['and complete() never settles', { details: GIVEN, complete: () => new Promise<void>(() => {}) }],
  ])('a credential %s is reported as ACCEPTED', async (_title, given) => {
    expect(await payIn(browserThat({ given }).browser)).toEqual({
      result: 'AUTHENTICATED',
      reports: [{ outcome: 'ACCEPTED', credential: GIVEN_JSON }],
      went: [],
    });
  });

  test('the dialog is closed, whatever the credential is', async () => {
    const closed: string[] = [];
    const complete = async (result: string) => void closed.push(result);
    await payIn(browserThat({ given: { details: GIVEN, complete } }).browser);
    const unreadable = await payIn(browserThat({ given: { details: {}, complete } }).browser);
    expect(closed).toEqual(['success', 'success']);
    expect(unreadable).toEqual({ result: 'REDIRECTED', reports: [], went: [PAYMENT.redirect] });
  });

  test.each([
    ['NotAllowedError', 'ANOTHER_WAY', 'REDIRECT', 'REDIRECTED'],
    ['OptOutError', 'OPTED_OUT', 'REDIRECT', 'REDIRECTED'],
    ['AbortError', 'ABORTED', 'CANCELLED', 'CANCELLED'],
  ])('%s is reported as %s', async (name, outcome, answer, result) => {
    const paid = await payIn(browserThat({ ends: named(name) }).browser, answer);
    expect(paid).toEqual({ result, reports: [{ outcome }], went: result === 'REDIRECTED' ? [PAYMENT.redirect] : [] });
  });

  test('REFUSED goes to the network’s page, which shows what is true', async () => {
    expect(await payIn(browserThat().browser, 'REFUSED')).toMatchObject({
      result: 'REDIRECTED',
      went: [PAYMENT.redirect],
    });
  });

  test.each([
    ['has no PaymentRequest', {}],
    ['does not know the method', browserThat({ throwing: 'constructor' }).browser],
    ['throws at the question', browserThat({ throwing: 'canMakePayment' }).browser],
    ['cannot make the payment', browserThat({ canPay: false }).browser],
    ['shows no dialog', browserThat({ ends: named('NotSupportedError') }).browser],
    ['wants a gesture first', browserThat({ ends: named('SecurityError') }).browser],
    ['does not let PaymentRequest be read', Object.create({}, { PaymentRequest: { get: illegal } }) as PaymentBrowser],
  ])('a browser that %s goes to the network’s page, and nothing is reported', async (_title, browser) => {
    expect(await payIn(browser)).toEqual({ result: 'REDIRECTED', reports: [], went: [PAYMENT.redirect] });
  });

  test('a payment without terms for it goes to the network’s page', async () => {
    const { browser, shown } = browserThat();
    expect(await payIn(browser, '', { redirect: PAYMENT.redirect })).toMatchObject({ result: 'REDIRECTED' });
    expect(shown).toEqual([]);
  });
});

test.each([
  ['available', true],
  ['unavailable-feature-not-enabled', false],
  ['unavailable-no-user-verifying-platform-authenticator', false],
])('securePaymentConfirmationAvailability() is %s', async (answer, expected) => {
  const { browser } = browserThat();
  const PaymentRequest = Object.assign(browser.PaymentRequest ?? {}, {
    securePaymentConfirmationAvailability: async () => answer,
  });
  expect(await canConfirmHere({ PaymentRequest } as PaymentBrowser)).toBe(expected);
});

test('where it throws or is missing, the answer is no', async () => {
  const throwing = { securePaymentConfirmationAvailability: () => Promise.reject(named('NotSupportedError')) };
  expect(await canConfirmHere({ PaymentRequest: throwing } as unknown as PaymentBrowser)).toBe(false);
  expect(await canConfirmHere({})).toBe(false);
  expect(await canConfirmHere(Object.create({}, { PaymentRequest: { get: illegal } }) as PaymentBrowser)).toBe(false);
});
