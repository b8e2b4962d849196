/** JWTs between the parties (contract §11). The additional rules of proofs are in proof.test.ts. */
import { CLOCK_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { signJwt, verifyJwt } from './jwt.ts';
import { generateSigningKey } from './keys.ts';

const key = await generateSigningKey();
const IAT = 1_795_521_600;
const claims = { iss: 'https://verify.example', aud: 'bank', jti: '7', iat: IAT, exp: IAT + 300, merchantName: 'Köln' };

async function verify(change: object = {}, ageSeconds = 0) {
  const jwt = await signJwt({ claims: { ...claims, ...change }, key });
  const now = new Date((IAT + ageSeconds) * 1000);
  return verifyJwt({ jwt, keys: [key], issuer: claims.iss, audience: claims.aud, now });
}

test('jose verifies what signJwt writes', async () => {
  const { payload } = await jwtVerify(await signJwt({ claims, key }), key.publicKey, {
    currentDate: new Date(IAT * 1000),
  });
  expect(payload).toEqual(claims);
});

describe('verifyJwt', () => {
  test('answers every claim', async () => expect(await verify()).toEqual({ ok: true, claims }));

  test('from exp on, answers JWT_EXPIRED with the claims', async () => {
    expect(await verify({}, 299)).toMatchObject({ ok: true });
    expect(await verify({}, 300)).toEqual({ ok: false, code: 'JWT_EXPIRED', claims });
  });

  test.each([
    ['without exp', { exp: undefined }],
    ['without iat', { iat: undefined }],
    ['without iss', { iss: undefined }],
    ['without aud', { aud: undefined }],
    ['a negative iat', { iat: -1 }],
    ['iat ahead of the clock by more than the skew', { iat: IAT + CLOCK_SKEW_SECONDS + 1 }],
    ['an exp before iat, both ahead', { iat: IAT + 30, exp: IAT + 20 }],
    ['an exp that is iat', { iat: IAT + 30, exp: IAT + 30 }],
  ])('%s: JWT_INVALID', async (_what, change) => {
    expect(await verify(change)).toEqual({ ok: false, code: 'JWT_INVALID' });
  });
});
