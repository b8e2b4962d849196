/** The verifications at a shop that end without a passkey (contract §11), and the time limit of each step. */
import { epochSeconds, VERIFICATION_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { consumeVerification } from '../src/domain/verification/store.ts';
import { sweep } from '../src/process/housekeeping.ts';
import { bySetUp } from './by-set-up.ts';
import { proofOf } from './running-network.ts';
import { freshPan, reason, startTestShop, type TestShop } from './shop.ts';
import { createVerificationSteps, type Left } from './verification-steps.ts';

const START = new Date('2026-11-24T12:00:00Z');
const DENIED = 'http://shop.localhost:4002/payments/callback?state=abc&status=ERROR&reason=PERMISSION_DENIED';
let at: TestShop;
beforeAll(async () => {
  at = await startTestShop();
});
afterAll(() => at.network.stop());
beforeEach(() => {
  at.network.now = START;
});

const pool = () => at.network.database.pool;
const { wait, rowOf, count, startCard, leave, follow, comeBack } = createVerificationSteps(() => at);

const handles = ({ id }: Left) => ({ authenticationSessionId: id });

describe('how else it ends', () => {
  test('REFUSED: ERROR / PERMISSION_DENIED at the merchant, and the account is gone', async () => {
    const left = await leave();
    expect(await follow(left.browser, await at.issuer.answer(left.requestId, { result: 'REFUSED' }))).toBe(DENIED);
    expect(await rowOf(left.id)).toMatchObject({ state: 'failed', end_reason: 'PERMISSION_DENIED', accounts: null });
    // An approval after the refusal comes too late.
    await follow(left.browser, await at.issuer.answer(left.requestId));
    expect((await rowOf(left.id)).state).toBe('failed');
  });

  test.each(['VERIFIED', 'REFUSED'] as const)(
    'a genuine answer to another request, %s, is ignored in the browser that waits for its own',
    async (result) => {
      const [left, other] = [await leave(), await leave()];
      const answer = await at.issuer.answer(other.requestId, result === 'REFUSED' ? { result } : undefined);
      expect((await left.browser.open(await follow(left.browser, answer))).body.scenario).toBe('VERIFY');
      expect([(await rowOf(left.id)).state, (await rowOf(other.id)).state]).toEqual(['verifying', 'verifying']);
      // A late answer is ignored, too.
      wait(301);
      await follow(left.browser, answer);
      expect((await rowOf(left.id)).state).toBe('verifying');
      // The issuer's own answer is still accepted.
      expect((await comeBack(left)).body.scenario).toBe('CREATE');
    },
  );

  test('an answer to the question before the last is ignored: only the last one counts', async () => {
    const left = await leave();
    const { claims } = await at.issuer.read((await left.browser.consent()).body.redirect);
    expect(claims.jti).not.toBe(left.requestId);
    await follow(left.browser, await at.issuer.answer(left.requestId, { result: 'REFUSED' }));
    await follow(left.browser, await at.issuer.answer(left.requestId));
    expect((await rowOf(left.id)).state).toBe('verifying');
    expect((await comeBack({ ...left, requestId: claims.jti })).body.scenario).toBe('CREATE');
  });

  test('a forged answer ends nothing: the page asks again', async () => {
    const left = await leave();
    const now = epochSeconds(at.network.now);
    const claims = {
      iss: 'test-bank',
      aud: at.network.publicUrl,
      iat: now,
      exp: now + 300,
      inResponseTo: left.requestId,
      result: 'VERIFIED',
      method: 'OTP',
      verifiedAt: now,
    };
    expect((await comeBack(left, await at.issuer.answerWith(claims, { forged: true }))).body.scenario).toBe('VERIFY');
    const wrong = [{ iss: 'other-bank' }, { aud: 'https://other.example' }, { exp: now + 301 }, { result: 'YES' }];
    for (const change of wrong) {
      const { body } = await comeBack(left, await at.issuer.answerWith({ ...claims, ...change }));
      expect([body.scenario, (await rowOf(left.id)).state]).toEqual(['VERIFY', 'verifying']);
    }
    expect((await comeBack(left, await at.issuer.answerWith(claims))).body.scenario).toBe('CREATE');
  });

  test('an answer that comes too late, or says that it was long ago: ERROR / PERMISSION_DENIED', async () => {
    const late = await leave();
    const answer = await at.issuer.answer(late.requestId);
    wait(300);
    expect(await follow(late.browser, answer)).toBe(DENIED);

    const stale = await leave();
    const before = epochSeconds(at.network.now);
    const common = { iss: 'test-bank', aud: at.network.publicUrl, iat: before, exp: before + 300 };
    const claims = {
      ...common,
      inResponseTo: stale.requestId,
      result: 'VERIFIED',
      method: 'OTP',
      verifiedAt: before - 300,
    };
    expect(await follow(stale.browser, await at.issuer.answerWith(claims))).toBe(DENIED);
  });

  test('no answer at all: after fifteen minutes the page says so, and the account is gone', async () => {
    const left = await leave();
    wait(900);
    const { status, body } = await left.browser.open(left.session.uri);
    expect([status, body.reason]).toEqual([401, 'PERMISSION_DENIED']);
    await sweep(at.network.running.network);
    expect(await rowOf(left.id)).toMatchObject({ state: 'expired', accounts: null });
    expect((await comeBack(left, await at.issuer.answer(left.requestId))).status).toBe(401);
  });

  test('the same answer again: the page once more, and nothing changes', async () => {
    const left = await leave();
    const answer = await at.issuer.answer(left.requestId);
    await follow(left.browser, answer);
    const before = await rowOf(left.id);
    wait(5);
    await follow(left.browser, answer);
    expect(await rowOf(left.id)).toEqual(before);
  });

  test('the same answer 32 times at once: taken once', async () => {
    const left = await leave();
    const answer = await at.issuer.answer(left.requestId);
    const { verifications } = at.network.running.network.metrics;
    const taken = async () =>
      Object.fromEntries((await verifications.get()).values.map(({ labels, value }) => [labels.outcome, value]));
    const before = await taken();
    await Promise.all(Array.from({ length: 32 }, () => follow(left.browser, answer)));
    const after = await taken();
    expect((after.VERIFIED ?? 0) - (before.VERIFIED ?? 0)).toBe(1);
    expect((after.REPEATED ?? 0) - (before.REPEATED ?? 0)).toBe(31);
  });

  test('a question that was asked anew between the answer’s reading and its taking: it is not taken', async () => {
    const left = await leave();
    const answer = {
      sessionId: left.id,
      requestId: left.requestId,
      verification: { method: 'OTP', verifiedAt: START.toISOString() },
      verifiedAt: START,
      step: { at: START.getTime(), step: 'ISSUER_ANSWER' },
      now: START,
    } as const;
    const { claims } = await at.issuer.read((await left.browser.consent()).body.redirect);
    expect(await consumeVerification(pool(), answer)).toBe(false);
    const late = { ...answer, requestId: claims.jti, now: new Date(START.getTime() + 900_000) };
    expect(await consumeVerification(pool(), late)).toBe(false);
    expect(await consumeVerification(pool(), { ...answer, requestId: claims.jti })).toBe(true);
    expect(await consumeVerification(pool(), { ...answer, requestId: claims.jti })).toBe(false);
  });

  test('VERIFIED and REFUSED at once: one of them stands', async () => {
    for (let round = 0; round < 4; round++) {
      const left = await leave();
      const answers = [
        await at.issuer.answer(left.requestId),
        await at.issuer.answer(left.requestId, { result: 'REFUSED' }),
      ];
      await Promise.all(answers.map((answer) => follow(left.browser, answer)));
      expect(['verified', 'failed']).toContain((await rowOf(left.id)).state);
    }
  });

  test('"Not now" at the terms: CANCELLED, and no consent on record', async () => {
    const browser = at.network.browser();
    const { body: session } = await startCard(freshPan());
    await browser.open(session.uri);
    expect((await browser.end('USER_CANCELLATION')).body.redirect).toContain(
      'status=CANCELLED&reason=USER_CANCELLATION',
    );
    const { rows } = await pool().query('SELECT FROM consent_record WHERE session_id = $1', [
      session.authenticationSessionId,
    ]);
    expect(rows).toEqual([]);
  });

  test('an issuer that is suspended meanwhile is not asked, and not believed', async () => {
    const left = await leave();
    const waiting = at.network.browser();
    const { body: session } = await startCard(freshPan());
    await waiting.open(session.uri);
    await suspendClient(pool(), 'test-bank', bySetUp(at.network.now));
    try {
      const answer = await at.issuer.answer(left.requestId);
      await follow(left.browser, answer);
      expect((await rowOf(left.id)).state).toBe('verifying');
      const refused = await waiting.consent();
      expect([refused.status, reason(refused)]).toEqual([403, 'ACCOUNT_NOT_ELIGIBLE']);
      expect(reason(await waiting.open(session.uri))).toBe('ACCOUNT_NOT_ELIGIBLE');
    } finally {
      await resumeClient(pool(), 'test-bank', bySetUp(at.network.now));
    }
  });

  test.each([
    ['nothing'],
    ['response='],
    ['response=a&response=b'],
    ['response=a.b.c'],
    [`response=${'a'.repeat(5000)}`],
  ])('an address with %s is no answer: the page, and no change', async (query) => {
    const left = await leave();
    const address = `${at.network.publicUrl}${VERIFICATION_PATH}?${query}`;
    expect((await comeBack(left, address)).body.scenario).toBe('VERIFY');
    expect(await follow(at.network.browser(), address)).toBe(`${at.network.publicUrl}/auth/passkeys`);
  });
});

describe('five minutes from verification to binding', () => {
  test('a passkey is not made any more: PERMISSION_DENIED', async () => {
    const left = await leave();
    const { body: opened } = await comeBack(left);
    wait(300);
    const late = await left.browser.result(left.browser.answer(opened));
    expect([late.status, late.body.reason]).toEqual([401, 'PERMISSION_DENIED']);
    expect((await left.browser.open(left.session.uri)).status).toBe(401);
    expect((await rowOf(left.id)).passkey_id).toBeNull();
  });

  test('a passkey that is made in time is bound in time, or not at all', async () => {
    for (const [seconds, status] of [
      [59, 201],
      [60, 400],
    ] as const) {
      const left = await leave();
      const { body: opened } = await comeBack(left);
      wait(240);
      const { body } = await left.browser.result(left.browser.answer(opened));
      wait(seconds);
      const before = await count('binding');
      const bound = await at.shop.bind({ ...handles(left), proofOfAuthentication: proofOf(body.redirect) });
      expect(bound.status).toBe(status);
      if (status === 400) expect([reason(bound), await count('binding')]).toEqual(['PROOF_EXPIRED', before]);
    }
  });

  test('it is counted from the issuer’s own time, and from the answer where that runs ahead', async () => {
    const left = await leave();
    const now = epochSeconds(at.network.now);
    const common = {
      iss: 'test-bank',
      aud: at.network.publicUrl,
      iat: now,
      exp: now + 300,
      result: 'VERIFIED',
      method: 'OTP',
    };
    await comeBack(
      left,
      await at.issuer.answerWith({ ...common, inResponseTo: left.requestId, verifiedAt: now - 100 }),
    );
    expect((await rowOf(left.id)).verified_at).toEqual(new Date(START.getTime() - 100_000));
    const ahead = await leave();
    await comeBack(
      ahead,
      await at.issuer.answerWith({ ...common, inResponseTo: ahead.requestId, verifiedAt: now + 60 }),
    );
    expect((await rowOf(ahead.id)).verified_at).toEqual(START);
  });
});
