/** Contract §4: the proof. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { PROOF_SECONDS, ProofClaims } from '@payment-passkeys/protocol';
import fc from 'fast-check';
import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import { verifyJwt } from './jwt.ts';
import { generateSigningKey } from './keys.ts';
import { issueProof, verifyProof } from './proof.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const key = { ...(await generateSigningKey()), kid: '20261124120000-verify-proof' };
const other = await generateSigningKey();

const ISSUER = 'https://verify.example';
const IAT = 1_795_521_600;
const NOW = new Date((IAT + 60) * 1000);

/** The claims of Mastercard's published sample, with our issuer and audience. */
const claims: ProofClaims = {
  iss: ISSUER,
  aud: 'https://network.example',
  iat: IAT,
  completedAt: IAT,
  exp: IAT + PROOF_SECONDS,
  clientSessionId: '86bd4a91-3c5e-4a8f-9d1c-0d5f3f6f3b1a',
  isChallengePerformed: true,
  authenticationMethod: 'FIDO2',
  authenticationReasons: ['ACCOUNT_LOGIN'],
  assertionType: 'ownership',
  certifiedMFAMethodId: '20001',
  authenticationFactors: '020A',
  appInstanceId: 'nZO-Khu0SDeOa6G65gfgVw000000000010US',
  dasAuthenticatorInstanceId: 'feUuL-FeT6iChkE-xkBz0g000000000010US',
};
const proof = await issueProof({ claims, key });

type Verification = Parameters<typeof verifyProof>[0];
const verify = async (changes: Partial<Verification> = {}) => {
  const verdict = await verifyProof({
    proof,
    keys: [other, key],
    issuer: ISSUER,
    audience: claims.aud,
    now: NOW,
    ...changes,
  });
  return verdict.ok ? 'accepted' : verdict.code;
};

