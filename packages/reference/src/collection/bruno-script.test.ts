/** The script of the Bruno collection. The network's own code checks the requests that the script signs. */
import {
  buildDecryptionKey,
  buildEncryptionKeySet,
  decryptPayload,
  generateEncryptionKey,
  generateSigningKey,
  readSignedRequest,
  verifySignature,
} from '@payment-passkeys/channel';
import { afterEach, expect, test, vi } from 'vitest';
import beforeRequest from './bruno-script.ts';

const signing = await generateSigningKey();
const pem = signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const encryption = await generateEncryptionKey({
  name: 'key-1',
  subject: 'CN=verify.example',
  notBefore: new Date(),
  notAfter: new Date(Date.now() + 60_000),
});

/** Bruno's interface with one request, and what the script makes of the request. */
function openRequest(variables: Readonly<Record<string, string>>, authorization = 'OAuth issuer') {
  const known: Record<string, string> = { baseUrl: 'http://verify.localhost:4000', ...variables };
  const sent = {
    url: '{{baseUrl}}/authentication/sessions',
    headers: { Authorization: authorization } as Record<string, string>,
    body: '{"clientSessionId":"{{newId}}","encryptedData":{"at":"{{now}}"}}',
  };
  const asked: string[] = [];
  const api = {
    bru: {
      interpolate: (text: string) => text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => known[name] ?? whole),
      setVar: (name: string, value: string) => {
        known[name] = value;
      },
      sendRequest: async ({ url }: { readonly url: string }) => {
        asked.push(url);
        return { data: buildEncryptionKeySet([encryption]), headers: {} };
      },
    },
    req: {
      getMethod: () => 'POST',
      getUrl: () => sent.url,
      setUrl: (url: string) => {
        sent.url = url;
      },
      getHeader: (name: string) => sent.headers[name],
      setHeader: (name: string, value: string) => {
        sent.headers[name] = value;
      },
      getBody: () => sent.body,
      setBody: (body: string) => {
        sent.body = body;
      },
    },
  };
  return { api, sent, asked, known };
}

afterEach(() => void vi.unstubAllGlobals());

/** The only part of WebCrypto that Bruno's safe mode has. */
const SAFE_MODE = { getRandomValues: crypto.getRandomValues.bind(crypto) };

test.each([
  ['developer', crypto],
  ['safe', SAFE_MODE],
])('%s mode: signs the public address, calls the loopback address, and encrypts', async (_mode, engine) => {
  vi.stubGlobal('crypto', engine);
  const { api, sent, asked, known } = openRequest({ issuerConsumerKey: 'bank!key', issuerSigningKey: pem });
  await beforeRequest(api);
  vi.unstubAllGlobals();
  expect(sent.url).toBe('http://127.0.0.1:4000/authentication/sessions');
  expect(asked).toEqual(['http://127.0.0.1:4000/keys/encryption']);
  const reading = readSignedRequest({
    method: 'POST',
    url: 'http://verify.localhost:4000/authentication/sessions',
    authorization: sent.headers.Authorization,
    body: Buffer.from(sent.body),
    now: new Date(),
  });
  if (!reading.ok) throw new Error(reading.code);
  expect(reading.request.consumerKey).toBe('bank!key');
  expect(await verifySignature({ request: reading.request, publicKeys: [signing.publicKey] })).toMatchObject({
    ok: true,
  });
  const { clientSessionId, encryptedData } = JSON.parse(sent.body);
  expect(clientSessionId).toBe(known.newId);
  const key = buildDecryptionKey({ kid: 'key-1', privateKey: encryption.privateKey });
  const decrypted = await decryptPayload({ jwe: encryptedData, keys: [key] });
  expect(decrypted.ok && JSON.parse(decrypted.plaintext.toString())).toEqual({ at: known.now });
});

test('a request of no party is not signed', async () => {
  const { api, sent, asked } = openRequest({}, '');
  await beforeRequest(api);
  expect(sent.headers).toEqual({ Authorization: '' });
  expect(asked).toEqual([]);
});

test('without the variables of either scheme, the error names them', async () => {
  const { api } = openRequest({ issuerConsumerKey: 'bank!key', issuerClientId: 'bank' });
  await expect(beforeRequest(api)).rejects.toThrow(
    'Set the variables issuerConsumerKey and issuerSigningKey, or for OAuth 2.0 issuerClientId and issuerOauth2Key.',
  );
});

test('OAuth 2.0 without WebCrypto is refused', async () => {
  vi.stubGlobal('crypto', SAFE_MODE);
  const { api } = openRequest({ issuerClientId: 'bank', issuerOauth2Key: pem });
  await expect(beforeRequest(api)).rejects.toThrow('OAuth 2.0 needs WebCrypto');
});
