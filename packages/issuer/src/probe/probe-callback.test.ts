/** The probe with a callback's address from a test enrolment: what it says about the callback and the proof. */
import { expect, test } from 'vitest';
import { buildSigningKeyPem, CLIENT_ID, CONSUMER_KEY, serviceError, TOKEN } from './mastercard-double.fixture.ts';
import { printReport } from './print.ts';
import { probe } from './probe-double.fixture.ts';

const CLAIMS = {
  iss: 'https://stage.verify.mastercard.com',
  aud: 'https://mastercard.com',
  iat: 1749544931,
  completedAt: 1749544931,
  exp: 1749545831,
  clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
  isChallengePerformed: true,
  authenticationMethod: 'FIDO2',
  authenticationReasons: ['ACCOUNT_LOGIN'],
  assertionType: 'ownership',
  certifiedMFAMethodId: '20001',
  authenticationFactors: '020A',
  appInstanceId: `${'A'.repeat(22)}000000000010US`,
  dasAuthenticatorInstanceId: `${'B'.repeat(22)}000000000010US`,
} as const;

function callbackWith(changes: Partial<Record<keyof typeof CLAIMS, unknown>> = {}): string {
  const parts = [
    { alg: 'RS256', kid: 'das', typ: 'JWT' },
    { ...CLAIMS, ...changes },
  ];
  const [header, claims] = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return `https://bank.example/passkeys/callback?status=ENROLLED&proofOfAuthentication=${header}.${claims}.c2ln`;
}

test("a callback as the published sample's: the rows about the proof are seen", async () => {
  const { found, report } = await probe({}, { callback: callbackWith() });
  for (const id of ['callback', 'proof-form', 'proof-audience', 'proof-issuer'] as const) {
    expect(found(id)).toMatch(/^SEEN/);
  }
  expect(JSON.stringify(report)).not.toContain('eyJ');
});

test('a proof for another audience, of another issuer, that lives longer', async () => {
  const callback = callbackWith({
    aud: 'https://bank.example',
    iss: 'https://verify.mastercard.com',
    exp: 1749548531,
  });
  const { found, report } = await probe({}, { callback });
  expect(found('proof-audience')).toBe('DIFFERS: https://bank.example');
  expect(found('proof-issuer')).toBe('DIFFERS: https://verify.mastercard.com');
  expect(found('proof-form')).toBe('DIFFERS: exp is iat + 3600');
  expect(report.corrections).toEqual([{ option: 'proof.audience', value: 'https://bank.example' }]);
});

test.each([
  ['?status=CANCELLED&reason=USER_CANCELLATION', 'SEEN: CANCELLED USER_CANCELLATION'],
  [
    '?status=ERROR&reason=NO_SUCH_REASON',
    'DIFFERS: no status and reason of the closed sets; its parameters: status, reason',
  ],
  ['?status=ENROLLED', 'DIFFERS: ENROLLED, without a proof'],
])('the callback %s', async (query, expected) => {
  const { found } = await probe({}, { callback: `https://bank.example/passkeys/callback${query}` });
  expect(found('callback')).toBe(expected);
});

test('no report has a value of the account, the key, the token or the proof', async () => {
  const echo = (sent: Readonly<Record<string, unknown>>) => {
    const source = '/5555555555554444';
    const body = serviceError(400, 'INVALID_VALUE', { reason: 'PROOF_INVALID', source });
    return { status: 400, body: { ...body, message: `avery@bank.example ${JSON.stringify(sent)}` } };
  };
  const { report, requests } = await probe({ authenticators: echo }, { callback: callbackWith() });
  const all = [JSON.stringify(report), ...printReport(report)].join('\n');
  const proof: string = JSON.parse(requests.at(-1)?.body ?? '{}').proofOfAuthentication;
  expect(proof).toMatch(/^eyJ/);
  for (const secret of [proof, TOKEN, 'avery', '5555', await buildSigningKeyPem(), CONSUMER_KEY, CLIENT_ID]) {
    expect(all).not.toContain(secret);
  }
});
