/** The states of a session over HTTP: its time limit, reloads and endings (contract §1, §2.1, §5). Its proof is in proof-life.test.ts. */
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import type { TestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';
import { detail, openSession, rowOf } from './session-steps.ts';

const START = new Date('2026-11-24T12:00:00Z');
let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

const travel = (minutes: number, seconds = 0) => {
  network.now = new Date(START.getTime() + (minutes * 60 + seconds) * 1000);
};
const row = (sessionId: string) => rowOf(network, sessionId);
const opened = (browser?: TestBrowser) => openSession(network, browser);

describe('two tabs of one browser, each with a session', () => {
  test('the tab that was opened first does not end the other one', async () => {
    const { browser, session: first } = await opened();
    const { session: second, offer } = await opened(browser);
    const { authenticationSessionId } = first;
    const ended = await browser.post('/auth/passkeys/end', { authenticationSessionId, reason: 'USER_CANCELLATION' });
    expect([ended.status, detail(ended)]).toEqual([401, 'ACCESS_DENIED']);
    const credential = browser.answer(offer);
    const foreign = await browser.post('/auth/passkeys/result', { authenticationSessionId, credential });
    expect([foreign.status, detail(foreign)]).toEqual([401, 'ACCESS_DENIED']);
    expect((await row(second.authenticationSessionId)).state).toBe('opened');
    const own = { authenticationSessionId: second.authenticationSessionId, credential };
    expect((await browser.post('/auth/passkeys/result', own)).status).toBe(200);
  });
});

describe('fifteen minutes from its creation', () => {
  test('the answer says when they are over', async () => {
    const { body } = await network.client.startSession();
    expect(body.expiresAt).toBe('2026-11-24T12:15:00.000Z');
  });

  test.each([
    [14, 59, 200],
    [15, 0, 401],
    [15, 1, 401],
  ])('opening, at %i:%i: %i', async (minutes, seconds, status) => {
    const { body: session } = await network.client.startSession();
    travel(minutes, seconds);
    const answer = await network.browser().open(session.uri);
    expect(answer.status).toBe(status);
  });

  test.each([
    [14, 59, 200],
    [15, 0, 401],
    [15, 1, 401],
  ])('opening again, a result and "Not now", at %i:%i: %i', async (minutes, seconds, status) => {
    const [reloaded, finished, declined] = [await opened(), await opened(), await opened()];
    const credential = finished.browser.answer(finished.offer);
    travel(minutes, seconds);
    expect((await reloaded.browser.open(reloaded.session.uri)).status).toBe(status);
    expect((await finished.browser.result(credential)).status).toBe(status);
    expect((await declined.browser.end('USER_CANCELLATION')).status).toBe(status);
  });

  test('the same before and after the sweep', async () => {
    const { session, browser, offer } = await opened();
    travel(15);
    const before = await browser.result(browser.answer(offer));
    await sweep(network.running.network);
    const after = await browser.result(browser.answer(offer));
    expect([before.status, detail(before)]).toEqual([401, 'ACCESS_DENIED']);
    expect([after.status, detail(after)]).toEqual([401, 'ACCESS_DENIED']);
    expect(await row(session.authenticationSessionId)).toMatchObject({ state: 'expired', accounts: null });
  });
});

describe('a reload, or a discarded tab', () => {
  test('with the ceremony cookie there is a fresh challenge, and the old one is refused', async () => {
    const { session, browser, offer } = await opened();
    const { status, body: again } = await browser.open(session.uri);
    expect(status).toBe(200);
    expect(again.options.challenge).not.toBe(offer.options.challenge);
    expect(again.options.user.id).not.toBe(offer.options.user.id);
    const stale = await browser.result(browser.answer(offer));
    expect([stale.status, detail(stale)]).toEqual([400, 'CHALLENGE_USED']);
    expect((await browser.result(browser.answer(again))).status).toBe(200);
  });

  test('the token is not needed for it, and without the cookie it is spent', async () => {
    const { session, browser } = await opened();
    expect((await browser.open(session.uri.replace(/#.*/, ''))).status).toBe(200);
    const before = await row(session.authenticationSessionId);
    const elsewhere = await network.browser().open(session.uri);
    expect([elsewhere.status, detail(elsewhere)]).toEqual([401, 'ACCESS_DENIED']);
    expect(await row(session.authenticationSessionId)).toEqual(before);
  });

  test("another session's ceremony cookie opens nothing", async () => {
    const { session } = await opened();
    const { browser: other } = await opened();
    expect((await other.open(session.uri)).status).toBe(401);
  });
});

describe('a result', () => {
  test('without a ceremony cookie, or with one that nobody was given, is refused: 401', async () => {
    const { browser, offer } = await opened();
    const credential = browser.answer(offer);
    for (const value of [undefined, '', 'a', 'A'.repeat(43), '%00']) {
      const stranger = network.browser();
      if (value !== undefined) stranger.cookies.set('__Host-ceremony', value);
      expect((await stranger.result(credential)).status).toBe(401);
      expect((await stranger.end('USER_CANCELLATION')).status).toBe(401);
    }
  });

  test('that fails the policy is refused, its challenge is used up, and a reload gives another', async () => {
    const { session, browser, offer } = await opened();
    const { authenticator } = browser;
    const options = { options: offer.options, origin: network.publicUrl };
    const unverified = authenticator.create({ ...options, breaks: 'user-not-verified' });
    const refused = await browser.result(unverified);
    expect([refused.status, detail(refused)]).toEqual([400, 'CREDENTIAL_REFUSED']);
    const late = await browser.result(createSoftwareAuthenticator().create(options));
    expect([late.status, detail(late)]).toEqual([400, 'CHALLENGE_USED']);
    expect((await row(session.authenticationSessionId)).state).toBe('opened');
    const { body: again } = await browser.open(session.uri);
    expect(
      (await browser.result(createSoftwareAuthenticator().create({ ...options, options: again.options }))).status,
    ).toBe(200);
  });

  test.each(['cross-origin', 'top-origin', 'wrong-origin', 'wrong-rp-id', 'not-resident', 'cross-platform'] as const)(
    'a creation with %s is refused',
    async (breaks) => {
      const { browser, offer } = await opened();
      const credential = browser.authenticator.create({ options: offer.options, origin: network.publicUrl, breaks });
      const answer = await browser.result(credential);
      expect([answer.status, detail(answer)]).toEqual([400, 'CREDENTIAL_REFUSED']);
    },
  );

  test('a credential id that is registered already is not registered again (WebAuthn L3 §7.1 step 26)', async () => {
    const fixed = () => createSoftwareAuthenticator({ random: (bytes) => Buffer.alloc(bytes, 7) });
    const first = await opened(network.browser(fixed()));
    expect((await first.browser.result(first.browser.answer(first.offer))).status).toBe(200);
    const second = await opened(network.browser(fixed()));
    const answer = await second.browser.result(second.browser.answer(second.offer));
    expect([answer.status, detail(answer)]).toEqual([400, 'CREDENTIAL_REFUSED']);
  });

  test('the same credential again gets the same redirect, also when it is bound', async () => {
    const { session, browser, offer } = await opened();
    const credential = browser.answer(offer);
    const { redirect } = (await browser.result(credential)).body;
    expect((await browser.result(credential)).body.redirect).toBe(redirect);
    await network.client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
    travel(20);
    expect((await browser.result(credential)).body.redirect).toBe(redirect);
  });

  test('another credential after it is a conflict', async () => {
    const { browser, offer } = await opened();
    await browser.result(browser.answer(offer));
    const other = createSoftwareAuthenticator().create({ options: offer.options, origin: network.publicUrl });
    const answer = await browser.result(other);
    expect([answer.status, detail(answer)]).toEqual([409, 'RESULT_ALREADY_TAKEN']);
  });

  test('repeated by a browser that lost its device cookie, it is answered, and no other device takes its place', async () => {
    const { browser, offer } = await opened();
    const credential = browser.answer(offer);
    const { redirect } = (await browser.result(credential)).body;
    browser.cookies.delete('__Host-device');
    const again = await browser.result(credential);
    expect(again.body.redirect).toBe(redirect);
    expect(browser.cookies.has('__Host-device')).toBe(false);
  });
});

describe('an end', () => {
  test.each([
    ['USER_CANCELLATION', 'CANCELLED', 'cancelled'],
    ['DUPLICATE_CREDENTIALS', 'ERROR', 'failed'],
    ['CREDENTIALS_CREATION_NOT_ALLOWED', 'ERROR', 'failed'],
    ['CREDENTIALS_NOT_VERIFIED', 'ERROR', 'failed'],
    ['UNKNOWN_ERROR', 'ERROR', 'failed'],
  ])('by %s returns with %s', async (reason, status, state) => {
    const { session, browser } = await opened();
    const answer = await browser.end(reason);
    expect(answer.body.redirect).toBe(
      `http://bank.localhost:4001/passkeys/callback?state=abc&status=${status}&reason=${reason}`,
    );
    expect(await row(session.authenticationSessionId)).toMatchObject({ state, end_reason: reason, accounts: null });
  });

  test('repeated, with whatever reason, answers as the first did', async () => {
    const { browser } = await opened();
    const first = await browser.end('USER_CANCELLATION');
    const second = await browser.end('UNKNOWN_ERROR');
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
  });

  test('leaves nothing to open or to finish', async () => {
    const { session, browser, offer } = await opened();
    const credential = browser.answer(offer);
    await browser.end('USER_CANCELLATION');
    expect((await browser.open(session.uri)).status).toBe(401);
    expect((await browser.result(credential)).status).toBe(401);
  });

  test('after the result is a conflict', async () => {
    const { browser, offer } = await opened();
    await browser.result(browser.answer(offer));
    const answer = await browser.end('USER_CANCELLATION');
    expect([answer.status, detail(answer)]).toEqual([409, 'RESULT_ALREADY_TAKEN']);
  });

  test.each(['PERMISSION_DENIED', 'INVALID_STATE', 'ENROLLED', '', 'user_cancellation'])(
    'the page may not end a session by %j',
    async (reason) => {
      const { session, browser } = await opened();
      const answer = await browser.end(reason);
      expect([answer.status, answer.body.errordetail[0].source]).toEqual([400, '/reason']);
      expect((await row(session.authenticationSessionId)).state).toBe('opened');
    },
  );
});

describe('after an enrolment', () => {
  test('the session cannot be opened again', async () => {
    const browser = network.browser();
    const { session } = await enrol(network, browser);
    expect((await browser.open(session.uri)).status).toBe(401);
  });
});

describe('where a page may return to is told with a refusal', () => {
  const CALLBACK = 'http://bank.localhost:4001/passkeys/callback?state=abc';

  test('to a wrong token, of a session that the network knows', async () => {
    const { body: session } = await network.client.startSession();
    const answer = await network.browser().open(`${session.uri.replace(/#.*/, '')}#${'A'.repeat(43)}`);
    expect([answer.status, answer.body.returnTo]).toEqual([401, CALLBACK]);
  });

  test.each([
    [15, CALLBACK],
    [24 * 60, CALLBACK],
    [15 + 24 * 60 - 1, CALLBACK],
    [15 + 24 * 60, undefined],
  ])('%i minutes after a session began that nobody opened', async (minutes, expected) => {
    const { body: session } = await network.client.startSession();
    travel(minutes);
    const answer = await network.browser().open(session.uri);
    expect([answer.status, answer.body.returnTo]).toEqual([401, expected]);
  });

  test('up to a day past the end that the cardholder brought about', async () => {
    const { session, browser } = await opened();
    travel(5);
    await browser.end('USER_CANCELLATION');
    travel(5 + 24 * 60 - 1);
    expect((await browser.open(session.uri)).body.returnTo).toBe(CALLBACK);
    travel(5 + 24 * 60);
    expect((await browser.open(session.uri)).body.returnTo).toBeUndefined();
  });

  test('of a session that is not known: only an allow-listed address of the launch', async () => {
    const launch = {
      clientId: 'test-bank',
      authenticationSessionId: 'A'.repeat(32),
      clientSessionId: '86bd4a91-1f6e-4a57-9d1c-9a1c6f3e2b10',
    };
    const open = (changes: object) => network.browser().post('/auth/passkeys/open', { ...launch, ...changes });
    const allowed = await open({ callbackUri: 'http://bank.localhost:4001/cb' });
    expect([allowed.status, allowed.body.returnTo]).toEqual([404, 'http://bank.localhost:4001/cb']);
    for (const changes of [
      {},
      { callbackUri: 'https://other.example/' },
      { callbackUri: 'javascript:alert(1)' },
      { callbackUri: 'http://bank.localhost:4001/cb', clientId: 'nobody' },
    ]) {
      const answer = await open(changes);
      expect([answer.status, answer.body.returnTo]).toEqual([404, undefined]);
    }
  });
});
