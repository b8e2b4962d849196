import { randomBytes } from 'node:crypto';
import { buildPaymentPolicy, PAYMENT_ALGORITHMS } from '@payment-passkeys/webauthn';
import { describe, expect, test } from 'vitest';
import type { Passkey } from '../../domain/passkeys/store.ts';
import { buildDisplay, buildOffers } from './offer.ts';

const policy = buildPaymentPolicy({
  rpId: 'verify.localhost',
  rpName: 'Payment passkeys',
  origins: ['http://verify.localhost:4000'],
  algorithms: PAYMENT_ALGORITHMS,
  attestation: 'none',
});
const accounts = {
  cards: [
    { primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' },
    { primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2032' },
  ],
  emailAddresses: ['avery@mail.example'],
  mobileNumbers: [{ countryCode: '1', phoneNumber: '5550100123' }],
};
const challenge = randomBytes(32);
const userHandle = randomBytes(32);
const passkey = (name: string, { onDevice = false, ofAccounts = false }): Passkey => ({
  passkeyId: name,
  credentialId: Buffer.from(name),
  userHandle: randomBytes(32),
  publicKey: Buffer.alloc(0),
  signCount: 0,
  transports: ['internal'],
  ways: [],
  onDevice,
  ofAccounts,
  paymentConfirmation: true,
});
const offers = (...passkeys: Passkey[]) => buildOffers({ policy, passkeys, accounts, challenge, userHandle });
const ids = (list: readonly { readonly id: string }[] = []) =>
  list.map(({ id }) => Buffer.from(id, 'base64url').toString());

describe('2A, no live passkey of this device', () => {
  test('it offers to create one, and no alternative where the accounts have none either', () => {
    const { offer, alternative } = offers();
    expect(offer.scenario).toBe('CREATE');
    expect(alternative).toBeUndefined();
  });

  test("the creation options are contract §2's, to the letter", () => {
    const { offer } = offers();
    expect(offer).toEqual({
      scenario: 'CREATE',
      options: {
        rp: { id: 'verify.localhost', name: 'Payment passkeys' },
        user: { id: userHandle.toString('base64url'), name: '•••• 4444', displayName: '•••• 4444' },
        challenge: challenge.toString('base64url'),
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
        timeout: 120_000,
        excludeCredentials: [],
        authenticatorSelection: {
          authenticatorAttachment: 'platform',
          residentKey: 'required',
          requireResidentKey: true,
          userVerification: 'required',
        },
        attestation: 'none',
        extensions: { credProps: true, payment: { isPayment: true } },
      },
    });
  });

  test('"Use a passkey I already have" when the accounts already have live ones', () => {
    const { offer, alternative } = offers(passkey('elsewhere', { ofAccounts: true }));
    expect(offer.scenario).toBe('CREATE');
    if (alternative?.scenario !== 'USE') throw new Error('The alternative is to use one.');
    expect(ids(alternative.options.allowCredentials)).toEqual(['elsewhere']);
    expect(alternative.options).toMatchObject({
      rpId: 'verify.localhost',
      userVerification: 'required',
      timeout: 120_000,
    });
  });
});

describe('2B, a live passkey of this device', () => {
  test('it offers to use it, bound or not yet; "Create a new passkey" within the same session', () => {
    const { offer, alternative } = offers(
      passkey('bound here', { onDevice: true, ofAccounts: true }),
      passkey('not bound yet', { onDevice: true }),
      passkey('elsewhere', { ofAccounts: true }),
    );
    if (offer.scenario !== 'USE') throw new Error('The offer is to use one.');
    expect(ids(offer.options.allowCredentials)).toEqual(['bound here', 'not bound yet']);
    expect(alternative?.scenario).toBe('CREATE');
  });

  test('both offers share the challenge: whichever answers first uses it up', () => {
    const { offer, alternative } = offers(passkey('here', { onDevice: true }));
    expect(offer.options.challenge).toBe(challenge.toString('base64url'));
    expect(alternative?.options.challenge).toBe(offer.options.challenge);
  });
});

test("excludeCredentials holds every live credential of the session's accounts and of this device", () => {
  const all = [passkey('here', { onDevice: true }), passkey('both', { onDevice: true, ofAccounts: true })];
  const elsewhere = passkey('elsewhere', { ofAccounts: true });
  const { alternative } = offers(...all, elsewhere);
  if (alternative?.scenario !== 'CREATE') throw new Error('The alternative is to create one.');
  expect(ids(alternative.options.excludeCredentials)).toEqual(['here', 'both', 'elsewhere']);
  const { offer } = offers(elsewhere);
  if (offer.scenario !== 'CREATE') throw new Error('The offer is to create one.');
  expect(ids(offer.options.excludeCredentials)).toEqual(['elsewhere']);
});

test('what the page shows of the accounts is masked, in the order of the session', () => {
  const display = buildDisplay('Test Bank', accounts, 'en-US');
  expect(display).toEqual({
    clientName: 'Test Bank',
    locale: 'en-US',
    accounts: [
      { kind: 'CARD', masked: '•••• 4444' },
      { kind: 'CARD', masked: '•••• 5100' },
      { kind: 'EMAIL', masked: 'a•••@m•••.example' },
      { kind: 'MOBILE', masked: '••• 23' },
    ],
  });
});
