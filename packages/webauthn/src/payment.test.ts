import { randomBytes } from 'node:crypto';
import { confirmPayment, type PaymentClientData } from '@payment-passkeys/authenticator';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildCreation, outcomeOf, POLICY } from '../test/valid-ceremony.ts';
import { type ExpectedPayment, findPaymentMismatch, verifyPaymentAssertion } from './payment.ts';
import { verifyRegistration } from './registration.ts';

const SHOP = 'https://shop.example';
const PAYMENT: ExpectedPayment = {
  origin: SHOP,
  frameOrigins: [],
  payeeName: 'Corner Shop',
  payeeOrigin: SHOP,
  total: { currency: 'USD', value: '12.34' },
  instrument: { displayName: '•••• 4444', icon: 'data:image/png;base64,AAAA' },
};

async function buildPayment(lie?: (honest: PaymentClientData) => unknown, payment: ExpectedPayment = PAYMENT) {
  const { device, userId, ...creation } = buildCreation();
  const passkey = { ...(await verifyRegistration(creation)), userHandle: userId };
  const challenge = randomBytes(32);
  const credential = confirmPayment({
    authenticator: device,
    offer: {
      rpId: POLICY.rpId,
      challenge: challenge.toString('base64url'),
      credentialIds: [Buffer.from(passkey.credentialId).toString('base64url')],
      instrument: payment.instrument,
      payeeName: payment.payeeName,
      ...(payment.payeeOrigin !== undefined && { payeeOrigin: payment.payeeOrigin }),
      total: payment.total,
      showOptOut: true,
      timeout: 120_000,
    },
    origin: payment.origin,
    ...(lie && { lie }),
  });
  return { policy: POLICY, challenge, credential, passkey, payment };
}

/** The client data with changed members of `payment`; undefined removes a member. */
const shown = (changes: Readonly<Record<string, unknown>>) => (honest: PaymentClientData) => ({
  ...honest,
  payment: { ...honest.payment, ...changes },
});

test('a payment that was shown as it was handed out is verified', async () => {
  const verdict = await verifyPaymentAssertion(await buildPayment());
  expect(verdict).toMatchObject({ ok: true, assertion: { userVerified: true, counterRegressed: false, signCount: 2 } });
});

test.each([
  ['composed', 'Caf\u00e9', 'Cafe\u0301'],
  ['decomposed', 'Cafe\u0301', 'Caf\u00e9'],
])('a name that was shown %s is the one that was handed out in the other form: Unicode NFC', async (_, name, other) => {
  const verdict = await verifyPaymentAssertion(
    await buildPayment(shown({ payeeName: name }), { ...PAYMENT, payeeName: other }),
  );
  expect(verdict.ok).toBe(true);
});

test('what the policy says of origins is not asked: a payment is confirmed on the merchant’s', async () => {
  expect(POLICY.origins).not.toContain(SHOP);
});

