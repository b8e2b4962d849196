/** Mastercard's own Node libraries, which many issuers will call the network with, make a whole Sessions call (contract §6). */
import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { JweEncryption } from 'mastercard-client-encryption';
import OAuth from 'mastercard-oauth1-signer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let folder: string;
let certificateFile: string;
beforeAll(async () => {
  // mastercard-oauth1-signer reads the machine's clock.
  network = await startTestNetwork({}, new Date());
  folder = await mkdtemp(join(tmpdir(), 'official-'));
  const keySet = (await (await fetch(`${network.address}/keys/encryption`)).json()) as { keys: { x5c: string[] }[] };
  const certificate = new X509Certificate(Buffer.from(keySet.keys[0]?.x5c[0] ?? '', 'base64'));
  certificateFile = join(folder, 'certificate.pem');
  await writeFile(certificateFile, certificate.toString());
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});

function encrypt(fingerprint: object): unknown {
  const client = new JweEncryption({
    mode: 'JWE',
    paths: [
      {
        path: SESSIONS_PATH,
        toEncrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
        toDecrypt: [],
      },
    ],
    encryptedValueFieldName: 'encryptedData',
    encryptionCertificate: certificateFile,
    ...fingerprint,
  });
  const request = { clientSessionId: randomUUID(), srcSessionInitiationRequestInfo: buildSessionInfo(network.now) };
  return client.encrypt(SESSIONS_PATH, {}, request).body;
}

test.each([
  ['by the fingerprint of the key', { publicKeyFingerprintType: 'publicKey' }],
  ['by the fingerprint of the certificate, in hex', { publicKeyFingerprintType: 'certificate', dataEncoding: 'hex' }],
  [
    'by the fingerprint of the certificate, in base64',
    { publicKeyFingerprintType: 'certificate', dataEncoding: 'base64' },
  ],
])('a call that they encrypt and sign is accepted, the key named %s', async (_how, fingerprint) => {
  const body = JSON.stringify(encrypt(fingerprint));
  expect(body).toMatch(/^\{"clientSessionId":"[0-9a-f-]+","srcSessionInitiationRequestInfo":\{"encryptedData":"/);
  const { consumerKey } = network.client.registration;
  const pem = network.client.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const authorization = OAuth.getAuthorizationHeader(network.publicUrl + SESSIONS_PATH, 'POST', body, consumerKey, pem);
  const answer = await network.client.send({ path: SESSIONS_PATH, body, authorization });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  expect((await network.browser().open(answer.body.uri)).status).toBe(200);
});
