/** Contract §1, §3, §5 from the bank's side: the kit on a real PostgreSQL, against a network that verifies, decrypts and signs for real. */
import { hash } from 'node:crypto';
import { generateSigningKey } from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  addSeconds,
  epochSeconds,
  PENDING_ENROLMENT_SECONDS,
  PROOF_SECONDS,
  REASONS,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Advice,
  BROWSER_COOKIE_NAME,
  createIssuer,
  createPostgresEnrolmentStore,
  ENROLMENT_KEPT_SECONDS,
  ENROLMENT_MIGRATION,
  type EnrolmentStart,
  type EnrolmentStore,
  type IgnoredBecause,
  type Issuer,
  IssuerError,
  NEXT_STEPS,
  ourNetwork,
  type RefusedProof,
  type Timers,
} from '../src/server/index.ts';
import { type NetworkDouble, refuse, startNetworkDouble } from '../src/testing/index.ts';
import { BANK, buildStart } from './start.fixture.ts';

const START = new Date('2026-11-24T10:00:00.000Z');

let now = START;
const clock = () => now;
/** Waiting for the network is covered by test/bad-network.test.ts. */
const timersWithoutWait: Timers = {
  wait: async () => {},
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
};
let database: Awaited<ReturnType<typeof createThrowawayDatabase>>;
let network: NetworkDouble;
let store: EnrolmentStore;
let issuer: Issuer;

function issuerOn(options: { readonly store?: EnrolmentStore; readonly audience?: string } = {}): Issuer {
  return createIssuer({
    ...network.client,
    network: ourNetwork({
      url: network.url,
      proof: { verify: 'ISSUER', audience: options.audience ?? network.audience },
    }),
    callbackOrigins: [BANK],
    store: options.store ?? store,
    clock,
    timers: timersWithoutWait,
  });
}

const validStart = (changes: Partial<EnrolmentStart> = {}) => buildStart(now, changes);

/** An enrolment whose cardholder is at the network, and has just finished there. */
async function leaveAndFinish(changes: Partial<EnrolmentStart> = {}) {
  const started = await issuer.startEnrolment(validStart(changes));
  const proof = await network.issueProof();
  return { ...started, proof, browser: started.cookie.value, url: network.callback({ proof }) };
}

function ignoredAs(because: IgnoredBecause) {
  return { status: 'IGNORED', because, ...NEXT_STEPS.ignored[because] };
}

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => 'RESOLVED',
    (error: unknown) => (error instanceof IssuerError ? error.code : error),
  );
}

async function completedRows(): Promise<number> {
  const { rows } = await database.pool.query(
    'SELECT count(*)::int AS n FROM payment_passkey_enrolment WHERE completed_at IS NOT NULL',
  );
  return rows[0].n;
}

beforeAll(async () => {
  database = await createThrowawayDatabase({ poolSize: 32 });
  await database.pool.query(ENROLMENT_MIGRATION);
  network = await startNetworkDouble({ clock });
});

afterAll(async () => {
  await network.stop();
  await database.close();
});

beforeEach(async () => {
  now = START;
  await database.pool.query('TRUNCATE payment_passkey_enrolment');
  store = createPostgresEnrolmentStore(database.pool);
  issuer = issuerOn();
  return () => issuer.close();
});