describe('Secure Payment Confirmation, "Verifying a Secure Payment Confirmation assertion"', () => {
  const lies: readonly (readonly [string, (honest: PaymentClientData) => unknown, string])[] = [
    ['type is payment.get', (it) => ({ ...it, type: 'webauthn.get' }), 'TYPE'],
    ['type is not payment.create', (it) => ({ ...it, type: 'payment.create' }), 'TYPE'],
    ['there is a payment', ({ payment: _, ...it }) => it, 'TYPE'],
    ['the payment is an object', (it) => ({ ...it, payment: [it.payment] }), 'TYPE'],
    [
      'challenge is the one of the options',
      (it) => ({ ...it, challenge: randomBytes(32).toString('base64url') }),
      'CHALLENGE',
    ],
    ['challenge is spelt canonically', (it) => ({ ...it, challenge: `${it.challenge}=` }), 'CHALLENGE'],
    ['challenge is there', ({ challenge: _, ...it }) => it, 'CHALLENGE'],
    ['origin is where the payment was expected', (it) => ({ ...it, origin: 'https://other.example' }), 'ORIGIN'],
    ['origin is compared whole', (it) => ({ ...it, origin: `${SHOP}.other.example` }), 'ORIGIN'],
    ['origin is there', ({ origin: _, ...it }) => it, 'ORIGIN'],
    ['topOrigin is the merchant’s', shown({ topOrigin: 'https://other.example' }), 'ORIGIN'],
    ['topOrigin is there', shown({ topOrigin: undefined }), 'ORIGIN'],
    ['crossOrigin is not true', (it) => ({ ...it, crossOrigin: true }), 'ORIGIN'],
    ['crossOrigin is nothing but false', (it) => ({ ...it, crossOrigin: 'false' }), 'ORIGIN'],
    ['rpId is the relying party’s', shown({ rpId: 'other.example' }), 'RELYING_PARTY'],
    ['rpId is there', shown({ rpId: undefined }), 'RELYING_PARTY'],
    ['rp, as older browsers say, does not contradict it', shown({ rp: 'other.example' }), 'RELYING_PARTY'],
    ['payeeName is the one handed out', shown({ payeeName: 'Corner Shop Outlet' }), 'PAYEE'],
    ['payeeName is the one handed out, by every letter', shown({ payeeName: 'Córner Shop' }), 'PAYEE'],
    ['payeeName is there', shown({ payeeName: undefined }), 'PAYEE'],
    ['payeeOrigin is the one handed out', shown({ payeeOrigin: 'https://other.example' }), 'PAYEE'],
    ['payeeOrigin is there', shown({ payeeOrigin: undefined }), 'PAYEE'],
    [
      'no logo is shown that was not handed out',
      shown({ paymentEntitiesLogos: [{ url: 'https://x.example/a.png', label: 'A' }] }),
      'PAYEE',
    ],
    ['logos are a list', shown({ paymentEntitiesLogos: {} }), 'PAYEE'],
    ['total.value is the one handed out', shown({ total: { currency: 'USD', value: '12.35' } }), 'TOTAL'],
    ['total.value is compared as text', shown({ total: { currency: 'USD', value: '12.340' } }), 'TOTAL'],
    ['total.value is text', shown({ total: { currency: 'USD', value: 12.34 } }), 'TOTAL'],
    ['total.currency is the one handed out', shown({ total: { currency: 'JPY', value: '12.34' } }), 'TOTAL'],
    ['total is there', shown({ total: undefined }), 'TOTAL'],
    ['total is an object', shown({ total: '12.34 USD' }), 'TOTAL'],
    [
      'instrument.displayName is the one handed out',
      shown({ instrument: { ...PAYMENT.instrument, displayName: '•••• 5100' } }),
      'INSTRUMENT',
    ],
    [
      'instrument.icon is the one handed out',
      shown({ instrument: { ...PAYMENT.instrument, icon: 'data:image/png;base64,BBBB' } }),
      'INSTRUMENT',
    ],
    [
      'instrument says no more than was handed out',
      shown({ instrument: { ...PAYMENT.instrument, details: 'Gold' } }),
      'INSTRUMENT',
    ],
    ['instrument is there', shown({ instrument: undefined }), 'INSTRUMENT'],
  ];
  test.each(lies)('%s', async (_, lie, mismatch) => {
    expect(await verifyPaymentAssertion(await buildPayment(lie))).toEqual({ ok: false, mismatch });
  });

  test.each([
    [
      'members that browsers add',
      (it: PaymentClientData) => ({ ...it, other_keys_can_be_added_here: 'do not compare' }),
    ],
    ['rp equal to rpId, as older browsers say', shown({ rp: POLICY.rpId })],
    ['no list of logos at all', shown({ paymentEntitiesLogos: undefined })],
    [
      'an instrument that says whether its icon must be shown',
      shown({ instrument: { ...PAYMENT.instrument, iconMustBeShown: true } }),
    ],
    ['crossOrigin left out', ({ crossOrigin: _, ...it }: PaymentClientData) => it],
  ])('%s: verified all the same', async (_, change) => {
    expect(await verifyPaymentAssertion(await buildPayment(change))).toMatchObject({ ok: true });
  });

  test('a payee whose origin was not handed out (it is no https) may not be shown with one', async () => {
    const local: ExpectedPayment = { ...PAYMENT, origin: 'http://shop.localhost:4002', payeeOrigin: undefined };
    expect(await verifyPaymentAssertion(await buildPayment(undefined, local))).toMatchObject({ ok: true });
    const showing = await buildPayment(shown({ payeeOrigin: SHOP }), local);
    expect(await verifyPaymentAssertion(showing)).toEqual({ ok: false, mismatch: 'PAYEE' });
  });
});

