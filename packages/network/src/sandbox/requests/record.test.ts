import { generateSigningKey, readSignedRequest, signRequest } from '@payment-passkeys/channel';
import { buildGatewayError, compileSchema } from '@payment-passkeys/protocol';
import { RecordedRequest } from '@payment-passkeys/protocol/sandbox';
import { beforeAll, expect, test } from 'vitest';
import { GatewayError } from '../../platform/errors/errors.ts';
import { buildRecord, type SeenRequest } from './record.ts';

const PUBLIC_URL = 'http://verify.localhost:4000';
const NOW = new Date('2026-11-29T10:32:00Z');
const PAN = '5555555555554444';
const BODY = { clientSessionId: 'a', srcSessionInitiationRequestInfo: { encryptedData: 'abc' } };
const OPTIONS = {
  publicUrl: PUBLIC_URL,
  decrypt: async () => ({ accountReferences: { cards: [{ primaryAccountNumber: PAN }] } }),
};

let seen: SeenRequest;
beforeAll(async () => {
  const target = '/authentication/sessions';
  const bytes = Buffer.from(JSON.stringify(BODY));
  const { privateKey: signingKey } = await generateSigningKey();
  const authorization = await signRequest({
    method: 'POST',
    url: PUBLIC_URL + target,
    body: bytes,
    consumerKey: 'test-bank!key',
    signingKey,
    algorithm: 'RSA-SHA256',
    now: NOW,
    nonce: 'a1b2c3d4e5f6',
  });
  const reading = readSignedRequest({ method: 'POST', url: PUBLIC_URL + target, authorization, body: bytes, now: NOW });
  if (!reading.ok) throw new Error(reading.description);
  seen = {
    requestId: 'r',
    clientId: 'test-bank',
    scheme: 'OAUTH1',
    receivedAt: NOW,
    milliseconds: 12.4,
    method: 'POST',
    target,
    route: target,
    authorization,
    token: undefined,
    proof: undefined,
    assertion: undefined,
    nonce: undefined,
    status: 201,
    answer: JSON.stringify({ authenticationSessionId: 'dGhpcyBpcyBhIHNlc3Npb24' }),
    unknownFields: undefined,
    body: BODY,
    verified: true,
    signed: reading.request,
    error: undefined,
  };
});

const record = async (changes: Partial<SeenRequest> = {}) => {
  const built = await buildRecord({ ...seen, ...changes }, OPTIONS);
  expect(compileSchema(RecordedRequest).violations({ ...built, position: 1 })).toEqual([]);
  return built;
};

test('a request that was served: its shape, with what was decrypted in the place of the encrypted object', async () => {
  const { shape, ...rest } = await record();
  expect(rest).toMatchObject({ status: 201, signature: 'RIGHT', errors: [], sessionId: 'dGhpcyBpcyBhIHNlc3Npb24' });
  expect(shape.map(({ pointer, decrypted = false }) => [pointer, decrypted])).toEqual([
    ['', false],
    ['/clientSessionId', false],
    ['/srcSessionInitiationRequestInfo', false],
    ['/srcSessionInitiationRequestInfo/encryptedData', false],
    ['/srcSessionInitiationRequestInfo/accountReferences', true],
    ['/srcSessionInitiationRequestInfo/accountReferences/cards', true],
    ['/srcSessionInitiationRequestInfo/accountReferences/cards/0', true],
    ['/srcSessionInitiationRequestInfo/accountReferences/cards/0/primaryAccountNumber', true],
  ]);
  expect(JSON.stringify(shape)).not.toContain(PAN);
});

test('a wrong signature: the base strings, without the body’s shape', async () => {
  const description = 'The signature is wrong.';
  const error = new GatewayError('AUTHENTICATION_FAILED', description, { because: 'SIGNATURE_MISMATCH', client: 'c' });
  const told = `${description} The network computed this signature base string: POST&…`;
  const answer = JSON.stringify(buildGatewayError('AUTHENTICATION_FAILED', told));
  const refused = {
    error,
    answer,
    status: 403,
    verified: false,
    signed: undefined,
    body: Buffer.from(JSON.stringify(BODY)),
  };
  const { errors, baseStrings, shape, signature, masked } = await record(refused);
  expect([signature, shape, masked]).toEqual(['WRONG', [], false]);
  expect(errors).toMatchObject([{ sentence: description }]);
  expect(baseStrings[0]).toMatch(
    /^POST&http%3A%2F%2Fverify\.localhost%3A4000%2Fauthentication%2Fsessions&oauth_body_hash%3D.*oauth_consumer_key%3Dtest-bank%2521key%26oauth_nonce%3Da1b2c3d4e5f6/,
  );
});

test('of an address with an account in it, the base strings do not have the account', async () => {
  const error = new GatewayError('AUTHENTICATION_FAILED', '', { because: 'SIGNATURE_MISMATCH', client: 'c' });
  const target = `/authentication/sessions/${PAN}?pan=${PAN}&${PAN}=1`;
  const body = Buffer.from(JSON.stringify(BODY));
  const { path, baseStrings, masked } = await record({ error, status: 403, signed: undefined, body, target });
  expect(path).toBe('/authentication/sessions/*?pan=*&*=*');
  expect(masked).toBe(true);
  expect(baseStrings[0]).toContain('pan%3D');
  expect(JSON.stringify(baseStrings)).not.toContain(PAN);
});

test('a refused field: its code, pointer and sentence, as the client was answered', async () => {
  const [code, pointer, sentence] = ['INVALID_FIELD', '/transaction/amount', '/transaction/amount is no amount'];
  const answer = JSON.stringify({ errordetail: [{ reason: code, source: pointer, message: sentence }] });
  expect(await record({ status: 400, answer, unknownFields: '/locale, /* (2)' })).toMatchObject({
    errors: [{ code, pointer, sentence }],
    unknownFields: ['/locale', '/* (2)'],
    signature: 'RIGHT',
  });
});

test('an answer that never arrived, and a request that was refused before its signature was checked', async () => {
  expect(await record({ status: undefined, answer: undefined })).not.toHaveProperty('status');
  expect(await record({ status: 404, verified: false, signed: undefined, route: undefined })).toMatchObject({
    signature: 'NOT_CHECKED',
    shape: [],
  });
});
