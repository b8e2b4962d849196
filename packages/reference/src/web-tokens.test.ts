/** OAuth 2.0 in the API reference. The network's own code checks its assertions and proofs. */
import { generateKeyPairSync, hash } from 'node:crypto';
import { createDpopVerifier, readClientAssertion, verifyClientAssertion } from '@payment-passkeys/channel';
import { expect, test } from 'vitest';
import { createTokenClient, importAssertionKey, type TokenAnswer } from './web-tokens.ts';

const NOW = new Date('2026-11-24T12:00:00.900Z');
const ISSUER = 'https://verify.example';
const ENDPOINT = `${ISSUER}/oauth2/token`;
const URL_OF_CALL = `${ISSUER}/authentication/events?after=a`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = ({ privateKey }: typeof rsa, type: 'pkcs8' | 'pkcs1' = 'pkcs8') =>
  privateKey.export({ type, format: 'pem' }).toString();

interface Asked {
  readonly form: URLSearchParams;
  readonly proof: string;
}

async function open(keys: typeof rsa, answers: readonly TokenAnswer[]) {
  const asked: Asked[] = [];
  let now = NOW;
  const client = await createTokenClient({
    ...{ clientId: 'bank', key: await importAssertionKey(pemOf(keys)), issuer: ISSUER, tokenEndpoint: ENDPOINT },
    postForm: async (form, proof) => {
      asked.push({ form, proof });
      return answers[Math.min(asked.length, answers.length) - 1] ?? { nonce: null, body: {} };
    },
    clock: () => now,
  });
  return { client, asked, at: (time: Date) => (now = time) };
}

const NEEDS_NONCE = { nonce: 'n-1', body: { error: 'use_dpop_nonce', error_description: 'Send the nonce.' } };
const GRANTED = { nonce: null, body: { access_token: 'a.b.c', token_type: 'DPoP', expires_in: 900 } };

test.each([
  ['PS256', rsa],
  ['ES256', p256],
] as const)(
  '%s: assertion, proof of the token request and proof of the call are valid; the nonce comes along',
  async (_name, keys) => {
    const { client, asked } = await open(keys, [NEEDS_NONCE, GRANTED]);
    const { authorization, dpop } = await client.authorize({ method: 'GET', url: URL_OF_CALL });
    expect(authorization).toBe('DPoP a.b.c');
    const verify = createDpopVerifier();
    const jkts = [];
    for (const [{ proof }, nonce] of [
      [asked[0], undefined],
      [asked[1], 'n-1'],
    ] as [Asked, string | undefined][]) {
      const verdict = verify({ proof, method: 'POST', url: ENDPOINT, accessToken: undefined, now: NOW });
      expect(verdict).toMatchObject({ ok: true, nonce });
      jkts.push(verdict.ok && verdict.jkt);
    }
    const ofCall = verify({ proof: dpop, method: 'GET', url: URL_OF_CALL, accessToken: 'a.b.c', now: NOW });
    expect(ofCall).toMatchObject({ ok: true, nonce: 'n-1' });
    expect(new Set([...jkts, ofCall.ok && ofCall.jkt]).size).toBe(1);
    for (const { form } of asked) {
      const reading = readClientAssertion(form.get('client_assertion') ?? '');
      if (!reading.ok) throw new Error(reading.code);
      const { assertion } = reading;
      expect(assertion.clientId).toBe('bank');
      expect(verifyClientAssertion({ assertion, keys: [keys], audiences: [ISSUER], now: NOW })).toMatchObject({
        ok: true,
      });
    }
    const assertions = asked.map(({ form }) => hash('sha256', form.get('client_assertion') ?? ''));
    expect(new Set(assertions).size).toBe(2);
  },
);

test('a token serves the calls of four minutes, so that its nonce is never too old', async () => {
  const { client, asked, at } = await open(p256, [GRANTED]);
  const call = () => client.authorize({ method: 'GET', url: URL_OF_CALL });
  await call();
  await call();
  expect(asked).toHaveLength(1);
  at(new Date(NOW.getTime() + 240_000));
  await call();
  expect(asked).toHaveLength(2);
});

test('a refused token request throws with what the network said', async () => {
  const body = { error: 'invalid_client', error_description: 'The client is suspended.' };
  const { client } = await open(p256, [{ nonce: null, body }]);
  const call = client.authorize({ method: 'GET', url: URL_OF_CALL });
  await expect(call).rejects.toThrow('No access token: invalid_client: The client is suspended.');
});

test.each([
  ['a PKCS#1 key', () => pemOf(rsa, 'pkcs1'), 'PKCS#8'],
  ['another curve', () => pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' })), 'P-256'],
  ['no key', () => 'a password', 'no private key'],
])('%s is refused with a sentence', async (_name, text, sentence) => {
  await expect(importAssertionKey(text())).rejects.toThrow(sentence);
});