describe('in a frame', () => {
  const FRAME = 'https://pay.provider.example';
  const framed: ExpectedPayment = { ...PAYMENT, frameOrigins: [FRAME] };
  const inFrame = (it: PaymentClientData) => ({ ...it, origin: FRAME, crossOrigin: true });
  const other = 'https://other.example';

  test('of an allowed origin on a page of the merchant: verified; on the page itself, too', async () => {
    expect(await verifyPaymentAssertion(await buildPayment(inFrame, framed))).toMatchObject({ ok: true });
    expect(await verifyPaymentAssertion(await buildPayment(undefined, framed))).toMatchObject({ ok: true });
  });

  test('where no frame is allowed: refused', async () => {
    expect(await verifyPaymentAssertion(await buildPayment(inFrame))).toEqual({ ok: false, mismatch: 'ORIGIN' });
  });

  const lies: readonly (readonly [string, (honest: PaymentClientData) => unknown])[] = [
    ['of another origin', (it) => ({ ...inFrame(it), origin: other })],
    ['of the merchant’s own origin', (it) => ({ ...it, crossOrigin: true })],
    ['on a page of another origin', (it) => shown({ topOrigin: other })(inFrame(it))],
    ['on a page of its own origin', (it) => shown({ topOrigin: FRAME })(inFrame(it))],
    ['that is the whole page', (it) => shown({ topOrigin: FRAME })({ ...it, origin: FRAME })],
    ['that says it is not cross-origin', (it) => ({ ...it, origin: FRAME })],
  ];
  test.each(lies)('%s: refused', async (_, lie) => {
    expect(await verifyPaymentAssertion(await buildPayment(lie, framed))).toEqual({ ok: false, mismatch: 'ORIGIN' });
  });
});

describe('all else is WebAuthn’s', () => {
  test('the signature is over these very bytes: honest client data put in the place of what was signed', async () => {
    const lying = await buildPayment(shown({ total: { currency: 'USD', value: '0.01' } }));
    const clientData = JSON.parse(Buffer.from(lying.credential.response.clientDataJSON, 'base64url').toString());
    clientData.payment.total = PAYMENT.total;
    const clientDataJSON = Buffer.from(JSON.stringify(clientData)).toString('base64url');
    const response = { ...lying.credential.response, clientDataJSON };
    const forged = { ...lying, credential: { ...lying.credential, response } };
    expect(await outcomeOf(verifyPaymentAssertion(forged))).toBe('SIGNATURE_INVALID');
  });

  test('the passkey is the one that is asked for, and its user', async () => {
    const [mine, other] = [await buildPayment(), await buildPayment()];
    expect(await outcomeOf(verifyPaymentAssertion({ ...mine, passkey: other.passkey }))).toBe('CREDENTIAL_MISMATCH');
    const passkey = { ...mine.passkey, userHandle: randomBytes(32) };
    expect(await outcomeOf(verifyPaymentAssertion({ ...mine, passkey }))).toBe('USER_HANDLE_MISMATCH');
  });

  test.each([
    [0, 'RP_ID_MISMATCH'],
    [32, 'USER_NOT_PRESENT'],
  ] as const)('the authenticator data is held against the policy: byte %d', async (at, code) => {
    const { credential, ...rest } = await buildPayment();
    const data = Buffer.from(credential.response.authenticatorData, 'base64url');
    data[at] = (data[at] ?? 0) ^ 1;
    const response = { ...credential.response, authenticatorData: data.toString('base64url') };
    expect(await outcomeOf(verifyPaymentAssertion({ ...rest, credential: { ...credential, response } }))).toBe(code);
  });

  test.each([['{"type":'], ['[]'], ['null'], ['"payment.get"']])('%s is no client data', async (text) => {
    const { credential, ...rest } = await buildPayment();
    const response = { ...credential.response, clientDataJSON: Buffer.from(text).toString('base64url') };
    const outcome = await outcomeOf(verifyPaymentAssertion({ ...rest, credential: { ...credential, response } }));
    expect(outcome).toBe('MALFORMED');
  });
});

