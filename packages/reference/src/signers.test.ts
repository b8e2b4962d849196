/** Both signers of the API reference. The network's own code checks their signatures. */
import {
  buildDecryptionKey,
  buildEncryptionKeySet,
  decryptPayload,
  generateEncryptionKey,
  generateSigningKey,
  readSignedRequest,
  verifySignature,
} from '@payment-passkeys/channel';
import { expect, test } from 'vitest';
import { signAndEncrypt as signByForge } from './collection/forge-signer.ts';
import { readEncryptionKey } from './encryption-key.ts';
import type { PlainRequest, SignedRequest } from './outgoing.ts';
import { importSigningKey, signAndEncrypt as signByWebCrypto } from './web-signer.ts';

const NOW = new Date('2026-11-24T12:00:00.900Z');
const signing = await generateSigningKey();
const pem = signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const encryption = await generateEncryptionKey({
  name: 'key-1',
  subject: 'CN=verify.example',
  notBefore: NOW,
  notAfter: new Date('2027-11-24'),
});
const keySet = buildEncryptionKeySet([encryption]);
const consumerKey = 'bank!demo-signing-key';

const SIGNERS: Readonly<Record<string, (request: PlainRequest, privateKey?: string) => Promise<SignedRequest>>> = {
  WebCrypto: async (request, privateKey = pem) =>
    signByWebCrypto({
      request,
      client: { consumerKey, privateKey: await importSigningKey(privateKey) },
      encryptionKey: async () => readEncryptionKey(keySet),
      now: NOW,
    }),
  'node-forge': async (request, privateKey = pem) =>
    signByForge({ request, client: { consumerKey, privateKey }, keySet, now: NOW }),
};

test.each(Object.entries(SIGNERS))('%s: signatures are valid, and JWEs decrypt', async (_name, sign) => {
  const url = 'https://verify.example/authentication/sessions?after=a%2Fb';
  const payload = { accountReference: { primaryAccountNumber: '5555555555554444', name: 'Zoë' } };
  const body = JSON.stringify({ srcSessionInitiationRequestInfo: { encryptedData: payload } });
  const sent = await sign({ method: 'POST', url, body });
  const reading = readSignedRequest({
    method: 'POST',
    url,
    authorization: sent.authorization,
    body: Buffer.from(sent.body),
    now: NOW,
  });
  if (!reading.ok) throw new Error(reading.code);
  expect(reading.request).toMatchObject({ consumerKey, timestamp: 1795521600, signatureMethod: 'RSA-SHA256' });
  expect(await verifySignature({ request: reading.request, publicKeys: [signing.publicKey] })).toMatchObject({
    ok: true,
  });
  const jwe = JSON.parse(sent.body).srcSessionInitiationRequestInfo.encryptedData;
  const key = buildDecryptionKey({ kid: 'key-1', privateKey: encryption.privateKey });
  const decrypted = await decryptPayload({ jwe, keys: [key] });
  expect(decrypted.ok && JSON.parse(decrypted.plaintext.toString())).toEqual(payload);
});

test.each(Object.entries(SIGNERS))('%s: what is not plain is sent unchanged', async (_name, sign) => {
  for (const body of ['', '{"a": 1}', '{"encryptedData":"a.b.c.d.e"}', '[null]', 'no JSON']) {
    const sent = await sign({ method: 'POST', url: 'https://verify.example/a', body });
    expect(sent.body).toBe(body);
  }
});

test.each(Object.entries(SIGNERS))('%s: a key whose lines were joined by a form field works', async (_name, sign) => {
  const { authorization } = await sign(
    { method: 'GET', url: 'https://verify.example/a', body: '' },
    pem.replaceAll('\n', ' '),
  );
  expect(authorization).toContain('oauth_consumer_key="bank%21demo-signing-key"');
});

test.each(Object.entries(SIGNERS))('%s: what cannot be signed, and what is no key, throws', async (_name, sign) => {
  const request = { method: 'GET', url: 'https://verify.example/a', body: '' };
  await expect(sign({ ...request, url: '/relative' })).rejects.toThrow('cannot be signed');
  await expect(sign(request, 'a password')).rejects.toThrow('no private key');
});
