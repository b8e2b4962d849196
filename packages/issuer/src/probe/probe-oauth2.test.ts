/** The probe with credentials of OAuth 2.0, against an endpoint that answers as Mastercard's published client expects, and against others. */
import { expect, test } from 'vitest';
import { ASSUMPTIONS, type AssumptionId } from './assumptions.ts';
import {
  ACCESS_TOKEN,
  type Behaviour,
  buildTokenOptions,
  gatewayError,
  NONCE_NEEDED,
  NOW,
  type Part,
  serviceError,
  startDouble,
  TOKEN_ANSWER,
  TOKEN_SERVER,
} from './mastercard-double.fixture.ts';
import { type ProbeOptions, planProbe } from './plan.ts';
import { printReport } from './print.ts';
import { runProbe } from './probe.ts';

async function probe(parts: Partial<Record<Part, Behaviour>> = {}, changes: Partial<ProbeOptions> = {}) {
  const double = startDouble(parts);
  const report = await runProbe({ ...(await buildTokenOptions(double)), ...changes });
  const found = (id: AssumptionId) => {
    const { verdict, seen } = report.findings.find((finding) => finding.id === id) ?? {};
    return `${verdict}: ${seen}`;
  };
  const differing = report.findings.filter(({ verdict }) => verdict === 'DIFFERS').map(({ id }) => id);
  return { report, found, differing, parts: double.requests.map(({ part }) => part), requests: double.requests };
}

test('an endpoint as it is documented: the rows of OAuth 2.0 are seen, those of the signature are not reached', async () => {
  const { found, differing, parts } = await probe();
  expect(parts).toEqual(['metadata', 'unsigned', 'token', 'token', 'empty', 'bearer', 'sessions', 'authenticators']);
  expect(differing).toEqual([]);
  expect(ASSUMPTIONS.filter(({ id }) => id.startsWith('oauth2-')).map(({ id }) => `${id} ${found(id)}`)).toEqual([
    'oauth2-metadata NOT_REACHED: no metadata: refused: 404 NOT_FOUND (No such path)',
    'oauth2-token-endpoint SEEN: a token endpoint answers there',
    'oauth2-assertion SEEN: the client assertion is accepted',
    'oauth2-nonce SEEN: asked for with 400, and accepted',
    'oauth2-token SEEN: DPoP, for 900 seconds',
    'oauth2-call SEEN: requests with a token and a proof are read, and the one without a token is refused: 401 AUTHENTICATION_FAILED (Unauthorized Access to Web Service)',
    'oauth2-bearer SEEN: 401 AUTHENTICATION_FAILED (Unauthorized Access to Web Service)',
  ]);
  for (const id of ['signature', 'second-token'] as const) {
    expect(found(id)).toBe('NOT_REACHED: the probe has credentials of OAuth 2.0');
  }
  expect(found('authenticators-call')).toMatch(/^SEEN/);
});