describe('whatever a browser may say', () => {
  const challenge = randomBytes(32);
  const expected = { challenge, rpId: POLICY.rpId, payment: PAYMENT };
  const honest = {
    type: 'payment.get',
    challenge: challenge.toString('base64url'),
    origin: SHOP,
    crossOrigin: false,
    payment: {
      rpId: POLICY.rpId,
      topOrigin: SHOP,
      payeeName: PAYMENT.payeeName,
      payeeOrigin: SHOP,
      total: PAYMENT.total,
      instrument: PAYMENT.instrument,
    },
  };
  const find = (clientData: unknown) => findPaymentMismatch(Buffer.from(JSON.stringify(clientData)), expected);
  /** The path of every member that the specification says to verify. */
  const places = [
    ['type'],
    ['challenge'],
    ['origin'],
    ['payment'],
    ['payment', 'rpId'],
    ['payment', 'topOrigin'],
    ['payment', 'payeeName'],
    ['payment', 'payeeOrigin'],
    ['payment', 'total'],
    ['payment', 'total', 'currency'],
    ['payment', 'total', 'value'],
    ['payment', 'instrument'],
    ['payment', 'instrument', 'displayName'],
    ['payment', 'instrument', 'icon'],
  ];
  const put = (target: unknown, [name = '', ...rest]: readonly string[], value: unknown): unknown => {
    const members = target as Record<string, unknown>;
    return { ...members, [name]: rest.length === 0 ? value : put(members[name], rest, value) };
  };
  const at = (target: unknown, path: readonly string[]) =>
    path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], target);

  test('honest, in any order and with anything added at any level: no mismatch', () => {
    const extra = fc.dictionary(
      fc.string({ minLength: 1 }).map((name) => `x-${name}`),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(extra, extra, extra, fc.boolean(), (outer, inner, ofTotal, reversed) => {
        const payment = { ...honest.payment, ...inner, total: { ...ofTotal, ...honest.payment.total } };
        const entries = Object.entries({ ...outer, ...honest, payment });
        expect(find(Object.fromEntries(reversed ? entries.toReversed() : entries))).toBeUndefined();
      }),
    );
  });

  test('with any one of its places holding anything else: a mismatch', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(fc.jsonValue(), fc.string(), fc.constant(undefined)),
        (path, value) => {
          fc.pre(JSON.stringify(value) !== JSON.stringify(at(honest, path)));
          expect(find(put(honest, path, value))).toBeDefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  test('another amount, another payee, another shop, another card: never verified, whatever the values', () => {
    const text = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(text, text, text, text, (value, payeeName, origin, displayName) => {
        const changes = [
          put(honest, ['payment', 'total', 'value'], value),
          put(honest, ['payment', 'payeeName'], payeeName),
          put(put(honest, ['origin'], origin), ['payment', 'topOrigin'], origin),
          put(honest, ['payment', 'instrument', 'displayName'], displayName),
        ];
        expect(changes.map(find)).toEqual(['TOTAL', 'PAYEE', 'ORIGIN', 'INSTRUMENT']);
      }),
    );
  });

  test('any JSON at all: a mismatch or MALFORMED, never an exception of another kind', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const judge = () => findPaymentMismatch(Buffer.from(json), expected) ?? 'none';
        try {
          expect(judge()).not.toBe('none');
        } catch (error) {
          expect(error).toMatchObject({ code: 'MALFORMED' });
        }
      }),
    );
  });
});
