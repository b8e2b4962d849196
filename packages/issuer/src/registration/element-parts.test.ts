import { describe, expect, test } from 'vitest';
import { readAccounts } from './accounts.ts';
import { checkDevice } from './device.ts';

describe('accounts from an attribute', () => {
  test('are read as JSON, and what is no account is left out', () => {
    const card = { kind: 'CARD', id: 'a', lastFour: '4444' };
    const email = { kind: 'EMAIL', id: 'b', masked: 'a•••@bank.example' };
    const faulty = [
      null,
      1,
      {},
      { kind: 'CARD', id: 'c' },
      { kind: 'EMAIL', id: 1, masked: 'x' },
      { kind: 'IBAN', id: 'd' },
    ];
    expect(readAccounts(JSON.stringify([card, ...faulty, email]))).toEqual([card, email]);
    expect(readAccounts('[')).toEqual([]);
    expect(readAccounts(null)).toEqual([]);
  });

  test('a card number is cut to its last four digits', () => {
    const [card] = readAccounts('[{"kind":"CARD","id":"a","lastFour":"5555555555554444"}]');
    expect(card).toEqual({ kind: 'CARD', id: 'a', lastFour: '4444' });
  });
});

describe('the device', () => {
  const browser = (isUserVerifyingPlatformAuthenticatorAvailable: () => Promise<boolean>) => ({
    PublicKeyCredential: { isUserVerifyingPlatformAuthenticatorAvailable },
  });

  const illegal = (): never => {
    throw new TypeError('Illegal invocation');
  };

  test.each([
    ['has a screen lock', browser(async () => true), 'READY'],
    ['has none', browser(async () => false), 'NO_LOCK'],
    ['cannot be asked', browser(() => Promise.reject(new Error('no'))), 'READY'],
    ['has a browser whose answer is thrown', browser(illegal), 'READY'],
    ['has a browser whose answer is none', browser(() => undefined as unknown as Promise<boolean>), 'READY'],
    ['has a browser that keeps it', Object.create({}, { PublicKeyCredential: { get: illegal } }), 'READY'],
    ['has a browser without WebAuthn', {}, 'NO_PASSKEYS'],
    ['has a browser of before platform authenticators', { PublicKeyCredential: {} }, 'NO_PASSKEYS'],
  ])('%s', async (_title, given, expected) => {
    expect(await checkDevice(given)).toBe(expected);
  });
});

test('where there is no browser, importing the element does nothing and breaks nothing', async () => {
  const { REGISTRATION_TAG } = await import('./index.ts');
  expect(REGISTRATION_TAG).toBe('payment-passkey-registration');
});
