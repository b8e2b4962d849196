/** The probe against an endpoint that answers as Mastercard's public documents say, and against others. */
import { expect, test } from 'vitest';
import { ASSUMPTIONS, type AssumptionId } from './assumptions.ts';
import {
  ACCOUNT,
  type Behaviour,
  buildOptions,
  buildProfileFile,
  GATEWAY_REFUSAL,
  gatewayError,
  NOW,
  serviceError,
  sessionAnswer,
  startDouble,
  TOKEN,
} from './mastercard-double.fixture.ts';
import { planProbe } from './plan.ts';
import { type ProbeReport, runProbe } from './probe.ts';
import { probe } from './probe-double.fixture.ts';
import { correctProfile, readProfileFile } from './profile-file.ts';

const verdictsOf = ({ findings }: ProbeReport) => Object.fromEntries(findings.map(({ id, verdict }) => [id, verdict]));

const ONLY_AFTER_A_VISIT = [
  'authenticators-answer',
  'repeated-authenticators',
  'callback',
  'proof-form',
  'proof-audience',
  'proof-issuer',
  'proof-keys',
];
const UNTIL_A_TIME_IS_NAMED = ['lifetimes'];
const OF_OAUTH2 = ASSUMPTIONS.map(({ id }) => id).filter((id) => id.startsWith('oauth2-'));

test('an endpoint as it is documented: everything is seen that needs no cardholder', async () => {
  const { report, parts, found } = await probe();
  expect(parts).toEqual(['unsigned', 'empty', 'sessions', 'authenticators']);
  const verdicts = verdictsOf(report);
  for (const [id, verdict] of Object.entries(verdicts)) {
    const open = [...ONLY_AFTER_A_VISIT, ...UNTIL_A_TIME_IS_NAMED, ...OF_OAUTH2].includes(id);
    expect([id, verdict]).toEqual([id, open ? 'NOT_REACHED' : 'SEEN']);
  }
  expect(found('error-object')).toBe("SEEN: the gateway's Errors.Error[]; the service's flat object");
  expect(report.corrections).toEqual([]);
});

test('the plan names the requests, masks the account and sends nothing; a wrong account is refused before anything is sent', async () => {
  const double = startDouble();
  const options = await buildOptions(double);
  const plan = planProbe(options);
  expect(plan.map(({ step, request }) => `${step} ${request}`)).toEqual([
    'unsigned POST https://sandbox.api.mastercard.com/src/api/digital/payments/authentication/sessions',
    'empty POST https://sandbox.api.mastercard.com/src/api/digital/payments/authentication/sessions',
    'sessions POST https://sandbox.api.mastercard.com/src/api/digital/payments/authentication/sessions',
    'authenticators POST https://sandbox.api.mastercard.com/src/api/digital/payments/authentication/authenticators',
  ]);
  expect(JSON.stringify(plan)).toContain('•••• 4444');
  expect(JSON.stringify(plan)).not.toMatch(/5555555|avery/);
  const account = { ...ACCOUNT, accounts: { cards: [{ primaryAccountNumber: 'no number' }] } };
  await expect(runProbe({ ...options, account: account as unknown as typeof ACCOUNT })).rejects.toMatchObject({
    code: 'INVALID_ENROLMENT',
    message: expect.not.stringContaining('no number'),
  });
  expect(double.requests).toEqual([]);
});

test('the error object under error, and errorDetail, are read as well', async () => {
  const { errordetail: errorDetail, ...flat } = serviceError(400, 'INVALID_VALUE', { reason: 'PROOF_INVALID' });
  const wrapped = { status: 400, body: { error: { ...flat, errorDetail } } };
  const { found } = await probe({ empty: wrapped, authenticators: wrapped });
  expect(found('error-object')).toBe("SEEN: the gateway's Errors.Error[]; the service's object under error");
  expect(found('proof-refusals')).toBe('SEEN: a forged proof: PROOF_INVALID');
});

test('an error object in another casing is one that the kit cannot read', async () => {
  const body = { errors: { error: [{ source: 'INPUT', reasonCode: 'INVALID_INPUT' }] } };
  const { found } = await probe({ empty: { status: 400, body } });
  expect(found('error-object')).toBe('DIFFERS: the kit finds no reason in this object: 400 with the fields errors');
});

