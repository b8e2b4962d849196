import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import type { NewClient } from './client.ts';
import { compareClients } from './history.ts';

test('a stored key that is refused today is compared and replaced all the same, and is not shown', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const client: NewClient = {
    ...{ clientId: 'bank', name: 'Bank', role: 'issuer', consumerKey: 'bank', signingKeys: [pem], oauth2Keys: [] },
    ...{ callbackDomains: [], callbackSchemes: [], accountRanges: ['555555'], countries: ['US'] },
    ...{ provider: false, merchantOrigins: [], merchantNames: [] },
    ...{ verification: null, activation: 'AT_ONCE', attestation: null, webhooks: [] },
  };
  const [difference, ...more] = compareClients({ ...client, signingKeys: [pem + secret] }, client);
  expect(more).toEqual([]);
  expect(difference).toEqual({
    field: 'signingKeys',
    before: [expect.stringMatching(/^a key that cannot be used: /)],
    after: [expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/)],
  });
});
