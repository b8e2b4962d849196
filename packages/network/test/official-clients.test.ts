/** Mastercard's own Node libraries, which many issuers use, make a whole Sessions call (contract §6). */
import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AUTHENTICATORS_PATH, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { JweEncryption } from 'mastercard-client-encryption';
import OAuth from 'mastercard-oauth1-signer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol, MACHINE_CLOCK, startTestNetwork, type TestNetwork } from './running-network.ts';

/** One call per signature method and endpoint. */
const CALLS = process.env.DRILLS ? 200 : 12;

let network: TestNetwork;
let folder: string;
let certificateFile: string;
beforeAll(async () => {
  network = await startTestNetwork({}, MACHINE_CLOCK); // mastercard-oauth1-signer uses this clock
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

function encrypt(fingerprint: object, info: object = buildSessionInfo(network.now)): unknown {
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
  const request = { clientSessionId: randomUUID(), srcSessionInitiationRequestInfo: info };
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

/** The header that the library signs for any body. */
function send(path: string, body: string, method?: 'RSA-SHA256' | 'RSA-PSS-SHA256') {
  const { consumerKey } = network.client.registration;
  const pem = network.client.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const address = network.publicUrl + path;
  const authorization = OAuth.getAuthorizationHeader(address, 'POST', body, consumerKey, pem, method);
  return network.client.send({ path, body, authorization });
}

/** Notes which base64 characters a library sends. */
function seeCharacters(seen: Set<string>, text: string): void {
  for (const character of text) seen.add(character);
}

describe.each(['RSA-SHA256', 'RSA-PSS-SHA256'] as const)(
  'many calls by %s, every character of base64 among them',
  (method) => {
    test('Sessions: encrypted and signed, names in every script', async () => {
      const seen = new Set<string>();
      const names = ['Zoë Müller', 'Łukasz Żółć', 'Ольга', '李小龍', 'محمد', 'नमस्ते', '👩‍👩‍👧', "O'Brien (Jr.)*!"];
      for (let call = 0; call < CALLS; call++) {
        const info = buildSessionInfo(network.now);
        const [card] = info.accountReferences.cards;
        const cards =
          card === undefined ? [] : [{ ...card, cardholderFullName: `${names[call % names.length]} ${call}` }];
        const fingerprint = { publicKeyFingerprintType: 'publicKey' };
        const body = JSON.stringify(
          encrypt(fingerprint, { ...info, accountReferences: { ...info.accountReferences, cards } }),
        );
        seeCharacters(seen, JSON.parse(body).srcSessionInitiationRequestInfo.encryptedData.replaceAll('.', ''));
        const answer = await send(SESSIONS_PATH, body, method);
        expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      }
      expect(seen.size).toBeGreaterThanOrEqual(64);
    });

    test('Authenticators: the first call binds, the others are answered with the same ids', async () => {
      const { session, proof } = await enrol(network, network.browser());
      const { authenticationSessionId } = session;
      const call = (srcCorrelationId: string) => {
        const request = { authenticationSessionId, proofOfAuthentication: proof, srcCorrelationId };
        return send(AUTHENTICATORS_PATH, JSON.stringify(request), method);
      };
      const bound = await call('first');
      expect(bound.status, JSON.stringify(bound.body)).toBe(201);
      for (let again = 0; again < CALLS; again++) {
        const { status, body } = await call(randomUUID());
        expect([status, body.credentialId, body.bindingId]).toEqual([
          200,
          bound.body.credentialId,
          bound.body.bindingId,
        ]);
      }
    });

    test('query strings, an empty body, text that is not ASCII: past the guard, whatever the service then says', async () => {
      const queries = ['?a=1', '?b=2&a=1', '?a=%20%2F&b=%C3%A9', '?a=', '?a=1&a=1', '?!=*', "?a='()", '?q=a+b'];
      for (const query of queries) {
        const answer = await send(SESSIONS_PATH + query, '{}', method);
        expect([answer.status, answer.body.reason], query).toEqual([400, 'INVALID_ARGUMENT']);
      }
      for (const body of ['', '{"text":"žluťoučký kůň 🐎"}', '"\u2028"']) {
        const answer = await send(SESSIONS_PATH, body, method);
        expect([answer.status, answer.body.reason], body).toEqual([400, 'INVALID_ARGUMENT']);
      }
    });
  },
);