/** A JWT made by hand, with any header and claims. */
function forge(options: { header?: object; claims?: object; privateKey?: KeyObject } = {}): string {
  const header = { kid: key.kid, typ: 'JWT', alg: 'RS256', ...options.header };
  const signed = [header, { ...claims, ...options.claims }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${sign('sha256', Buffer.from(signed), options.privateKey ?? key.privateKey).toString('base64url')}`;
}

describe('issueProof', () => {
  test('jose verifies it: RS256, kid, typ JWT, and the claims of the published sample', async () => {
    const { payload, protectedHeader } = await jwtVerify(proof, key.publicKey, {
      issuer: ISSUER,
      audience: claims.aud,
      currentDate: NOW,
      algorithms: ['RS256'],
    });
    expect(protectedHeader).toEqual({ kid: key.kid, typ: 'JWT', alg: 'RS256' });
    expect(payload).toEqual(claims);
  });

  test('the same claims and key give the same text, in whatever order the claims come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(Object.entries(claims), { minLength: Object.keys(claims).length }),
        async (entries) => {
          expect(await issueProof({ claims: Object.fromEntries(entries) as ProofClaims, key })).toBe(proof);
        },
      ),
      { numRuns: 30 },
    );
    const payment = { ...claims, orderId: '7', bindingId: 'b' };
    const reordered = { bindingId: 'b', ...claims, orderId: '7' };
    expect(await issueProof({ claims: payment, key })).toBe(await issueProof({ claims: reordered, key }));
  });

  test('a callback with it stays below 2 kB (traps 11)', () => expect(proof.length).toBeLessThan(1200));

  test('a signer may hold the key', async () => {
    const privateKey = async (data: Uint8Array) => sign('sha256', data, key.privateKey);
    expect(await issueProof({ claims, key: { kid: key.kid, privateKey } })).toBe(proof);
  });

  test.each([
    { exp: IAT + PROOF_SECONDS + 1 },
    { exp: IAT },
    { clientSessionId: 'x' },
    { isChallengePerformed: false },
    { aud: '' },
  ])('throws CLAIMS_INVALID for %j', async (change) => {
    await expect(issueProof({ claims: { ...claims, ...change } as ProofClaims, key })).rejects.toMatchObject({
      code: 'CLAIMS_INVALID',
    });
  });
});

describe('verifyProof', () => {
  test('answers the claims, further ones included', async () => {
    const verdict = await verifyProof({
      proof: forge({ claims: { orderId: '7' } }),
      keys: [key],
      issuer: ISSUER,
      audience: claims.aud,
      now: NOW,
    });
    expect(verdict).toEqual({ ok: true, claims: { ...claims, orderId: '7' } });
  });

  test('takes a proof that jose signed', async () => {
    const signed = await new SignJWT({ ...claims })
      .setProtectedHeader({ kid: key.kid, typ: 'JWT', alg: 'RS256' })
      .sign(key.privateKey);
    expect(await verify({ proof: signed })).toBe('accepted');
  });

  test('finds keys by a look-up, which may fetch', async () => {
    const asked: string[] = [];
    const keys = async (kid: string) => {
      asked.push(kid);
      return kid === key.kid ? key : undefined;
    };
    expect(await verify({ keys })).toBe('accepted');
    expect(await verify({ keys, proof: forge({ header: { kid: 'new' } }) })).toBe('PROOF_INVALID');
    expect(asked).toEqual([key.kid, 'new']);
    expect(await verify({ keys: () => other })).toBe('PROOF_INVALID');
    await expect(verify({ keys: () => Promise.reject(new Error('no network')) })).rejects.toThrow('no network');
  });

  test.each([
    [-61, 'PROOF_INVALID'],
    [-60, 'accepted'],
    [0, 'accepted'],
    [PROOF_SECONDS - 1, 'accepted'],
    [PROOF_SECONDS, 'PROOF_EXPIRED'],
    [1e9, 'PROOF_EXPIRED'],
    [Number.NaN, 'PROOF_INVALID'],
  ])('%d s after it was issued: %s', async (age, outcome) => {
    expect(await verify({ now: new Date((IAT + age) * 1000) })).toBe(outcome);
  });

  test.each([
    ['a proof of somebody else', { proof: forge({ privateKey: other.privateKey }) }],
    ['a key that is not known', { keys: [other] }],
    ['no keys', { keys: [] }],
    ['another issuer', { issuer: 'https://other.example' }],
    ['another audience', { audience: 'https://other.example' }],
    ['an audience that is a list', { proof: forge({ claims: { aud: [claims.aud] } }) }],
    ['a life over 900 s', { proof: forge({ claims: { exp: IAT + PROOF_SECONDS + 1 } }) }],
    ['an end before its start', { proof: forge({ claims: { exp: IAT - 1 } }) }],
    ['times that are no integers', { proof: forge({ claims: { iat: IAT + 0.5 } }) }],
    ['a time that is text', { proof: forge({ claims: { exp: String(claims.exp) } }) }],
    ['no kid', { proof: forge({ header: { kid: undefined } }) }],
    ['another typ', { proof: forge({ header: { typ: 'at+jwt' } }) }],
    ['no typ', { proof: forge({ header: { typ: undefined } }) }],
    ['crit', { proof: forge({ header: { crit: ['exp'] } }) }],
    ['alg RS512 by name', { proof: forge({ header: { alg: 'RS512' } }) }],
    ['alg none', { proof: forge({ header: { alg: 'none' } }).replace(/[^.]*$/, '') }],
    ['alg none, RS256 by name', { proof: proof.replace(/[^.]*$/, '') }],
  ] as const)('%s: PROOF_INVALID', async (_what, changes) => expect(await verify(changes)).toBe('PROOF_INVALID'));

  test('HS256 with the public key as its secret, and PS256: PROOF_INVALID', async () => {
    const header = Buffer.from(JSON.stringify({ kid: key.kid, typ: 'JWT', alg: 'HS256' })).toString('base64url');
    const signed = `${header}.${proof.split('.')[1]}`;
    const secret = key.publicKey.export({ type: 'spki', format: 'pem' });
    expect(
      await verify({ proof: `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}` }),
    ).toBe('PROOF_INVALID');
    const pss = await new SignJWT({ ...claims })
      .setProtectedHeader({ kid: key.kid, typ: 'JWT', alg: 'PS256' })
      .sign(key.privateKey);
    expect(await verify({ proof: pss })).toBe('PROOF_INVALID');
  });

  test.each(Object.keys(ProofClaims.properties))('without the claim %s: PROOF_INVALID', async (name) => {
    expect(await verify({ proof: forge({ claims: { [name]: undefined } }) })).toBe('PROOF_INVALID');
  });

  test('expired and no proof at all: PROOF_INVALID, since PROOF_EXPIRED says that all else holds', async () => {
    const jwt = forge({ claims: { assertionType: undefined } });
    const late = new Date((IAT + PROOF_SECONDS) * 1000);
    expect(await verifyJwt({ jwt, keys: [key], issuer: ISSUER, audience: claims.aud, now: late })).toMatchObject({
      code: 'JWT_EXPIRED',
    });
    expect(await verify({ proof: jwt, now: late })).toBe('PROOF_INVALID');
  });

  test('RSA below 2048 bits, and keys of another kind: PROOF_INVALID', async () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const smallExponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const { publicKey, privateKey } of [weak, smallExponent, elliptic]) {
      expect(await verify({ proof: forge({ privateKey }), keys: [{ kid: key.kid, publicKey }] })).toBe('PROOF_INVALID');
    }
  });

  test('any one character changed, added or taken away, or another spelling of its base64: PROOF_INVALID', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < proof.length; i++) {
      // The replaced character differs in its lowest bit. At the end of a segment this bit may be unused.
      const neighbour = alphabet[alphabet.indexOf(proof[i] ?? '') ^ 1] ?? 'A';
      expect(await verify({ proof: proof.slice(0, i) + neighbour + proof.slice(i + 1) })).toBe('PROOF_INVALID');
      expect(await verify({ proof: proof.slice(0, i) + proof.slice(i + 1) })).toBe('PROOF_INVALID');
    }
    for (const text of [
      `${proof}=`,
      `${proof}==`,
      `${proof}\n`,
      ` ${proof}`,
      `${proof}.`,
      proof.replaceAll('-', '+').replaceAll('_', '/'),
    ]) {
      expect(await verify({ proof: text })).toBe('PROOF_INVALID');
    }
  });

  test('nothing that arrives makes it throw', async () => {
    const json = fc.json().map((text) => Buffer.from(text).toString('base64url'));
    const segment = fc.oneof(fc.string({ unit: character }), json, fc.constantFrom(...proof.split('.')));
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 4 }), async (segments) => {
        fc.pre(segments.join('.') !== proof);
        expect(await verify({ proof: segments.join('.') })).toBe('PROOF_INVALID');
      }),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...Object.keys(claims)), fc.jsonValue(), { minKeys: 1 }),
        async (change) => {
          expect(await verify({ proof: forge({ claims: change }) })).toMatch(
            /^(accepted|PROOF_INVALID|PROOF_EXPIRED)$/,
          );
        },
      ),
    );
    expect(await verify({ proof: `${proof.slice(0, proof.lastIndexOf('.'))}.${'A'.repeat(4096)}` })).toBe(
      'PROOF_INVALID',
    );
  });
});