test('the plan names the token endpoint and the metadata of the issuer', async () => {
  const options = await buildTokenOptions(startDouble());
  expect(planProbe(options).map(({ step, request }) => `${step} ${request.replace(/ .*\/src\//, ' …/')}`)).toEqual([
    `metadata GET ${TOKEN_SERVER}/.well-known/oauth-authorization-server`,
    'unsigned POST …/api/digital/payments/authentication/sessions',
    `token POST ${TOKEN_SERVER}/oauth/token`,
    'empty POST …/api/digital/payments/authentication/sessions',
    'bearer POST …/api/digital/payments/authentication/sessions',
    'sessions POST …/api/digital/payments/authentication/sessions',
    'authenticators POST …/api/digital/payments/authentication/authenticators',
  ]);
  const wrong = { ...options, auth: { scheme: 'OAUTH2', key: 'no key' } } as const;
  expect(() => planProbe(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
});

test.each<[string, unknown, string]>([
  [
    'as it is used',
    { issuer: TOKEN_SERVER, token_endpoint: `${TOKEN_SERVER}/oauth/token` },
    'SEEN: it names the same issuer and token endpoint',
  ],
  [
    'with other addresses',
    { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' },
    'DIFFERS: issuer is https://id.example; token_endpoint is https://id.example/token',
  ],
  ['without addresses', {}, 'DIFFERS: issuer is no address; token_endpoint is no address'],
])('metadata %s', async (_title, body, expected) => {
  const { found } = await probe({ metadata: { status: 200, body } });
  expect(found('oauth2-metadata')).toBe(expected);
});

test('the client is refused: no token, nothing is sent after it, and a wrong clock is named', async () => {
  const date = new Date(NOW.getTime() - 120_000).toUTCString();
  const body = { error: 'invalid_client', error_description: 'The client is not known.' };
  const { found, differing, parts } = await probe({ token: { status: 401, body, headers: { date } } });
  expect(parts).toEqual(['metadata', 'unsigned', 'token']);
  expect(differing).toEqual(['oauth2-assertion']);
  expect(found('oauth2-assertion')).toBe(
    "DIFFERS: the client was refused: 401 invalid_client (The client is not known.); this machine's clock is 120 s ahead of the endpoint's",
  );
  expect(found('oauth2-call')).toBe('NOT_REACHED: not sent, because there was no access token');
  expect(found('sessions-call')).toMatch(/^NOT_REACHED/);
});

test.each<[string, Partial<Record<Part, Behaviour>>, AssumptionId, string]>([
  [
    'no token endpoint is at the address',
    { token: { status: 404, body: gatewayError('Gateway', 'No such path', 'NOT_FOUND') } },
    'oauth2-token-endpoint',
    '404 NOT_FOUND (No such path): no token endpoint is there',
  ],
  [
    'a bearer token',
    { token: { status: 200, body: { ...TOKEN_ANSWER, token_type: 'Bearer', expires_in: undefined } } },
    'oauth2-token',
    'token_type is Bearer; expires_in is no number of seconds',
  ],
  [
    'a nonce is asked for that the answer does not have',
    { token: { ...NONCE_NEEDED, headers: {} } },
    'oauth2-nonce',
    'a nonce is asked for, and the answer has no DPoP-Nonce: 400 use_dpop_nonce (Send the nonce.)',
  ],
  [
    'its own nonce is refused',
    { token: NONCE_NEEDED },
    'oauth2-nonce',
    'the nonce of the answer is refused: 400 use_dpop_nonce (Send the nonce.)',
  ],
  [
    'the token is refused',
    { empty: { status: 401, body: gatewayError('Gateway', 'Unknown token') } },
    'oauth2-call',
    'a request with a token and a proof was refused: 401 AUTHENTICATION_FAILED (Unknown token)',
  ],
  [
    'the token is accepted as a bearer',
    { bearer: { status: 400, body: serviceError(400, 'INVALID_ARGUMENT') } },
    'oauth2-bearer',
    'the token is accepted without a proof: whoever reads it can use it',
  ],
])('%s: that row differs, and no other', async (_title, parts, id, seen) => {
  const { found, differing } = await probe(parts);
  expect(found(id)).toBe(`DIFFERS: ${seen}`);
  expect(differing).toEqual([id]);
});

test('a token that no request is asked a nonce for, and an endpoint that checks no token', async () => {
  const { found } = await probe({
    token: { status: 200, body: TOKEN_ANSWER },
    unsigned: { status: 400, body: serviceError(400, 'INVALID_ARGUMENT') },
  });
  expect(found('oauth2-nonce')).toBe('NOT_REACHED: no request was asked for a nonce');
  expect(found('oauth2-call')).toBe(
    'NOT_REACHED: a request without a token was read too (400): the endpoint checks no token',
  );
});

test('no report has the token, a proof, an assertion or the key', async () => {
  const { report, requests } = await probe();
  const assertion = new URLSearchParams(requests.find(({ part }) => part === 'token')?.body).get('client_assertion');
  const all = [JSON.stringify(report), ...printReport(report)].join('\n');
  for (const secret of [ACCESS_TOKEN, ...(assertion ?? 'none').split('.'), 'PRIVATE'])
    expect(all).not.toContain(secret);
});

test('a signer that fails ends the probe', async () => {
  const key = { algorithm: 'ES256', sign: () => Promise.reject(new Error('the module does not answer')) } as const;
  await expect(probe({}, { auth: { scheme: 'OAUTH2', key } })).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
});
