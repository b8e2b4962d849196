import { generateEncryptionKey } from '@payment-passkeys/channel';
import { addSeconds } from '@payment-passkeys/protocol';
import { expect, test } from 'vitest';
import { findExpiringKeys } from './key-expiry.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const DAY_SECONDS = 24 * 60 * 60;
const notAfter = addSeconds(NOW, 40 * DAY_SECONDS);
const { certificate, publicKey } = await generateEncryptionKey({
  name: 'bank',
  subject: 'CN=bank',
  notBefore: NOW,
  notAfter,
});
const clients = [
  {
    clientId: 'bank',
    signingKeys: [certificate, publicKey.export({ type: 'spki', format: 'pem' }).toString()],
    oauth2Keys: [],
  },
];

test.each([
  [41, undefined],
  [31, undefined],
  [30, [30]],
  [8, [30]],
  [7, [30, 7]],
  [0, undefined],
])('%i days before a certificate ends', (days, noticeDays) => {
  const found = findExpiringKeys(clients, addSeconds(notAfter, -days * DAY_SECONDS));
  const key = {
    clientId: 'bank',
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    expiresAt: notAfter,
    noticeDays,
  };
  expect(found).toEqual(noticeDays === undefined ? [] : [key]);
});
