/** The start of an enrolment by the issuer kit: the session, the cookie, what is stored, what is refused before anything is sent. */
import { hash } from 'node:crypto';
import { addSeconds, SESSIONS_PATH } from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { BROWSER_COOKIE_NAME, createIssuer, ENROLMENT_KEPT_SECONDS, ourNetwork } from '../src/server/index.ts';
import { refuse } from '../src/testing/index.ts';
import { codeOf, ignoredAs, openBank, START } from './enrolment.fixture.ts';
import { BANK } from './start.fixture.ts';

const at = openBank();

describe('startEnrolment', () => {
  test('opens a session at the network: signed, encrypted, with everything the cardholder agreed to', async () => {
    const started = await at.issuer.startEnrolment(at.validStart());
    const session = at.network.sessions.at(-1);
    expect(session?.clientSessionId).toBe(started.clientSessionId);
    expect(session?.info).toEqual({
      accountReferences: at.validStart().accounts,
      cardholderVerification: at.validStart().verification,
      consent: at.validStart().consent,
      complianceSettings: { complianceResources: at.validStart().complianceResources },
      callbackUri: expect.stringMatching(
        /^http:\/\/bank\.localhost:4001\/passkeys\/callback\?channel=web&state=[\w-]{43}$/,
      ),
      locale: 'en-US',
    });
    expect(new URL(started.redirect).origin).toBe(at.network.url);
    expect(new URL(started.redirect).hash).not.toBe('');
  });

  test.each([
    ['en-US-u-mu-celsius', 'en-US'],
    ['en_US', undefined],
  ])('a locale is a hint, and refuses nothing: %j is sent as %j', async (locale, sent) => {
    await at.issuer.startEnrolment(at.validStart({ locale }));
    expect(at.network.sessions.at(-1)?.info.locale).toBe(sent);
  });

  test('a wrong audience is found at the first start, where the network publishes its own: nobody is sent away', async () => {
    const wrong = at.issuerOn({ audience: 'https://elsewhere.example' });
    const before = at.network.sessions.length;
    const error: unknown = await wrong.startEnrolment(at.validStart()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_OPTIONS' });
    expect(String(error)).toContain('proof.audience is https://elsewhere.example');
    expect(String(error)).toContain(`for ${at.network.audience}, as ${at.network.url}/keys/encryption says`);
    expect(at.network.sessions.length).toBe(before);
    await wrong.close();
  });

  test('no card number, e-mail address or phone number is outside the encryption', async () => {
    await at.issuer.startEnrolment(at.validStart());
    const call = at.network.calls.findLast(({ path }) => path === SESSIONS_PATH);
    expect(call?.body).not.toMatch(/5555555555554444|5105105105105100|avery|5555550100/);
  });

  test('localhost names go to loopback, while the Host header stays the public one', async () => {
    await at.issuer.startEnrolment(at.validStart());
    expect(at.network.calls.at(-1)?.host).toBe(new URL(at.network.url).host);
  });

  test('the cookie is bound to the host, unreadable for scripts, 256 random bits, and sent with a cross-site navigation', async () => {
    const { cookie } = await at.issuer.startEnrolment(at.validStart());
    expect(cookie).toEqual({
      name: BROWSER_COOKIE_NAME,
      value: expect.stringMatching(/^[\w-]{43}$/),
      attributes: { httpOnly: true, secure: true, sameSite: 'lax', path: '/', maxAge: ENROLMENT_KEPT_SECONDS },
    });
    expect(BROWSER_COOKIE_NAME).toMatch(/^__Host-/);
  });

  test('the store holds hashes of state and cookie, no account reference, and no secret', async () => {
    const { cookie, clientSessionId } = await at.issuer.startEnrolment(at.validStart());
    const state = new URL(at.network.sessions.at(-1)?.info.callbackUri ?? '').searchParams.get('state') ?? '';
    const { rows } = await at.database.pool.query('SELECT * FROM payment_passkey_enrolment');
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
    const first = await at.leaveAndFinish();
    const second = await at.leaveAndFinish({ browser: first.browser });
    expect(second.browser).toBe(first.browser);
    for (const { url, clientSessionId } of [second, first]) {
      const outcome = await at.issuer.completeEnrolment({ url, browser: first.browser });
      expect(outcome).toMatchObject({ status: 'ENROLLED', enrolment: { clientSessionId } });
    }
  });

  test('a cookie value that is not one of ours is replaced', async () => {
    const { cookie } = await at.issuer.startEnrolment(at.validStart({ browser: 'short' }));
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
    const before = at.network.calls.length;
    expect(await codeOf(at.issuer.startEnrolment(at.validStart({ callbackUri })))).toBe('CALLBACK_NOT_ALLOWED');
    expect(at.network.calls.length).toBe(before);
  });

  test('fields that the Sessions API would refuse are named without their values, and nothing is sent', async () => {
    const before = at.network.calls.length;
    const card = { primaryAccountNumber: '5555 5555 5555 4444', panExpirationMonth: '12', panExpirationYear: '2030' };
    const start = at.validStart({ accounts: { cards: [card] } });
    const error: unknown = await at.issuer.startEnrolment(start).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_ENROLMENT' });
    expect(String(error)).toContain('/accountReferences/cards/0/primaryAccountNumber');
    expect(String(error)).not.toContain('4444');
    expect(at.network.calls.length).toBe(before);
  });

  test('both compliance resources are required', async () => {
    const complianceResources = at.validStart().complianceResources.slice(0, 1);
    expect(await codeOf(at.issuer.startEnrolment(at.validStart({ complianceResources })))).toBe('INVALID_ENROLMENT');
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
    await at.issuer.startEnrolment(at.validStart({ accounts }));
    expect(at.network.sessions.at(-1)?.info.accountReferences).toEqual(accounts);
  });

  test('more than twenty accounts in all are refused', async () => {
    const emailAddresses = Array.from({ length: 19 }, (_, index) => `avery${index}@bank.example`);
    const accounts = { ...at.validStart().accounts, emailAddresses };
    expect(await codeOf(at.issuer.startEnrolment(at.validStart({ accounts })))).toBe('INVALID_ENROLMENT');
  });

  test('after the network has rotated its encryption key the session is asked for once more, with the new one', async () => {
    await at.issuer.startEnrolment(at.validStart());
    await at.network.rotateEncryptionKey();
    at.now = addSeconds(at.now, 31);
    const before = at.network.calls.length;
    await at.issuer.startEnrolment(at.validStart());
    expect(at.network.calls.slice(before).map(({ path }) => path)).toEqual([
      SESSIONS_PATH,
      '/keys/encryption',
      SESSIONS_PATH,
    ]);
  });

  test('encryption keys are fetched once, by many at once as well', async () => {
    const before = at.network.calls.length;
    await Promise.all(Array.from({ length: 8 }, () => at.issuer.startEnrolment(at.validStart())));
    const fetches = at.network.calls.slice(before).filter(({ path }) => path === '/keys/encryption');
    expect(fetches).toHaveLength(1);
  });

  test.each([
    ['a refusal, with its code', refuse('CARD_EXPIRED'), 'NETWORK_REFUSED'],
    ['a 503', refuse('UNAVAILABLE'), 'NETWORK_UNREACHABLE'],
    ['a 429', refuse('TOO_MANY_REQUESTS'), 'NETWORK_UNREACHABLE'],
    ['an answer without its fields', { status: 201, body: { uri: 'x' } }, 'NETWORK_ANSWER_INVALID'],
  ])('the network answers %s: nothing is stored', async (_title, answer, code) => {
    at.network.answerWith(SESSIONS_PATH, answer);
    const error: unknown = await at.issuer.startEnrolment(at.validStart()).catch((thrown: unknown) => thrown);
    at.network.answerWith(SESSIONS_PATH, undefined);
    expect(error).toMatchObject({ code });
    if (code === 'NETWORK_REFUSED') expect(error).toMatchObject({ refusal: { status: 400, reason: 'CARD_EXPIRED' } });
    expect((await at.database.pool.query('SELECT 1 FROM payment_passkey_enrolment')).rowCount).toBe(0);
  });

  test("a session whose uri is not at the network's origin is not followed", async () => {
    const body = {
      authenticationSessionId: 'a'.repeat(32),
      clientSessionId: '86bd4a91-0000-4000-8000-000000000000',
      uri: 'https://elsewhere.example/auth/passkeys',
      expiresAt: at.now.toISOString(),
      srcCorrelationId: 'c',
    };
    const fetchSession = createIssuer({
      ...at.network.client,
      network: ourNetwork({ url: at.network.url, proof: { verify: 'ISSUER', audience: at.network.audience } }),
      callbackOrigins: [BANK],
      store: at.store,
      clock: () => at.now,
      fetch: async (url, init) => {
        const answer = await fetch(url.replace('verify.localhost', '127.0.0.1'), { ...init });
        if (!url.endsWith(SESSIONS_PATH)) return answer;
        const sent = JSON.parse(init.body ?? '{}');
        return Response.json({ ...body, clientSessionId: sent.clientSessionId }, { status: 201 });
      },
    });
    expect(await codeOf(fetchSession.startEnrolment(at.validStart()))).toBe('NETWORK_ANSWER_INVALID');
  });

  test('a store that fails lets nobody leave', async () => {
    const broken = { ...at.store, addEnrolment: () => Promise.reject(new Error('disk full')) };
    const onBroken = at.issuerOn({ store: broken });
    expect(await codeOf(onBroken.startEnrolment(at.validStart()))).toBe('STORE_UNAVAILABLE');
    await onBroken.close();
  });
});

test('enrolments are forgotten a day and 35 minutes after they started, as new ones arrive', async () => {
  const { url, browser } = await at.leaveAndFinish();
  await at.issuer.completeEnrolment({ url, browser });
  at.now = addSeconds(START, ENROLMENT_KEPT_SECONDS);
  await at.issuer.startEnrolment(at.validStart());
  expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  at.now = addSeconds(at.now, 1);
  await at.issuer.startEnrolment(at.validStart());
  expect(await at.issuer.completeEnrolment({ url, browser })).toEqual(ignoredAs('UNKNOWN'));
});
