import { describe, expect, test } from 'vitest';
import { buildCreation, buildUse } from '../test/valid-ceremony.ts';
import { checkClientData, readCeremony } from './client-data.ts';
import { CeremonyError } from './errors.ts';
import { buildPaymentPolicy, type CeremonyPolicy } from './index.ts';

const challenge = Buffer.alloc(32, 1);
const policy = buildPaymentPolicy({
  rpId: 'verify.example',
  rpName: 'Example Network',
  origins: ['https://verify.example', 'http://verify.localhost:4000'],
  algorithms: [-7, -8, -257],
  attestation: 'none',
});
const VALID = {
  type: 'webauthn.get',
  challenge: challenge.toString('base64url'),
  origin: 'https://verify.example',
  crossOrigin: false,
};

function outcome(clientData: unknown, crossOrigin: CeremonyPolicy['crossOrigin'] = 'refused'): string {
  const json = typeof clientData === 'string' ? clientData : JSON.stringify(clientData);
  try {
    checkClientData(Buffer.from(json), { type: 'webauthn.get', challenge, policy: { ...policy, crossOrigin } });
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(CeremonyError);
    return (error as CeremonyError).code;
  }
}

describe('§5.8.1: client data', () => {
  test.each<[string, unknown, string]>([
    ['as it should be', VALID, 'accepted'],
    ['any of the origins', { ...VALID, origin: 'http://verify.localhost:4000' }, 'accepted'],
    ['crossOrigin left out', { ...VALID, crossOrigin: undefined }, 'accepted'],
    ['members to come', { ...VALID, other_keys_can_be_added_here: 'do not compare' }, 'accepted'],
    ['a byte order mark before it', `\uFEFF${JSON.stringify(VALID)}`, 'accepted'],
    ['token binding of Level 2', { ...VALID, tokenBinding: { status: 'supported' } }, 'accepted'],
    ['token binding of no level', { ...VALID, tokenBinding: 'yes' }, 'accepted'],
    ['another port', { ...VALID, origin: 'https://verify.example:8443' }, 'ORIGIN_NOT_ALLOWED'],
    ['another scheme', { ...VALID, origin: 'http://verify.example' }, 'ORIGIN_NOT_ALLOWED'],
    ['a subdomain', { ...VALID, origin: 'https://a.verify.example' }, 'ORIGIN_NOT_ALLOWED'],
    ['a slash after it', { ...VALID, origin: 'https://verify.example/' }, 'ORIGIN_NOT_ALLOWED'],
    ['another case', { ...VALID, origin: 'https://VERIFY.example' }, 'ORIGIN_NOT_ALLOWED'],
    ['no origin', { ...VALID, origin: undefined }, 'MALFORMED'],
    ['a list of origins', { ...VALID, origin: ['https://verify.example'] }, 'MALFORMED'],
    ['crossOrigin as text', { ...VALID, crossOrigin: 'false' }, 'CROSS_ORIGIN'],
    ['crossOrigin null', { ...VALID, crossOrigin: null }, 'CROSS_ORIGIN'],
    ['its own top origin', { ...VALID, topOrigin: 'https://verify.example' }, 'CROSS_ORIGIN'],
    ['an empty top origin', { ...VALID, topOrigin: '' }, 'CROSS_ORIGIN'],
    ['no challenge', { ...VALID, challenge: undefined }, 'CHALLENGE_MISMATCH'],
    ['half the challenge', { ...VALID, challenge: VALID.challenge.slice(0, 22) }, 'CHALLENGE_MISMATCH'],
    ['the challenge with padding', { ...VALID, challenge: `${VALID.challenge}=` }, 'CHALLENGE_MISMATCH'],
    ['a payment ceremony', { ...VALID, type: 'payment.get' }, 'WRONG_TYPE'],
    ['no object', [VALID], 'MALFORMED'],
    ['null', null, 'MALFORMED'],
  ])('%s', (_, clientData, expected) => {
    expect(outcome(clientData)).toBe(expected);
  });
});

describe('§7.1 steps 10 and 11: where the policy allows frames of another origin', () => {
  const TOP = 'https://shop.example';
  test.each<[string, unknown, string]>([
    ['none', VALID, 'accepted'],
    ['one whose top origin the browser does not tell', { ...VALID, crossOrigin: true }, 'accepted'],
    ['one below an allowed top origin', { ...VALID, crossOrigin: true, topOrigin: TOP }, 'accepted'],
    ['one below another', { ...VALID, crossOrigin: true, topOrigin: 'https://other.example' }, 'CROSS_ORIGIN'],
    ['a top origin without a frame', { ...VALID, topOrigin: TOP }, 'CROSS_ORIGIN'],
    ['a top origin that is a list', { ...VALID, crossOrigin: true, topOrigin: [TOP] }, 'CROSS_ORIGIN'],
    ['crossOrigin as text', { ...VALID, crossOrigin: 'true' }, 'CROSS_ORIGIN'],
    ['crossOrigin null', { ...VALID, crossOrigin: null }, 'CROSS_ORIGIN'],
  ])('%s', (_, clientData, expected) => {
    expect(outcome(clientData, { topOrigins: [TOP] })).toBe(expected);
  });
});

describe('readCeremony', () => {
  test('finds the ceremony and its challenge', async () => {
    const creation = buildCreation();
    expect(readCeremony(creation.credential)).toEqual({ ceremony: 'CREATE', challenge: creation.challenge });
    const use = await buildUse();
    expect(readCeremony(use.credential)).toEqual({ ceremony: 'USE', challenge: use.challenge });
  });

  test.each([
    ['nothing', undefined],
    ['no response', {}],
    ['no client data', { response: {} }],
    ['another type', { response: { clientDataJSON: encode({ ...VALID, type: 'payment.get' }) } }],
    ['a type of Object', { response: { clientDataJSON: encode({ ...VALID, type: 'constructor' }) } }],
    ['no challenge', { response: { clientDataJSON: encode({ ...VALID, challenge: '' }) } }],
  ])('undefined for %s', (_, credential) => {
    expect(readCeremony(credential)).toBeUndefined();
  });
});

function encode(clientData: unknown): string {
  return Buffer.from(JSON.stringify(clientData)).toString('base64url');
}
