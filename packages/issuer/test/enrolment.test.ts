/** The end of an enrolment: the return from the network, refused proofs, reloads, and one completion of many at once. */
import { hash } from 'node:crypto';
import { generateSigningKey } from '@payment-passkeys/channel';
import {
  AUTHENTICATORS_PATH,
  addSeconds,
  epochSeconds,
  PENDING_ENROLMENT_SECONDS,
  PROOF_SECONDS,
  REASONS,
} from '@payment-passkeys/protocol';
import { describe, expect, test } from 'vitest';
import { type Advice, type IgnoredBecause, NEXT_STEPS, type RefusedProof } from '../src/server/index.ts';
import { refuse } from '../src/testing/index.ts';
import { codeOf, ignoredAs, openBank, START } from './enrolment.fixture.ts';

const at = openBank();

describe('completeEnrolment', () => {
  test('ENROLLED: the proof is verified, the passkey bound, the outcome stored', async () => {
    const { url, browser, clientSessionId } = await at.leaveAndFinish();
    const outcome = await at.issuer.completeEnrolment({ url, browser });
    expect(outcome).toEqual({
      status: 'ENROLLED',
      nextStep: 'NONE',
      credentialId: expect.stringMatching(/^credential-/),
      bindingId: expect.stringMatching(/^binding-/),
      completedAt: at.now,
      enrolment: { clientSessionId, cardholderId: 'customer-1', startedAt: START },
    });
    expect(at.network.bindings.at(-1)).toBe(201);
    expect(await at.completedRows()).toBe(1);
  });

  test('the callback may arrive as a path, as a URL, or as text', async () => {
    const { url, browser } = await at.leaveAndFinish();
    const { pathname, search } = new URL(url);
    const outcomes = [
      await at.issuer.completeEnrolment({ url: pathname + search, browser }),
      await at.issuer.completeEnrolment({ url: new URL(url), browser }),
      await at.issuer.completeEnrolment({ url, browser }),
    ];
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.status).toBe('ENROLLED');
  });

  test('a reload gives the same outcome without the network, for a day', async () => {
    const { url, browser } = await at.leaveAndFinish();
    const first = await at.issuer.completeEnrolment({ url, browser });
    at.now = addSeconds(at.now, 23 * 60 * 60);
    const calls = at.network.calls.length;
    expect(await at.issuer.completeEnrolment({ url, browser })).toEqual(first);
    expect(at.network.calls.length).toBe(calls);
  });

  test.each(REASONS)('%s is shown with its enrolment, and a later success still completes', async (reason) => {
    const { url, browser, clientSessionId } = await at.leaveAndFinish();
    const status = reason === 'USER_CANCELLATION' ? 'CANCELLED' : 'ERROR';
    const failure = at.network.callback({ status, reason });
    expect(await at.issuer.completeEnrolment({ url: failure, browser })).toEqual({
      status,
      reason,
      ...NEXT_STEPS.reasons[reason],
      enrolment: { clientSessionId, cardholderId: 'customer-1', startedAt: START },
    });
    expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(await at.issuer.completeEnrolment({ url: failure, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  describe('a callback that changes nothing', () => {
    const ignored = async (
      because: IgnoredBecause,
      arrived: { readonly url: string; readonly browser: string | undefined; readonly cardholderId?: string },
    ) => {
      const bindings = at.network.bindings.length;
      expect(await at.issuer.completeEnrolment(arrived)).toEqual(ignoredAs(because));
      expect(at.network.bindings.length).toBe(bindings);
      expect(await at.completedRows()).toBe(0);
    };

    test('without the cookie, however valid its proof', async () => {
      const { url } = await at.leaveAndFinish();
      await ignored('OTHER_BROWSER', { url, browser: undefined });
    });

    test("with another browser's cookie, however valid its proof", async () => {
      const { url } = await at.leaveAndFinish();
      const other = await at.issuer.startEnrolment(at.validStart());
      await ignored('OTHER_BROWSER', { url, browser: other.cookie.value });
    });

    test('a failure from another browser is not shown either', async () => {
      await at.leaveAndFinish();
      const url = at.network.callback({ status: 'ERROR', reason: 'UNKNOWN_ERROR' });
      await ignored('OTHER_BROWSER', { url, browser: undefined });
    });

    test('for somebody else than who is signed in; then it still completes for who left', async () => {
      const { url, browser } = await at.leaveAndFinish();
      await ignored('OTHER_CARDHOLDER', { url, browser, cardholderId: 'customer-2' });
      const outcome = await at.issuer.completeEnrolment({ url, browser, cardholderId: 'customer-1' });
      expect(outcome.status).toBe('ENROLLED');
    });

    test('with a state that nobody left with', async () => {
      const { url, browser } = await at.leaveAndFinish();
      const other = new URL(url);
      other.searchParams.set('state', 'A'.repeat(43));
      await ignored('UNKNOWN', { url: other.href, browser });
    });

    test('35 minutes after the start, and not a moment earlier', async () => {
      const { browser, url: early } = await at.leaveAndFinish();
      at.now = addSeconds(START, PENDING_ENROLMENT_SECONDS);
      await ignored('EXPIRED', { url: at.network.callback({ proof: await at.network.issueProof() }), browser });
      await ignored('EXPIRED', { url: early, browser });
      at.now = new Date(at.now.getTime() - 1);
      const url = at.network.callback({ proof: await at.network.issueProof() });
      expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
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
      const { url, browser } = await at.leaveAndFinish();
      const changed = new URL(url);
      change(changed);
      await ignored('MALFORMED', { url: changed.href, browser });
    });

    test('with an unknown reason', async () => {
      const { browser } = await at.leaveAndFinish();
      await ignored('MALFORMED', { url: at.network.callback({ status: 'ERROR', reason: 'BAD_LUCK' }), browser });
    });
  });

  describe('a proof that is refused: IGNORED, nothing is bound, and a right one still completes', () => {
    const RETRY: Advice = NEXT_STEPS.ignored.PROOF_REFUSED;
    const refused = async (refusal: RefusedProof, makeProof: () => Promise<string>, advice = RETRY) => {
      const { url: right, browser } = await at.leaveAndFinish();
      const bindings = at.network.bindings.length;
      const url = at.network.callback({ proof: await makeProof() });
      const outcome = await at.issuer.completeEnrolment({ url, browser });
      expect(outcome).toEqual({ status: 'IGNORED', because: 'PROOF_REFUSED', ...refusal, ...advice });
      expect(at.network.bindings.length).toBe(bindings);
      expect(await at.issuer.completeEnrolment({ url: right, browser })).toMatchObject({ status: 'ENROLLED' });
    };

    test('its clientSessionId is of another enrolment', async () => {
      const clientSessionId = '86bd4a91-0000-4000-8000-000000000000';
      await refused({ proofRefusal: 'OTHER_SESSION' }, () => at.network.issueProof({ claims: { clientSessionId } }));
    });

    test("it is another enrolment's of the same browser", async () => {
      const { browser, url: first, proof } = await at.leaveAndFinish();
      await at.issuer.startEnrolment(at.validStart({ browser }));
      const url = at.network.callback({ proof });
      expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({
        status: 'IGNORED',
        because: 'PROOF_REFUSED',
      });
      expect(await at.issuer.completeEnrolment({ url: first, browser })).toMatchObject({ status: 'ENROLLED' });
    });

    test('its signature is by another key under a known name', async () => {
      const stranger = await generateSigningKey();
      const key = { ...stranger, kid: at.network.signingKey.kid };
      await refused({ proofRefusal: 'SIGNATURE' }, () => at.network.issueProof({ key }));
    });

    test('its key is not in the key set', async () => {
      const stranger = await generateSigningKey();
      await refused({ proofRefusal: 'UNKNOWN_KEY' }, () => at.network.issueProof({ key: stranger }));
    });

    test('one character of its claims is changed', async () => {
      await refused({ proofRefusal: 'SIGNATURE' }, async () => {
        const [header, claims = '', signature] = (await at.network.issueProof()).split('.');
        const text = Buffer.from(claims, 'base64url').toString().replace('"020A"', '"020B"');
        return [header, Buffer.from(text).toString('base64url'), signature].join('.');
      });
    });

    test('its issuer is not the origin of the hosted page', async () => {
      const iss = 'https://verify.elsewhere.example';
      await refused(
        { proofRefusal: 'ISSUER' },
        () => at.network.issueProof({ claims: { iss } }),
        NEXT_STEPS.wrongProfile,
      );
    });

    test('its audience is not the agreed one: the outcome says so, with both, and to try again is in vain', async () => {
      const aud = 'https://elsewhere.example';
      const refusal = {
        proofRefusal: 'AUDIENCE',
        proofAudience: { expected: at.network.audience, found: aud },
      } as const;
      await refused(refusal, () => at.network.issueProof({ claims: { aud } }), NEXT_STEPS.wrongProfile);
    });

    test("its audience is a stranger's text, which may hold anything: it is masked", async () => {
      const aud = 'avery@bank.example 5555555555554444';
      const refusal = {
        proofRefusal: 'AUDIENCE',
        proofAudience: { expected: at.network.audience, found: '… …' },
      } as const;
      await refused(refusal, () => at.network.issueProof({ claims: { aud } }), NEXT_STEPS.wrongProfile);
    });

    test("this machine's clock is behind the network's", async () => {
      const iat = epochSeconds(START) + 120;
      const claims = { iat, completedAt: iat, exp: iat + PROOF_SECONDS };
      await refused({ proofRefusal: 'NOT_YET_VALID' }, () => at.network.issueProof({ claims }));
    });

    test('it has expired', async () => {
      const iat = epochSeconds(START) - PROOF_SECONDS;
      const claims = { iat, completedAt: iat, exp: iat + PROOF_SECONDS };
      await refused({ proofRefusal: 'EXPIRED' }, () => at.network.issueProof({ claims }));
    });

    test.each(['PROOF_INVALID', 'PROOF_EXPIRED', 'PROOF_MISMATCH'] as const)('the network answers %s', async (code) => {
      const { url, browser } = await at.leaveAndFinish();
      at.network.answerWith(AUTHENTICATORS_PATH, refuse(code));
      const outcome = await at.issuer.completeEnrolment({ url, browser });
      at.network.answerWith(AUTHENTICATORS_PATH, undefined);
      expect(outcome).toEqual({ ...ignoredAs('PROOF_REFUSED'), proofRefusal: 'NETWORK' });
      expect(await at.completedRows()).toBe(0);
    });
  });

  test('a proof by a key that the network has just added is taken, after the key set was fetched again', async () => {
    const first = await at.leaveAndFinish();
    await at.issuer.completeEnrolment({ url: first.url, browser: first.browser });
    await at.network.rotateSigningKey();
    at.now = addSeconds(at.now, 31);
    const { url, browser } = await at.leaveAndFinish();
    expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test('unknown key names have the key set fetched at most every thirty seconds', async () => {
    const stranger = await generateSigningKey();
    const { browser } = await at.leaveAndFinish();
    const url = at.network.callback({ proof: await at.network.issueProof({ key: stranger }) });
    const fetches = () => at.network.calls.filter(({ path }) => path === '/.well-known/jwks.json').length;
    await at.issuer.completeEnrolment({ url, browser });
    const before = fetches();
    for (let i = 0; i < 5; i++) await at.issuer.completeEnrolment({ url, browser });
    expect(fetches()).toBe(before);
    at.now = addSeconds(at.now, 31);
    for (let i = 0; i < 5; i++) await at.issuer.completeEnrolment({ url, browser });
    expect(fetches()).toBe(before + 1);
  });

  test('32 at once: one outcome for all, stored once', async () => {
    const { url, browser } = await at.leaveAndFinish();
    const bindings = at.network.bindings.length;
    const outcomes = await Promise.all(Array.from({ length: 32 }, () => at.issuer.completeEnrolment({ url, browser })));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(outcomes[0]?.status).toBe('ENROLLED');
    expect(at.network.bindings.slice(bindings).filter((status) => status === 201)).toHaveLength(1);
    expect(await at.completedRows()).toBe(1);
  });

  test('of 32 completions with different ids the first one stored is what all of them get', async () => {
    const { url } = await at.leaveAndFinish();
    const stateHash = hash('sha256', new URL(url).searchParams.get('state') ?? '');
    const results = await Promise.all(
      Array.from({ length: 32 }, (_, index) =>
        at.store.completeEnrolment({
          stateHash,
          credentialId: `c${index}`,
          bindingId: `b${index}`,
          completedAt: at.now,
        }),
      ),
    );
    expect(new Set(results.map((completion) => completion?.credentialId)).size).toBe(1);
  });

  test('a crash between Authenticators and the store is finished by a reload, even after the proof has expired', async () => {
    const { url, browser } = await at.leaveAndFinish();
    const dying = at.issuerOn({ store: { ...at.store, completeEnrolment: () => Promise.reject(new Error('killed')) } });
    expect(await codeOf(dying.completeEnrolment({ url, browser }))).toBe('STORE_UNAVAILABLE');
    await dying.close();
    expect(at.network.bindings.at(-1)).toBe(201);
    expect(await at.completedRows()).toBe(0);

    at.now = addSeconds(START, PROOF_SECONDS + 60);
    expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
    expect(at.network.bindings.at(-1)).toBe(200);
    expect(await at.completedRows()).toBe(1);
  });

  test('the network is down: NETWORK_UNREACHABLE, nothing is lost, and a reload completes', async () => {
    const { url, browser } = await at.leaveAndFinish();
    await at.network.stop();
    expect(await codeOf(at.issuer.completeEnrolment({ url, browser }))).toBe('NETWORK_UNREACHABLE');
    await at.network.resume();
    expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test.each([
    ['a 500', refuse('INTERNAL'), 'NETWORK_UNREACHABLE'],
    ['a 409', refuse('SESSION_NOT_ENROLLED'), 'NETWORK_REFUSED'],
    ['an answer without its fields', { status: 201, body: { credentialId: 'c' } }, 'NETWORK_ANSWER_INVALID'],
    ['a body that is not of the contract', { status: 403, body: 'no' }, 'NETWORK_REFUSED'],
  ])('Authenticators answers %s: an error, and a reload completes', async (_title, answer, code) => {
    const { url, browser } = await at.leaveAndFinish();
    at.network.answerWith(AUTHENTICATORS_PATH, answer);
    expect(await codeOf(at.issuer.completeEnrolment({ url, browser }))).toBe(code);
    at.network.answerWith(AUTHENTICATORS_PATH, undefined);
    expect(await at.issuer.completeEnrolment({ url, browser })).toMatchObject({ status: 'ENROLLED' });
  });

  test('after completion the store holds no proof', async () => {
    const { url, browser, proof } = await at.leaveAndFinish();
    await at.issuer.completeEnrolment({ url, browser });
    const { rows } = await at.database.pool.query('SELECT * FROM payment_passkey_enrolment');
    expect(JSON.stringify(rows)).not.toContain(proof.slice(0, 24));
    expect(rows[0].proof_hash).toBe(hash('sha256', proof));
  });
});
