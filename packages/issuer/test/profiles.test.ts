/** The kit with other profiles: Mastercard's, and one whose proofs only the network verifies. */
import { generateSigningKey } from '@payment-passkeys/channel';
import { AUTHENTICATORS_PATH, PROOF_SECONDS, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createIssuer,
  createPostgresEnrolmentStore,
  ENROLMENT_MIGRATION,
  type Issuer,
  type MastercardOptions,
  mastercard,
  NEXT_STEPS,
  type ProofRefusal,
} from '../src/server/index.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';
import { createTestTime, type TestTime } from './time.fixture.ts';

const START = new Date('2026-11-24T10:00:00.000Z');
const refusedBy = (proofRefusal: ProofRefusal) => {
  return { status: 'IGNORED', because: 'PROOF_REFUSED', proofRefusal, ...NEXT_STEPS.ignored.PROOF_REFUSED };
};

let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let time: TestTime = createTestTime(START);
let network: NetworkDouble;
let certificate: string;
let issuer: Issuer;
const opened: Issuer[] = [];

beforeAll(async () => {
  database = await createThrowawayDatabase({});
  await database.pool.query(ENROLMENT_MIGRATION);
  network = await startNetworkDouble({ clock: () => time.clock() });
  const published = await fetch(`${network.url.replace('verify.localhost', '127.0.0.1')}/keys/encryption`);
  const set = (await published.json()) as { keys: [{ x5c: [string] }] };
  certificate = `-----BEGIN CERTIFICATE-----\n${set.keys[0].x5c[0].match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
});

afterAll(async () => {
  await network.stop();
  await database.close();
});

beforeEach(() => {
  time = createTestTime(START);
  issuer = issuerOf({});
  return async () => {
    for (const each of opened.splice(0)) await each.close();
  };
});

function issuerOf(changes: Partial<MastercardOptions>): Issuer {
  const created = createIssuer({
    ...network.client,
    network: mastercard({
      environment: 'sandbox',
      apiUrl: network.url,
      pageOrigin: network.url,
      encryptionKey: { certificate },
      proof: { verify: 'NETWORK', audience: network.audience },
      ...changes,
    }),
    callbackOrigins: [BANK],
    store: createPostgresEnrolmentStore(database.pool),
    clock: time.clock,
    timers: time.timers,
  });
  opened.push(created);
  return created;
}

async function leave(from: Issuer = issuer) {
  const started = await from.startEnrolment(buildStart(time.clock()));
  return started.cookie.value;
}

describe("Mastercard's profile", () => {
  test('the whole trip, with no key set fetched: encrypted to the certificate, signed with values encoded once', async () => {
    const calls = network.calls.length;
    const browser = await leave();
    const url = network.callback({ proof: await network.issueProof() });
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(network.calls.slice(calls).map(({ path }) => path)).toEqual([SESSIONS_PATH, AUTHENTICATORS_PATH]);
    // The header has plain base64, not percent-encoded, as mastercard-oauth1-signer sends it.
    const authorization = String(network.calls.at(-1)?.headers.authorization);
    expect(authorization).toMatch(/^OAuth oauth_body_hash="[A-Za-z0-9+/]{43}=",/);
    expect(authorization).toContain(`oauth_consumer_key="${network.client.consumerKey}"`);
  });

  test('with an encryption certificate that has run out nothing is sent', async () => {
    time.pass(20 * 365 * 86_400_000);
    const calls = network.calls.length;
    await expect(leave()).rejects.toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(network.calls.length).toBe(calls);
  });

  test("its words: other paths, other field names, another shape of the encrypted object, a service's constants", async () => {
    const sent: { readonly url: string; readonly body: Record<string, unknown> }[] = [];
    const renamed = createIssuer({
      ...network.client,
      network: mastercard({
        environment: 'sandbox',
        encryptionKey: { certificate },
        paths: { sessions: '/v9/sessions' },
        fields: { encryptedData: 'jwe', srcSessionInitiationRequestInfo: 'info', authenticationSessionId: 'sessionId' },
        sessionConstants: { serviceId: 'SRC' },
        proof: { verify: 'NETWORK', audience: 'https://mastercard.com' },
      }),
      callbackOrigins: [BANK],
      store: createPostgresEnrolmentStore(database.pool),
      clock: time.clock,
      timers: time.timers,
      fetch: async (url, { body = '' }) => {
        sent.push({ url, body: JSON.parse(body) });
        return Response.json({ sessionId: 's'.repeat(36), uri: 'https://stage.verify.mastercard.com/auth/passkeys#t' });
      },
    });
    const { redirect, clientSessionId } = await renamed.startEnrolment(buildStart(time.clock()));
    await renamed.close();
    expect(redirect).toBe('https://stage.verify.mastercard.com/auth/passkeys#t');
    expect(sent).toEqual([
      {
        url: 'https://sandbox.api.mastercard.com/src/api/digital/payments/v9/sessions',
        body: {
          serviceId: 'SRC',
          clientSessionId,
          authenticationReasons: ['ACCOUNT_LOGIN'],
          info: { jwe: expect.stringMatching(/^eyJ/) },
        },
      },
    ]);
  });

  test('the encrypted object may be shaped anew', async () => {
    const shaped = issuerOf({
      shapeSessionInfo: ({ callbackUri, ...info }) => ({ ...info, callbackUri, added: true }),
    });
    await leave(shaped);
    expect(network.sessions.at(-1)?.info).toMatchObject({ added: true, consent: { country: 'US' } });
  });

  test('a launch address of another client is not followed', async () => {
    const body = { authenticationSessionId: 'a'.repeat(32), uri: `${network.url}/auth/passkeys?clientId=other#t` };
    network.injectFaults({ status: 201, body });
    await expect(leave()).rejects.toMatchObject({ code: 'NETWORK_ANSWER_INVALID' });
  });

  test('an error wrapped in "error", as some of its documents show it, is read as well', async () => {
    const body = { error: { status: 400, reason: 'INVALID_VALUE', errorDetail: [{ reason: 'x.y', source: '/a' }] } };
    network.injectFaults({ status: 400, body });
    await expect(leave()).rejects.toMatchObject({
      code: 'NETWORK_REFUSED',
      refusal: { status: 400, reason: 'x.y', source: '/a' },
    });
  });
});