test.each([
  [401, GATEWAY_REFUSAL, '401 AUTHENTICATION_FAILED (Unauthorized Access to Web Service)'],
  [
    403,
    gatewayError('Gateway', 'OAuth signature did not verify. Acceptable base string: POST&https%3A%2F%2Fsandbox'),
    '403 AUTHENTICATION_FAILED (OAuth signature did not verify. Acceptable base string: POST&https%3A%2F%2Fsandbox)',
  ],
  [400, gatewayError('Gateway', 'Invalid body hash', 'INVALID_BODY_HASH'), '400 INVALID_BODY_HASH (Invalid body hash)'],
  [
    403,
    { error: serviceError(403, 'AUTHENTICATION_FAILED') },
    '403 AUTHENTICATION_FAILED (The request was not accepted)',
  ],
] as const)(
  'the gateway refuses the signature with %i: no account is sent, and nothing behind it is judged',
  async (status, body, seen) => {
    const { report, found, parts } = await probe({ empty: { status, body } });
    expect(parts).toEqual(['unsigned', 'empty']);
    expect(found('signature')).toBe(`DIFFERS: a signed request was refused: ${seen}`);
    for (const id of ['sessions-call', 'key-encryption', 'page-origin', 'authenticators-call'] as const) {
      expect(found(id)).toMatch(/^NOT_REACHED: /);
    }
    expect(report.findings.filter(({ verdict }) => verdict === 'DIFFERS')).toHaveLength(1);
  },
);

test('a wrong clock is named where the signature is refused', async () => {
  const date = new Date(NOW.getTime() - 3_600_000).toUTCString();
  const { found } = await probe({ empty: { status: 401, body: GATEWAY_REFUSAL, headers: { date } } });
  expect(found('signature')).toMatch(/this machine's clock is 3600 s ahead of the endpoint's$/);
});

test('another scheme that the gateway asks for is named', async () => {
  const headers = { 'www-authenticate': 'DPoP algs="ES256 PS256", error="use_dpop_nonce"' };
  const { found } = await probe({ empty: { status: 401, body: GATEWAY_REFUSAL, headers } });
  expect(found('second-token')).toBe('DIFFERS: a signed request was refused, and WWW-Authenticate asks for DPoP');
});

test('an endpoint that reads an unsigned request proves nothing about signatures', async () => {
  const { found } = await probe({ unsigned: { status: 400, body: serviceError(400, 'INVALID_ARGUMENT') } });
  expect(found('signature')).toBe(
    'NOT_REACHED: an unsigned request was read too (400): the endpoint checks no signature',
  );
});

test.each([404, 405])('%i to Sessions: the path or the method differs, and no account is sent', async (status) => {
  const { found, parts } = await probe({ empty: { status, body: serviceError(status, 'NOT_FOUND') } });
  expect(found('sessions-call')).toMatch(`DIFFERS: POST /authentication/sessions: ${status} NOT_FOUND`);
  expect(parts).toEqual(['unsigned', 'empty']);
});

test('404 to Authenticators: its path differs', async () => {
  const { found } = await probe({
    authenticators: { status: 404, body: gatewayError('Gateway', 'No such path', 'NOT_FOUND') },
  });
  expect(found('authenticators-call')).toBe(
    'DIFFERS: POST /authentication/authenticators: 404 NOT_FOUND (No such path)',
  );
  expect(found('proof-refusals')).toMatch(/^NOT_REACHED/);
});

test.each<[string | undefined, string, AssumptionId]>([
  ['/clientSessionId', 'INVALID_VALUE', 'client-session-id'],
  ['/authenticationReasons', 'INVALID_VALUE', 'authentication-reasons'],
  ['/srcSessionInitiationRequestInfo', 'MISSING_FIELD', 'encrypted-field'],
  ['/srcSessionInitiationRequestInfo/encryptedData', 'MISSING_FIELD', 'jwe-field'],
  ['/srcSessionInitiationRequestInfo/consumer', 'MISSING_FIELD', 'session-info-shape'],
  ['/complianceSettings/tnc', 'MISSING_FIELD', 'compliance-settings'],
  ['/serviceId', 'MISSING_FIELD', 'service-ids'],
  [undefined, 'CRYPTOGRAPHY_ERROR', 'content-encryption'],
  [undefined, 'UNKNOWN_KEY_ID', 'encryption-kid'],
])('Sessions refuses %s with %s: that row differs, and no other of the request', async (source, reason, id) => {
  const body = serviceError(400, 'INVALID_ARGUMENT', { reason, ...(source && { source }) });
  const { report, found } = await probe({ sessions: { status: 400, body } });
  expect(report.findings.filter(({ verdict }) => verdict === 'DIFFERS').map((finding) => finding.id)).toEqual([id]);
  expect(found('authenticators-call')).toBe('NOT_REACHED: not sent, because no session was opened');
});

