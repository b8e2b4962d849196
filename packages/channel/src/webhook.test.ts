import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  buildWebhookKeySet,
  generateWebhookKey,
  readWebhookKeys,
  readWebhookPrivateKey,
  signWebhook,
  verifyWebhook,
} from './webhook.ts';

const NOW = new Date('2026-11-24T12:00:00Z');
const privateKey = readWebhookPrivateKey(generateWebhookKey());
const key = { kid: 'a', publicKey: createPublicKey(privateKey) };
const other = { kid: 'b', publicKey: generateKeyPairSync('ed25519').publicKey };
const message = { id: 'evt_1', sentAt: NOW, body: '{"é":1}' };
const headers = signWebhook(message, privateKey);
const body = Buffer.from(message.body);

test('the headers are those of Standard Webhooks: v1a, over id.timestamp.body', () => {
  const [scheme, signature = ''] = (headers['webhook-signature'] ?? '').split(',');
  expect(scheme).toBe('v1a');
  const signed = Buffer.from('evt_1.1795521600.{"é":1}');
  expect(headers).toMatchObject({ 'webhook-id': 'evt_1', 'webhook-timestamp': '1795521600' });
  expect(verify(null, signed, key.publicKey, Buffer.from(signature, 'base64'))).toBe(true);
});

test('a delivery is genuine by any of the published keys, and among signatures of other schemes', () => {
  const keys = readWebhookKeys(buildWebhookKeySet([other, key])) ?? [];
  expect(verifyWebhook({ received: { headers, body }, keys, now: NOW })).toEqual({
    ok: true,
    id: 'evt_1',
    sentAt: NOW,
  });
  const several = { ...headers, 'webhook-signature': `v1,aGk= v1a,aGk= ${headers['webhook-signature']}` };
  expect(verifyWebhook({ received: { headers: several, body }, keys, now: NOW })).toMatchObject({ ok: true });
});

test.each([
  ['without an id', { headers: { ...headers, 'webhook-id': undefined } }, 'HEADER_MISSING'],
  ['with two ids', { headers: { ...headers, 'webhook-id': ['evt_1', 'evt_1'] } }, 'HEADER_MISSING'],
  ['without a signature', { headers: { ...headers, 'webhook-signature': undefined } }, 'HEADER_MISSING'],
  ['with a time that is no number', { headers: { ...headers, 'webhook-timestamp': '1e9' } }, 'HEADER_MISSING'],
  ['with another id', { headers: { ...headers, 'webhook-id': 'evt_2' } }, 'SIGNATURE_MISMATCH'],
  ['with another time', { headers: { ...headers, 'webhook-timestamp': '1795521601' } }, 'SIGNATURE_MISMATCH'],
  ['with another body', { body: Buffer.from('{"é":2}') }, 'SIGNATURE_MISMATCH'],
  ['by another key', { keys: [other] }, 'SIGNATURE_MISMATCH'],
  ['with no key to verify by', { keys: [] }, 'SIGNATURE_MISMATCH'],
  ['that is older than five minutes', { now: new Date(NOW.getTime() + 301_000) }, 'TIMESTAMP_OUT_OF_RANGE'],
  ['at an invalid time of the receiver', { now: new Date(Number.NaN) }, 'TIMESTAMP_OUT_OF_RANGE'],
  ['from more than five minutes ahead', { now: new Date(NOW.getTime() - 301_000) }, 'TIMESTAMP_OUT_OF_RANGE'],
  ['signed by a shared secret only', { headers: { ...headers, 'webhook-signature': 'v1,aGk=' } }, 'SIGNATURE_MISMATCH'],
])('a delivery %s is refused', (_, change, code) => {
  const given = { headers, body, keys: [key], now: NOW, ...change };
  const received = { headers: given.headers, body: given.body };
  expect(verifyWebhook({ received, keys: given.keys, now: given.now })).toEqual({ ok: false, code });
});

test.each([
  ['no object', null],
  ['no list', { keys: {} }],
  ['a key of another curve', { keys: [{ ...buildWebhookKeySet([key]).keys[0], crv: 'X25519' }] }],
  ['a key that is too short', { keys: [{ ...buildWebhookKeySet([key]).keys[0], x: 'AA' }] }],
])('%s is no key set', (_, json) => expect(readWebhookKeys(json)).toBeUndefined());

test('a private key is read with text before BEGIN (RFC 7468 §2), and from one line', () => {
  const pem = generateWebhookKey();
  const read = createPrivateKey(pem);
  expect(readWebhookPrivateKey(`Key Attributes: <No Attributes>\n${pem}`).equals(read)).toBe(true);
  expect(readWebhookPrivateKey(pem.replaceAll('\n', '\\n')).equals(read)).toBe(true);
});

test('a private key of another kind is refused, and so is what is none', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  expect(() => readWebhookPrivateKey(rsa.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(
    expect.objectContaining({ code: 'KEY_TYPE_NOT_ALLOWED' }),
  );
  expect(() => readWebhookPrivateKey('none')).toThrow(expect.objectContaining({ code: 'KEY_UNREADABLE' }));
  expect(createPrivateKey(generateWebhookKey()).asymmetricKeyType).toBe('ed25519');
});