describe('a proof that is left to the network to verify', () => {
  test('a forged one gets as far as the network, whose refusal decides; the right one completes', async () => {
    const browser = await leave();
    const proof = await network.issueProof();
    const forged = await network.issueProof({ key: await generateSigningKey() });
    network.answerWith(AUTHENTICATORS_PATH, refuse('PROOF_INVALID'));
    expect(await issuer.completeEnrolment({ url: network.callback({ proof: forged }), browser })).toEqual(
      refusedBy('NETWORK'),
    );
    network.answerWith(AUTHENTICATORS_PATH, undefined);
    const url = network.callback({ proof });
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    [
      'for another audience',
      { aud: 'https://elsewhere.example' },
      () => ({
        ...refusedBy('AUDIENCE'),
        proofAudience: { expected: network.audience, found: 'https://elsewhere.example' },
        ifThatFails: undefined,
        ...NEXT_STEPS.wrongProfile,
      }),
    ],
    [
      'of another session',
      { clientSessionId: '86bd4a91-0000-4000-8000-000000000000' },
      () => refusedBy('OTHER_SESSION'),
    ],
  ])('one %s does not get there', async (_title, claims, outcome) => {
    const browser = await leave();
    const calls = network.calls.length;
    const url = network.callback({ proof: await network.issueProof({ claims }) });
    expect(await issuer.completeEnrolment({ url, browser })).toEqual(outcome());
    expect(network.calls.length).toBe(calls);
  });

  test('one that is too old does not, unless it was on its way before', async () => {
    const browser = await leave();
    const url = network.callback({ proof: await network.issueProof() });
    time.pass(PROOF_SECONDS * 1000);
    expect(await issuer.completeEnrolment({ url, browser })).toEqual(refusedBy('EXPIRED'));
    const again = await leave();
    const late = network.callback({ proof: await network.issueProof() });
    network.injectFaults('LOSE_ANSWER', 'RESET', 'RESET');
    await expect(issuer.completeEnrolment({ url: late, browser: again })).rejects.toMatchObject({
      code: 'NETWORK_UNREACHABLE',
    });
    time.pass(PROOF_SECONDS * 1000);
    expect(await issuer.completeEnrolment({ url: late, browser: again })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['text', 'a.b.c'],
    ['four segments', 'a.e30.c.d'],
    ['no object', `a.${Buffer.from('null').toString('base64url')}.c`],
    ['two segments', 'a.e30'],
  ])('%s is no proof', async (_title, proof) => {
    const browser = await leave();
    expect(await issuer.completeEnrolment({ url: network.callback({ proof }), browser })).toEqual(
      refusedBy('MALFORMED'),
    );
  });
});

test('an issuer that verifies by itself fetches the key set it was told, at another origin than the APIs', async () => {
  const keySetUrl = `${network.url}/.well-known/jwks.json`;
  const verifying = issuerOf({ proof: { verify: 'ISSUER', audience: network.audience, keySetUrl } });
  const browser = await leave(verifying);
  const stranger = await network.issueProof({ key: await generateSigningKey() });
  expect(await verifying.completeEnrolment({ url: network.callback({ proof: stranger }), browser })).toEqual(
    refusedBy('UNKNOWN_KEY'),
  );
  const url = network.callback({ proof: await network.issueProof() });
  expect(await verifying.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
});