describe('startEnrolment', () => {
  test('opens a session at the network: signed, encrypted, with everything the cardholder agreed to', async () => {
    const started = await issuer.startEnrolment(validStart());
    const session = network.sessions.at(-1);
    expect(session?.clientSessionId).toBe(started.clientSessionId);
    expect(session?.info).toEqual({
      accountReferences: validStart().accounts,
      cardholderVerification: validStart().verification,
      consent: validStart().consent,
      complianceSettings: { complianceResources: validStart().complianceResources },
      callbackUri: expect.stringMatching(
        /^http:\/\/bank\.localhost:4001\/passkeys\/callback\?channel=web&state=[\w-]{43}$/,
      ),
      locale: 'en-US',
    });
    expect(new URL(started.redirect).origin).toBe(network.url);
    expect(new URL(started.redirect).hash).not.toBe('');
  });

  test.each([
    ['en-US-u-mu-celsius', 'en-US'],
    ['en_US', undefined],
  ])('a locale is a hint, and refuses nothing: %j is sent as %j', async (locale, sent) => {
    await issuer.startEnrolment(validStart({ locale }));
    expect(network.sessions.at(-1)?.info.locale).toBe(sent);
  });

  test('a wrong audience is found at the first start, where the network publishes its own: nobody is sent away', async () => {
    const wrong = issuerOn({ audience: 'https://elsewhere.example' });
    const before = network.sessions.length;
    const error: unknown = await wrong.startEnrolment(validStart()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(String(error)).toContain('proof.audience is https://elsewhere.example');
    expect(String(error)).toContain(`for ${network.audience}, as ${network.url}/keys/encryption says`);
    expect(network.sessions.length).toBe(before);
    await wrong.close();
  });

  test('no card number, e-mail address or phone number is outside the encryption', async () => {
    await issuer.startEnrolment(validStart());
    const call = network.calls.findLast(({ path }) => path === SESSIONS_PATH);
    expect(call?.body).not.toMatch(/5555555555554444|5105105105105100|avery|5555550100/);
  });

  test('localhost names go to loopback, while the Host header stays the public one', async () => {
    await issuer.startEnrolment(validStart());
    expect(network.calls.at(-1)?.host).toBe(new URL(network.url).host);
  });

  test('the cookie is bound to the host, unreadable for scripts, 256 random bits, and sent with a cross-site navigation', async () => {
    const { cookie } = await issuer.startEnrolment(validStart());
    expect(cookie).toEqual({
      name: BROWSER_COOKIE_NAME,
      value: expect.stringMatching(/^[\w-]{43}$/),
      attributes: { httpOnly: true, secure: true, sameSite: 'lax', path: '/', maxAge: ENROLMENT_KEPT_SECONDS },
    });
    expect(BROWSER_COOKIE_NAME).toMatch(/^__Host-/);
  });

  test('the store holds hashes of state and cookie, no account reference, and no secret', async () => {
    const { cookie, clientSessionId } = await issuer.startEnrolment(validStart());
    const state = new URL(network.sessions.at(-1)?.info.callbackUri ?? '').searchParams.get('state') ?? '';
    const { rows } = await database.pool.query('SELECT * FROM payment_passkey_enrolment');
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      client_session_id: clientSessionId,
      cardholder_id: 'customer-1',
      state_hash: hash('sha256', state),
      browser_hash: hash('sha256', cookie.value),
    });
    expect(JSON.stringify(rows)).not.toMatch(
      new RegExp(`${state}|${cookie.value}|5555555555554444|5105105105105100|avery|5555550100`),
    );
  });

  test("a browser keeps its cookie's value, so that both of two tabs complete", async () => {
    const first = await leaveAndFinish();
    const second = await leaveAndFinish({ browser: first.browser });
    expect(second.browser).toBe(first.browser);
    for (const { url, clientSessionId } of [second, first]) {
      const outcome = await issuer.completeEnrolment({ url, browser: first.browser });
      expect(outcome).toMatchObject({ status: 'ENROLLED', enrolment: { clientSessionId } });
    }
  });

  test('a cookie value that is not one of ours is replaced', async () => {
    const { cookie } = await issuer.startEnrolment(validStart({ browser: 'short' }));
    expect(cookie.value).toMatch(/^[\w-]{43}$/);
  });

  test.each([
    ['another origin', 'http://other.localhost:4001/callback'],
    ['another port', 'http://bank.localhost:4002/callback'],
    ['another scheme', 'https://bank.localhost:4001/callback'],
    ['user info', 'http://a@bank.localhost:4001/callback'],
    ['a state of its own', `${BANK}/callback?state=mine`],
    ['a status of its own', `${BANK}/callback?status=ENROLLED`],
    ['a fragment', `${BANK}/callback#x`],
    ['no origin', '/callback'],
  ])('a callback with %s is refused before the network is asked', async (_title, callbackUri) => {
    const before = network.calls.length;
    expect(await codeOf(issuer.startEnrolment(validStart({ callbackUri })))).toBe('CALLBACK_NOT_ALLOWED');
    expect(network.calls.length).toBe(before);
  });

  test('fields that the Sessions API would refuse are named without their values, and nothing is sent', async () => {
    const before = network.calls.length;
    const card = { primaryAccountNumber: '5555 5555 5555 4444', panExpirationMonth: '12', panExpirationYear: '2030' };
    const start = validStart({ accounts: { cards: [card] } });
    const error: unknown = await issuer.startEnrolment(start).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_ENROLMENT' });
    expect(String(error)).toContain('/accountReferences/cards/0/primaryAccountNumber');
    expect(String(error)).not.toContain('4444');
    expect(network.calls.length).toBe(before);
  });

  test('both compliance resources are required', async () => {
    const complianceResources = validStart().complianceResources.slice(0, 1);
    expect(await codeOf(issuer.startEnrolment(validStart({ complianceResources })))).toBe('INVALID_ENROLMENT');
  });

  test('several cards, e-mail addresses and mobile numbers go in one enrolment, up to twenty in all', async () => {
    const card = { panExpirationMonth: '12', panExpirationYear: '2030' };
    const accounts = {
      cards: ['5555555555554444', '5105105105105100', '2223003122003222'].map((primaryAccountNumber) => ({
        ...card,
        primaryAccountNumber,
      })),
      emailAddresses: Array.from({ length: 9 }, (_, index) => `avery${index}@bank.example`),
      mobileNumbers: Array.from({ length: 8 }, (_, index) => ({ countryCode: '1', phoneNumber: `555555010${index}` })),
    };
    await issuer.startEnrolment(validStart({ accounts }));
    expect(network.sessions.at(-1)?.info.accountReferences).toEqual(accounts);
  });

  test('more than twenty accounts in all are refused', async () => {
    const emailAddresses = Array.from({ length: 19 }, (_, index) => `avery${index}@bank.example`);
    const accounts = { ...validStart().accounts, emailAddresses };
    expect(await codeOf(issuer.startEnrolment(validStart({ accounts })))).toBe('INVALID_ENROLMENT');
  });

  test('after the network has rotated its encryption key the session is asked for once more, with the new one', async () => {
    await issuer.startEnrolment(validStart());
    await network.rotateEncryptionKey();
    now = addSeconds(now, 31);
    const before = network.calls.length;
    await issuer.startEnrolment(validStart());
    expect(network.calls.slice(before).map(({ path }) => path)).toEqual([
      SESSIONS_PATH,
      '/keys/encryption',
      SESSIONS_PATH,
    ]);
  });

  test('encryption keys are fetched once, by many at once as well', async () => {
    const before = network.calls.length;
    await Promise.all(Array.from({ length: 8 }, () => issuer.startEnrolment(validStart())));
    const fetches = network.calls.slice(before).filter(({ path }) => path === '/keys/encryption');
    expect(fetches).toHaveLength(1);
  });

  test.each([
    ['a refusal, with its code', refuse('CARD_EXPIRED'), 'NETWORK_REFUSED'],
    ['a 503', refuse('UNAVAILABLE'), 'NETWORK_UNREACHABLE'],
    ['a 429', refuse('TOO_MANY_REQUESTS'), 'NETWORK_UNREACHABLE'],
    ['an answer without its fields', { status: 201, body: { uri: 'x' } }, 'NETWORK_ANSWER_INVALID'],
  ])('the network answers %s: nothing is stored', async (_title, answer, code) => {
    network.answerWith(SESSIONS_PATH, answer);
    const error: unknown = await issuer.startEnrolment(validStart()).catch((thrown: unknown) => thrown);
    network.answerWith(SESSIONS_PATH, undefined);
    expect(error).toMatchObject({ code });
    if (code === 'NETWORK_REFUSED') expect(error).toMatchObject({ refusal: { status: 400, reason: 'CARD_EXPIRED' } });
    expect((await database.pool.query('SELECT 1 FROM payment_passkey_enrolment')).rowCount).toBe(0);
  });

  test("a session whose uri is not at the network's origin is not followed", async () => {
    const body = {
      authenticationSessionId: 'a'.repeat(32),
      clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
      uri: 'https://elsewhere.example/auth/passkeys',
      expiresAt: now.toISOString(),
      srcCorrelationId: 'c',
    };
    const fetchSession = createIssuer({
      ...network.client,
      network: ourNetwork({ url: network.url, proof: { verify: 'ISSUER', audience: network.audience } }),
      callbackOrigins: [BANK],
      store,
      clock,
      fetch: async (url, init) => {
        const answer = await fetch(url.replace('verify.localhost', '127.0.0.1'), { ...init });
        if (!url.endsWith(SESSIONS_PATH)) return answer;
        const sent = JSON.parse(init.body ?? '{}');
        return Response.json({ ...body, clientSessionId: sent.clientSessionId }, { status: 201 });
      },
    });
    expect(await codeOf(fetchSession.startEnrolment(validStart()))).toBe('NETWORK_ANSWER_INVALID');
  });

  test('a store that fails lets nobody leave', async () => {
    const broken = { ...store, addEnrolment: () => Promise.reject(new Error('disk full')) };
    const onBroken = issuerOn({ store: broken });
    expect(await codeOf(onBroken.startEnrolment(validStart()))).toBe('STORE_UNAVAILABLE');
    await onBroken.close();
  });
});