test('Sessions refuses the test account: nothing differs, and the reason is in the report', async () => {
  const { report, found } = await probe({
    sessions: { status: 403, body: serviceError(403, 'FORBIDDEN', { reason: 'NOT_ELIGIBLE' }) },
  });
  expect(report.findings.filter(({ verdict }) => verdict === 'DIFFERS')).toEqual([]);
  expect(found('session-info-shape')).toBe(
    'NOT_REACHED: Sessions refused the request: 403 NOT_ELIGIBLE (Not as expected)',
  );
});

test('unknown fields are named; a name that may be a value is not', async () => {
  const changes = { srcCorrelationId: 'x', n5555555555554444: 'x', 'avery@bank.example': 'x' };
  const { found } = await probe({ sessions: (sent) => ({ status: 201, body: sessionAnswer(sent, changes) }) });
  expect(found('sessions-answer')).toBe('SEEN: authenticationSessionId, uri; other fields: srcCorrelationId, …, …');
});

test('fields in another casing differ, and the corrected profile is one that the kit accepts', async () => {
  const { report, found } = await probe({
    sessions: (sent) => {
      const { authenticationSessionId, uri } = sessionAnswer(sent);
      return { status: 200, body: { AuthenticationSessionID: authenticationSessionId, uri } };
    },
  });
  expect(found('sessions-answer')).toBe(
    'DIFFERS: /AuthenticationSessionID in place of /authenticationSessionId; other fields: AuthenticationSessionID',
  );
  const corrected = correctProfile(await buildProfileFile(), report.corrections);
  expect(corrected).toMatchObject({ fields: { authenticationSessionId: 'AuthenticationSessionID' } });
  expect(readProfileFile(JSON.parse(JSON.stringify(corrected))).fields).toMatchObject({
    authenticationSessionId: 'AuthenticationSessionID',
    uri: 'uri',
  });
});

test('fields one level deeper differ, and no option corrects them', async () => {
  const { report, found } = await probe({ sessions: (sent) => ({ status: 200, body: { data: sessionAnswer(sent) } }) });
  expect(found('sessions-answer')).toBe(
    'DIFFERS: /data/authenticationSessionId in place of /authenticationSessionId; /data/uri in place of /uri; other fields: data',
  );
  expect(report.corrections).toEqual([]);
  expect(found('page-origin')).toBe('SEEN: https://stage.verify.mastercard.com');
});

test('an answer without the fields at all', async () => {
  const { found } = await probe({ sessions: { status: 200, body: { token: TOKEN } } });
  expect(found('sessions-answer')).toBe('DIFFERS: no authenticationSessionId; no uri; other fields: token');
  expect(found('launch-address')).toBe('NOT_REACHED: the answer has no address');
  expect(found('authenticators-call')).toMatch(/^NOT_REACHED: not sent/);
});

const launchedAt = (uri: string) => (sent: Readonly<Record<string, unknown>>) => ({
  status: 200,
  body: sessionAnswer(sent, { uri }),
});

test('another page differs, and is a correction to confirm', async () => {
  const { report, found } = await probe({
    sessions: launchedAt(
      `https://verify.mastercard.example/auth/passkeys?authenticationSessionId=a&clientSessionId=b#${TOKEN}`,
    ),
  });
  expect(found('page-origin')).toMatch(/^DIFFERS: https:\/\/verify\.mastercard\.example: use it only if/);
  expect(report.corrections).toEqual([{ option: 'pageOrigin', value: 'https://verify.mastercard.example' }]);
  expect(found('launch-address')).toMatch(/^SEEN/);
});

test('a launch address in another form: each difference is named, and no value of it', async () => {
  const { found } = await probe({ sessions: launchedAt('https://stage.verify.mastercard.com/start?clientId=another') });
  expect(found('launch-address')).toBe(
    'DIFFERS: its clientId is not the one that was given: set the option clientId of createIssuer to it; its path is not /auth/passkeys; its query has no authenticationSessionId and no clientSessionId; its fragment has no access token',
  );
});

test.each([
  ['a date', '2026-11-24T10:15:00Z', 'SEEN'],
  ['seconds since 1970', NOW.getTime() / 1000 + 900, 'SEEN'],
  ['milliseconds since 1970', NOW.getTime() + 900_000, 'SEEN'],
  ['seconds from now', 300, 'DIFFERS'],
  ['another form', 'soon', 'NOT_REACHED'],
])('the time at which a session ends, as %s', async (_title, expiresAt, verdict) => {
  const { found } = await probe({ sessions: (sent) => ({ status: 200, body: sessionAnswer(sent, { expiresAt }) }) });
  expect(found('lifetimes')).toMatch(new RegExp(`^${verdict}: `));
});

