/**
 * A Sessions call, encrypted by mastercard-client-encryption and signed by mastercard-oauth1-signer. Prints the address for the
 * cardholder's browser.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JweEncryption } from 'mastercard-client-encryption';
import { callNetwork, expectStatus, readNetwork } from './network-call.mjs';

const SESSIONS = '/authentication/sessions';

// Use the first key; its certificate is in x5c, base64 of DER.
const { keys } = expectStatus(await readNetwork('/keys/encryption'), 200);
const certificate = `-----BEGIN CERTIFICATE-----\n${keys[0].x5c[0].match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;

const now = new Date().toISOString();
const info = {
  accountReferences: {
    cards: [{ primaryAccountNumber: '4111111111111111', panExpirationMonth: '12', panExpirationYear: '2032' }],
    emailAddresses: ['zoë@mail.example'],
  },
  cardholderVerification: { method: 'ISSUER_LOGIN', verifiedAt: now },
  consent: { country: process.env.COUNTRY || 'US', language: 'en', acceptedAt: now },
  complianceSettings: {
    complianceResources: [
      {
        complianceType: 'TERMS_AND_CONDITIONS',
        uri: 'https://terms.example/',
        version: '1.0',
        datePublished: '2026-01-01',
      },
      {
        complianceType: 'PRIVACY_POLICY',
        uri: 'https://privacy.example/',
        version: '1.0',
        datePublished: '2026-01-01',
      },
    ],
  },
  callbackUri: process.env.CALLBACK_URI || 'http://bank.localhost:4001/passkeys/callback?state=example',
};

// The library reads the certificate from a file.
const folder = mkdtempSync(join(tmpdir(), 'official-clients-'));
const file = join(folder, 'network.pem');
writeFileSync(file, certificate);
const client = new JweEncryption({
  mode: 'JWE',
  paths: [
    {
      path: SESSIONS,
      toEncrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
      toDecrypt: [],
    },
  ],
  encryptedValueFieldName: 'encryptedData',
  encryptionCertificate: file,
  publicKeyFingerprintType: 'certificate',
  dataEncoding: 'hex',
});
const request = { clientSessionId: randomUUID(), srcSessionInitiationRequestInfo: info };
const { body } = client.encrypt(SESSIONS, {}, request);
rmSync(folder, { recursive: true });

const session = expectStatus(await callNetwork(SESSIONS, body), 201);
console.log(JSON.stringify(session, null, 2));
