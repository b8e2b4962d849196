/** What depends on the clock, and the content of the proof. */
import { createRemoteJWKSet, customFetch, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  button,
  createPasskey,
  expect,
  expectReady,
  expectReason,
  launch,
  signIn,
  test,
  watchCallbacks,
} from './fixtures.ts';

const MINUTE = 60_000;

test('at 14:59 a session is still taken', async ({ page, demo, clock, authenticator: _ }) => {
  clock.stoppedAt = Date.now();
  await signIn(page, demo);
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  clock.offset = 15 * MINUTE - 1_000;
  await button(page, 'Create passkey').click();
  await expectReady(page);
});

test('at 15:01 the cardholder comes back with PERMISSION_DENIED', async ({ page, demo, clock, authenticator: _ }) => {
  await signIn(page, demo);
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  clock.offset = 15 * MINUTE + 1_000;
  await button(page, 'Create passkey').click();
  await expectReason(page, demo, 'PERMISSION_DENIED');
});

test('the proof has the claims of the contract and verifies with the published key set', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  const callbacks = watchCallbacks(page, demo);
  await createPasskey(page, demo);
  const proof = callbacks[0]?.searchParams.get('proofOfAuthentication') ?? '';
  // Node does not resolve *.localhost names, so the key set is read from the network's port.
  const keySet = createRemoteJWKSet(new URL('/.well-known/jwks.json', demo.networkUrl), {
    [customFetch]: (url, options) => fetch(String(url).replace(demo.networkUrl, demo.network.address), options),
  });
  const { payload } = await jwtVerify(proof, keySet, {
    issuer: demo.networkUrl,
    audience: demo.networkUrl,
    algorithms: ['RS256'],
  });
  expect(decodeProtectedHeader(proof)).toEqual({ alg: 'RS256', typ: 'JWT', kid: expect.any(String) });
  expect(payload).toEqual({
    iss: demo.networkUrl,
    aud: demo.networkUrl,
    iat: expect.any(Number),
    completedAt: payload.iat,
    exp: (payload.iat ?? 0) + 900,
    clientSessionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    isChallengePerformed: true,
    authenticationMethod: 'FIDO2',
    authenticationReasons: ['ACCOUNT_LOGIN'],
    assertionType: 'ownership',
    certifiedMFAMethodId: '20001',
    authenticationFactors: '020A',
    appInstanceId: expect.stringMatching(/^[\w-]{22}\d{12}[A-Z]{2}$/),
    dasAuthenticatorInstanceId: expect.stringMatching(/^[\w-]{22}\d{12}[A-Z]{2}$/),
  });
  expect(callbacks[0]?.href.length).toBeLessThan(2048);
});