test('the network chooses its own clientSessionId: it differs', async () => {
  const { found } = await probe({
    sessions: (sent) => ({ status: 200, body: sessionAnswer(sent, { clientSessionId: 'another' }) }),
  });
  expect(found('client-session-id')).toBe('DIFFERS: the answer has another clientSessionId than the request');
});

test('another reason for a refused proof differs, and is not taken over unasked', async () => {
  const { report, found } = await probe({ authenticators: { status: 400, body: serviceError(400, 'INVALID_VALUE') } });
  expect(found('proof-refusals')).toMatch(/^DIFFERS: a forged proof was refused by 400 INVALID_VALUE/);
  expect(report.corrections).toEqual([]);
});

test('a network that refuses the state of the session first: the proof is not judged', async () => {
  const { found } = await probe({ authenticators: { status: 500, body: serviceError(500, 'INVALID_STATE') } });
  expect(found('proof-refusals')).toMatch(/^NOT_REACHED/);
  const conflict = await probe({ authenticators: { status: 409, body: serviceError(409, 'INVALID_STATE') } });
  expect(conflict.found('authenticators-request')).toMatch(/^SEEN: the session was found/);
  expect(conflict.found('proof-refusals')).toMatch(/^NOT_REACHED: the session was never launched/);
});

test('an endpoint that binds a forged proof is named', async () => {
  const { found } = await probe({ authenticators: { status: 201, body: { credentialId: 'c', bindingId: 'b' } } });
  expect(found('proof-refusals')).toBe('DIFFERS: the endpoint bound a forged proof: it verifies none');
});

test.each([
  ['a page with 502', { status: 502, body: '<html><body>Bad gateway</body></html>' }, '502 with a page'],
  ['a page with 200', { status: 200, body: '<!doctype html><title>Sign in</title>' }, '200 with a page'],
  ['nothing', { status: 200, body: '' }, '200 with nothing'],
])('a proxy answers with %s: nothing is judged, no account is sent', async (_title, answer, why) => {
  const { report, parts, found } = await probe({ unsigned: answer, empty: answer });
  expect(new Set(report.findings.map(({ verdict }) => verdict))).toEqual(new Set(['NOT_REACHED', 'SEEN']));
  expect(report.findings.filter(({ verdict }) => verdict === 'SEEN').map(({ id }) => id)).toEqual(['answer-time']);
  expect(found('api-base')).toBe(`NOT_REACHED: ${why}: a proxy or another server answered`);
  expect(parts).toEqual(['unsigned', 'empty']);
});

test('a slow answer differs: the kit would have asked again', async () => {
  let now = NOW;
  const slow: Behaviour = (sent) => {
    now = new Date(now.getTime() + 6000);
    return { status: 200, body: sessionAnswer(sent) };
  };
  const { found } = await probe({ sessions: slow }, { clock: () => now });
  expect(found('answer-time')).toBe('DIFFERS: the slowest of 4 answers took 6000 ms');
  expect(found('sessions-answer')).toMatch(/^SEEN/);
});

test('no answer in time: each request is sent once, and the rest is not', async () => {
  const timers = { wait: async () => {}, timeout: () => AbortSignal.abort(new DOMException('', 'TimeoutError')) };
  const never = () => Promise.reject(new DOMException('', 'TimeoutError'));
  const { found, parts } = await probe({ unsigned: never }, { timers });
  expect(parts).toEqual(['unsigned']);
  expect(found('answer-time')).toBe('DIFFERS: no answer within ten seconds (unsigned)');
  expect(found('api-base')).toBe('NOT_REACHED: no answer in time');
  expect(found('signature')).toBe('NOT_REACHED: no answer in time');
});

test('an answer of Sessions that is lost: it is asked once', async () => {
  const { found, parts } = await probe({ sessions: () => Promise.reject(new Error('socket hang up')) });
  expect(parts).toEqual(['unsigned', 'empty', 'sessions']);
  expect(found('sessions-answer')).toBe('NOT_REACHED: the connection broke, or a redirect came');
  expect(found('sessions-call')).toMatch(/^SEEN/);
});

test('503 is no finding about the request', async () => {
  const { found, report } = await probe({ sessions: { status: 503, body: serviceError(503, 'SERVICE_UNAVAILABLE') } });
  expect(found('sessions-answer')).toMatch(/^NOT_REACHED: refused: 503 SERVICE_UNAVAILABLE/);
  expect(report.findings.filter(({ verdict }) => verdict === 'DIFFERS')).toEqual([]);
});

test('a signer that fails ends the probe', async () => {
  const signingKey = () => Promise.reject(new Error('the module does not answer'));
  await expect(probe({}, { signingKey })).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
});