describe('completeEnrolment', () => {
  test('ENROLLED: the proof is verified, the passkey bound, the outcome stored', async () => {
    const { url, browser, clientSessionId } = await leaveAndFinish();
    const outcome = await issuer.completeEnrolment({ url, browser });
    expect(outcome).toEqual({
      status: 'ENROLLED',
      nextStep: 'NONE',
      credentialId: expect.stringMatching(/^credential-/),
      bindingId: expect.stringMatching(/^binding-/),
      completedAt: now,
      enrolment: { clientSessionId, cardholderId: 'customer-1', startedAt: START },
    });
    expect(network.bindings.at(-1)).toBe(201);
    expect(await completedRows()).toBe(1);
  });

  test('the callback may arrive as a path, as a URL, or as text', async () => {
    const { url, browser } = await leaveAndFinish();
    const { pathname, search } = new URL(url);
    const outcomes = [
      await issuer.completeEnrolment({ url: pathname + search, browser }),
      await issuer.completeEnrolment({ url: new URL(url), browser }),
      await issuer.completeEnrolment({ url, browser }),
    ];
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.status).toBe('ENROLLED');
  });

  test('a reload gives the same outcome without the network, for a day', async () => {
    const { url, browser } = await leaveAndFinish();
    const first = await issuer.completeEnrolment({ url, browser });
    now = addSeconds(now, 23 * 60 * 60);
    const calls = network.calls.length;
    expect(await issuer.completeEnrolment({ url, browser })).toEqual(first);
    expect(network.calls.length).toBe(calls);
  });

  test.each(REASONS)('%s is shown with its enrolment, and a later success still completes', async (reason) => {
    const { url, browser, clientSessionId } = await leaveAndFinish();
    const status = reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR';
    const failure = network.callback({ status, reason });
    expect(await issuer.completeEnrolment({ url: failure, browser })).toEqual({
      status,
      reason,
      ...NEXT_STEPS.reasons[reason],
      enrolment: { clientSessionId, cardholderId: 'customer-1', startedAt: START },
    });
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(await issuer.completeEnrolment({ url: failure, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  describe('a callback that changes nothing', () => {
    const ignored = async (
      because: IgnoredBecause,
      arrived: { readonly url: string; readonly browser: string | undefined; readonly cardholderId?: string },
    ) => {
      const bindings = network.bindings.length;
      expect(await issuer.completeEnrolment(arrived)).toEqual(ignoredAs(because));
      expect(network.bindings.length).toBe(bindings);
      expect(await completedRows()).toBe(0);
    };

    test('without the cookie, however valid its proof', async () => {
      const { url } = await leaveAndFinish();
      await ignored('OTHER_BROWSER', { url, browser: undefined });
    });

    test("with another browser's cookie, however valid its proof", async () => {
      const { url } = await leaveAndFinish();
      const other = await issuer.startEnrolment(validStart());
      await ignored('OTHER_BROWSER', { url, browser: other.cookie.value });
    });

    test('a failure from another browser is not shown either', async () => {
      await leaveAndFinish();
      const url = network.callback({ status: 'ERROR', reason: 'UNKNOWN_ERROR' });
      await ignored('OTHER_BROWSER', { url, browser: undefined });
    });

    test('for somebody else than who is signed in; then it still completes for who left', async () => {
      const { url, browser } = await leaveAndFinish();
      await ignored('OTHER_CARDHOLDER', { url, browser, cardholderId: 'customer-2' });
      const outcome = await issuer.completeEnrolment({ url, browser, cardholderId: 'customer-1' });
      expect(outcome.status).toBe('ENROLLED');
    });

    test('with a state that nobody left with', async () => {
      const { url, browser } = await leaveAndFinish();
      const other = new URL(url);
      other.searchParams.set('state', 'A'.repeat(43));
      await ignored('UNKNOWN', { url: other.href, browser });
    });

    test('35 minutes after the start, and not a moment earlier', async () => {
      const { browser, url: early } = await leaveAndFinish();
      now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
      await ignored('EXPIRED', { url: network.callback({ proof: await network.issueProof() }), browser });
      await ignored('EXPIRED', { url: early, browser });
      now = new Date(now.getTime() - 1);
      const url = network.callback({ proof: await network.issueProof() });
      expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    });

    test.each([
      ['no state', (url: URL) => url.searchParams.delete('state')],
      ['two states', (url: URL) => url.searchParams.append('state', 'A'.repeat(43))],
      ['a state of another form', (url: URL) => url.searchParams.set('state', 'short')],
      ['no status', (url: URL) => url.searchParams.delete('status')],
      ['two statuses', (url: URL) => url.searchParams.append('status', 'ERROR')],
      ["a payment's status", (url: URL) => url.searchParams.set('status', 'AUTHENTICATED')],
      ['an unknown status', (url: URL) => url.searchParams.set('status', 'APPROVED')],
      ['no proof', (url: URL) => url.searchParams.delete('proofOfAuthentication')],
      ['two proofs', (url: URL) => url.searchParams.append('proofOfAuthentication', 'a.b.c')],
      ['8 kB of query', (url: URL) => url.searchParams.append('padding', 'x'.repeat(8192))],
    ])('with %s', async (_title, change) => {
      const { url, browser } = await leaveAndFinish();
      const changed = new URL(url);
      change(changed);
      await ignored('MALFORMED', { url: changed.href, browser });
    });

    test('with an unknown reason', async () => {
      const { browser } = await leaveAndFinish();
      await ignored('MALFORMED', { url: network.callback({ status: 'ERROR', reason: 'BAD_LUCK' }), browser });
    });
  });

  describe('a proof that is refused: IGNORED, nothing is bound, and a right one still completes', () => {
    const RETRY: Advice = NEXT_STEPS.ignored.PROOF_REFUSED;
    const refused = async (refusal: RefusedProof, makeProof: () => Promise<string>, advice = RETRY) => {
      const { url: right, browser } = await leaveAndFinish();
      const bindings = network.bindings.length;
      const url = network.callback({ proof: await makeProof() });
      const outcome = await issuer.completeEnrolment({ url, browser });
      expect(outcome).toEqual({ status: 'IGNORED', because: 'PROOF_REFUSED', ...refusal, ...advice });
      expect(network.bindings.length).toBe(bindings);
      expect(await issuer.completeEnrolment({ url: right, browser })).toMatchObject({ status: 'ENROLLED' });
    };

    test('its clientSessionId is of another enrolment', async () => {
      const clientSessionId = '86bd4a91-0000-4000-8000-000000000000';
      await refused({ proofRefusal: 'OTHER_SESSION' }, () => network.issueProof({ claims: { clientSessionId } }));
    });

    test("it is another enrolment's of the same browser", async () => {
      const { browser, url: first, proof } = await leaveAndFinish();
      await issuer.startEnrolment(validStart({ browser }));
      const url = network.callback({ proof });
      expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({
        status: 'IGNORED',
        because: 'PROOF_REFUSED',
      });
      expect(await issuer.completeEnrolment({ url: first, browser })).toMatchObject({ status: 'ENROLLED' });
    });

    test('its signature is by another key under a known name', async () => {
      const stranger = await generateSigningKey();
      const key = { ...stranger, kid: network.signingKey.kid };
      await refused({ proofRefusal: 'SIGNATURE' }, () => network.issueProof({ key }));
    });

    test('its key is not in the key set', async () => {
      const stranger = await generateSigningKey();
      await refused({ proofRefusal: 'UNKNOWN_KEY' }, () => network.issueProof({ key: stranger }));
    });

    test('one character of its claims is changed', async () => {
      await refused({ proofRefusal: 'SIGNATURE' }, async () => {
        const [header, claims = '', signature] = (await network.issueProof()).split('.');
        const text = Buffer.from(claims, 'base64url').toString().replace('"020A"', '"020B"');
        return [header, Buffer.from(text).toString('base64url'), signature].join('.');
      });
    });

    test('its issuer is not the origin of the hosted page', async () => {
      const iss = 'https://verify.elsewhere.example';
      await refused({ proofRefusal: 'ISSUER' }, () => network.issueProof({ claims: { iss } }), NEXT_STEPS.wrongProfile);
    });

    test('its audience is not the agreed one: the outcome says so, with both, and to try again is in vain', async () => {
      const aud = 'https://elsewhere.example';
      const refusal = { proofRefusal: 'AUDIENCE', proofAudience: { expected: network.audience, found: aud } } as const;
      await refused(refusal, () => network.issueProof({ claims: { aud } }), NEXT_STEPS.wrongProfile);
    });

    test("its audience is a stranger's text, which may hold anything: it is masked", async () => {
      const aud = 'avery@bank.example 5555555555554444';
      const refusal = {
        proofRefusal: 'AUDIENCE',
        proofAudience: { expected: network.audience, found: '… …' },
      } as const;
      await refused(refusal, () => network.issueProof({ claims: { aud } }), NEXT_STEPS.wrongProfile);
    });

    test("this machine's clock is behind the network's", async () => {
      const iat = epochSeconds(START) + 120;
      const claims = { iat, completedAt: iat, exp: iat + PROOF_SECONDS };
      await refused({ proofRefusal: 'NOT_YET_VALID' }, () => network.issueProof({ claims }));
    });

    test('it has expired', async () => {
      const iat = epochSeconds(START) - PROOF_SECONDS;
      const claims = { iat, completedAt: iat, exp: iat + PROOF_SECONDS };
      await refused({ proofRefusal: 'EXPIRED' }, () => network.issueProof({ claims }));
    });

    test.each(['PROOF_INVALID', 'PROOF_EXPIRED', 'PROOF_MISMATCH'] as const)('the network answers %s', async (code) => {
      const { url, browser } = await leaveAndFinish();
      network.answerWith(AUTHENTICATORS_PATH, refuse(code));
      const outcome = await issuer.completeEnrolment({ url, browser });
      network.answerWith(AUTHENTICATORS_PATH, undefined);
      expect(outcome).toEqual({ ...ignoredAs('PROOF_REFUSED'), proofRefusal: 'NETWORK' });
      expect(await completedRows()).toBe(0);
    });
  });

  test('a proof by a key that the network has just added is taken, after the key set was fetched again', async () => {
    const first = await leaveAndFinish();
    await issuer.completeEnrolment({ url: first.url, browser: first.browser });
    await network.rotateSigningKey();
    now = addSeconds(now, 31);
    const { url, browser } = await leaveAndFinish();
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test('unknown key names have the key set fetched at most every thirty seconds', async () => {
    const stranger = await generateSigningKey();
    const { browser } = await leaveAndFinish();
    const url = network.callback({ proof: await network.issueProof({ key: stranger }) });
    const fetches = () => network.calls.filter(({ path }) => path === '/.well-known/jwks.json').length;
    await issuer.completeEnrolment({ url, browser });
    const before = fetches();
    for (let i = 0; i < 5; i++) await issuer.completeEnrolment({ url, browser });
    expect(fetches()).toBe(before);
    now = addSeconds(now, 31);
    for (let i = 0; i < 5; i++) await issuer.completeEnrolment({ url, browser });
    expect(fetches()).toBe(before + 1);
  });

  test('32 at once: one outcome for all, stored once', async () => {
    const { url, browser } = await leaveAndFinish();
    const bindings = network.bindings.length;
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => issuer.completeEnrolment({ url, browser })));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.status).toBe('ENROLLED');
    expect(network.bindings.slice(bindings).filter((status) => status === 201)).toHaveLength(1);
    expect(await completedRows()).toBe(1);
  });

  test('of 32 completions with different ids the first one stored is what all of them get', async () => {
    const { url } = await leaveAndFinish();
    const stateHash = hash('sha256', new URL(url).searchParams.get('state') ?? '');
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        store.completeEnrolment({ stateHash, credentialId: `c${index}`, bindingId: `b${index}`, completedAt: now }),
      ),
    );
    expect(new Set(results.map((completion) => completion?.credentialId)).size).toBe(1);
  });

  test('a crash between Authenticators and the store is finished by a reload, even after the proof has expired', async () => {
    const { url, browser } = await leaveAndFinish();
    const dying = issuerOn({ store: { ...store, completeEnrolment: () => Promise.reject(new Error('killed')) } });
    expect(await codeOf(dying.completeEnrolment({ url, browser }))).toBe('STORE_UNAVAILABLE');
    await dying.close();
    expect(network.bindings.at(-1)).toBe(201);
    expect(await completedRows()).toBe(0);

    now = addSeconds(START, PROOF_SECONDS + 60);
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(network.bindings.at(-1)).toBe(200);
    expect(await completedRows()).toBe(1);
  });

  test('the network is down: NETWORK_UNREACHABLE, nothing is lost, and a reload completes', async () => {
    const { url, browser } = await leaveAndFinish();
    await network.stop();
    expect(await codeOf(issuer.completeEnrolment({ url, browser }))).toBe('NETWORK_UNREACHABLE');
    await network.resume();
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['a 500', refuse('INTERNAL'), 'NETWORK_UNREACHABLE'],
    ['a 409', refuse('SESSION_NOT_ENROLLED'), 'NETWORK_REFUSED'],
    ['an answer without its fields', { status: 201, body: { credentialId: 'c' } }, 'NETWORK_ANSWER_INVALID'],
    ['a body that is not of the contract', { status: 403, body: 'no' }, 'NETWORK_REFUSED'],
  ])('Authenticators answers %s: an error, and a reload completes', async (_title, answer, code) => {
    const { url, browser } = await leaveAndFinish();
    network.answerWith(AUTHENTICATORS_PATH, answer);
    expect(await codeOf(issuer.completeEnrolment({ url, browser }))).toBe(code);
    network.answerWith(AUTHENTICATORS_PATH, undefined);
    expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test('after completion the store holds no proof', async () => {
    const { url, browser, proof } = await leaveAndFinish();
    await issuer.completeEnrolment({ url, browser });
    const { rows } = await database.pool.query('SELECT * FROM payment_passkey_enrolment');
    expect(JSON.stringify(rows)).not.toContain(proof.slice(0, 24));
    expect(rows[0].proof_hash).toBe(hash('sha256', proof));
  });
});

test('enrolments are forgotten a day and 35 minutes after they started, as new ones arrive', async () => {
  const { url, browser } = await leaveAndFinish();
  await issuer.completeEnrolment({ url, browser });
  now = addSeconds(START, ENROLMENT_KEPT_SECONDS);
  await issuer.startEnrolment(validStart());
  expect(await issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  now = addSeconds(now, 1);
  await issuer.startEnrolment(validStart());
  expect(await issuer.completeEnrolment({ url, browser })).toEqual(ignoredAs('UNKNOWN'));
});
