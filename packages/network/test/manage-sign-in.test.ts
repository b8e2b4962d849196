/** Signing in to the cardholder's own page (contract §17): who gets in, and what is shown. */
import { MANAGE_SIGN_IN_PATH, type ManageOverview, RESULT_PATH } from '@payment-passkeys/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCardholderSteps, START, told } from './cardholder-page-steps.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

const { enrolled, challenge, answer, present, signIn, visitRows } = createCardholderSteps(() => network);

describe('signing in', () => {
  test('shows what uses the passkey, and nothing of the account', async () => {
    const browser = await enrolled();
    const { status, body, headers } = await signIn(browser);
    const [passkey] = browser.authenticator.credentials;
    expect(status).toBe(200);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body satisfies ManageOverview).toEqual({
      secondsLeft: 300,
      credentialId: passkey?.credentialId.toString('base64url'),
      userHandle: passkey?.userHandle.toString('base64url'),
      synced: false,
      createdAt: START.toISOString(),
      bindings: [
        {
          bindingId: expect.any(String),
          role: 'issuer',
          name: 'Test Bank',
          createdAt: START.toISOString(),
          pendingActivation: false,
          suspendedBy: [],
        },
      ],
      devices: [
        {
          appInstanceId: expect.any(String),
          thisDevice: true,
          firstUsedAt: START.toISOString(),
          lastUsedAt: START.toISOString(),
        },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/4444|avery|5550100/);
  });

  test('shows who has blocked a binding, that it waits for its bank, and when it was last used', async () => {
    const browser = await enrolled();
    const [{ bindingId }] = (await signIn(browser)).body.bindings;
    await network.database.pool.query(
      'UPDATE binding SET suspended_by = $1, last_used_at = $2, pending_activation = true WHERE binding_id = $3',
      [['ISSUER', 'NETWORK'], START, bindingId],
    );
    const [binding] = (await signIn(browser)).body.bindings;
    const lastUsedAt = START.toISOString();
    expect(binding).toMatchObject({ pendingActivation: true, suspendedBy: ['ISSUER', 'NETWORK'], lastUsedAt });
  });

  test('asks for any passkey, verified by the device', async () => {
    const options = await challenge(network.browser());
    expect(options).toEqual({
      rpId: 'verify.localhost',
      challenge: expect.stringMatching(/^[A-Za-z0-9_-]{54}$/),
      timeout: 120_000,
      userVerification: 'required',
    });
  });

  test('is a use of the passkey: counter, backup state, time, and a counter that went backwards', async () => {
    const browser = await enrolled();
    const { credentialId } = browser.authenticator.credentials[0] ?? {};
    const stored = async () => {
      const columns = 'sign_count, counter_regressions, backed_up, backup_eligible, last_used_at';
      const search = `SELECT ${columns} FROM passkey WHERE webauthn_id = $1`;
      return (await network.database.pool.query(search, [credentialId])).rows[0];
    };
    network.now = new Date(START.getTime() + 60_000);
    Object.assign(browser.authenticator.settings, { backupEligible: true, backedUp: true });
    expect((await signIn(browser)).body.synced).toBe(true);
    expect(await stored()).toEqual({
      sign_count: 2,
      counter_regressions: 0,
      backed_up: true,
      backup_eligible: true,
      last_used_at: network.now,
    });
    const behind = answer(browser, await challenge(browser), 'counter-behind');
    expect((await present(browser, behind)).status).toBe(200);
    expect(await stored()).toMatchObject({ sign_count: 1, counter_regressions: 1 });
  });

  test('marks this device by its cookie, and recognises no other one', async () => {
    const browser = await enrolled();
    const elsewhere = network.browser(browser.authenticator);
    const { body, headers } = await signIn(elsewhere);
    expect(body.devices).toMatchObject([{ thisDevice: false }]);
    expect(headers.getSetCookie().join()).not.toMatch(/__Host-device/);
  });

  test.each([
    'signature',
    'other-key',
    'other-user-handle',
    'user-not-verified',
    'user-not-present',
    'wrong-origin',
    'wrong-rp-id',
    'cross-origin',
    'top-origin',
  ] as const)('is refused with %s, and the challenge is used up', async (breaks) => {
    const browser = await enrolled();
    const options = await challenge(browser);
    expect(told(await present(browser, answer(browser, options, breaks)))).toEqual([400, 'CREDENTIAL_REFUSED']);
    expect(told(await present(browser, answer(browser, options)))).toEqual([401, 'ACCESS_DENIED']);
    expect(browser.cookies.get('__Host-manage')).toBeUndefined();
  });

  test('takes a challenge once, however many send its answer at the same time', async () => {
    const browser = await enrolled();
    const credential = answer(browser, await challenge(browser));
    const cookie = `__Host-manage-challenge=${browser.cookies.get('__Host-manage-challenge')}`;
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => network.browser().post(MANAGE_SIGN_IN_PATH, { credential }, { cookie })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(15).fill(401)]);
  });

  test('takes a challenge from the browser alone that asked for it, and for five minutes', async () => {
    const browser = await enrolled();
    const other = network.browser(browser.authenticator);
    const options = await challenge(browser);
    await challenge(other);
    expect(told(await present(other, answer(browser, options)))).toEqual([401, 'ACCESS_DENIED']);
    expect(told(await present(network.browser(), answer(browser, options)))).toEqual([401, 'ACCESS_DENIED']);
    network.now = new Date(START.getTime() + 300_000);
    expect(told(await present(browser, answer(browser, options)))).toEqual([401, 'ACCESS_DENIED']);
    network.now = new Date(START.getTime() + 299_000);
    expect((await present(browser, answer(browser, options))).status).toBe(200);
  });

  test('gives another cookie than the one before: who has planted one, or has read it, is not signed in', async () => {
    const browser = await enrolled();
    const options = await challenge(browser);
    const before = browser.cookies.get('__Host-manage-challenge') ?? '';
    browser.cookies.set('__Host-manage', before);
    const { headers } = await present(browser, answer(browser, options));
    expect(browser.cookies.get('__Host-manage')).not.toBe(before);
    const line = headers.getSetCookie().find((cookie) => cookie.startsWith('__Host-manage='));
    expect(line).toMatch(/^__Host-manage=[A-Za-z0-9_-]{43}; Max-Age=300; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const stored = JSON.stringify((await visitRows()).map(({ visit_hash }) => visit_hash.toString('base64url')));
    expect(stored).not.toContain(browser.cookies.get('__Host-manage'));
  });

  test('does not take an assertion of a ceremony, nor a ceremony one of this page', async () => {
    const browser = await enrolled();
    const { body: session } = await network.client.startSession();
    const opened = (await browser.open(session.uri)).body;
    expect(opened.scenario).toBe('USE');
    await challenge(browser);
    expect(told(await present(browser, browser.answer(opened)))).toEqual([401, 'ACCESS_DENIED']);
    // The signature covers the kind of the challenge, so the assertion is refused even if the store mixes the two up.
    const foreign = Buffer.from(opened.options.challenge, 'base64url');
    await network.database.pool.query('UPDATE manage_visit SET challenge = $1 WHERE challenge IS NOT NULL', [foreign]);
    expect(told(await present(browser, browser.answer(opened)))).toEqual([401, 'ACCESS_DENIED']);
    const credential = answer(browser, await challenge(browser));
    expect(told(await browser.post(RESULT_PATH, { credential }))).toEqual([400, 'CHALLENGE_USED']);
  });

  test.each(['deleted', 'suspended'])('is refused with a passkey that is %s', async (status) => {
    const browser = await enrolled();
    const { credentialId } = browser.authenticator.credentials[0] ?? {};
    const code = { deleted: 'CREDENTIAL_UNKNOWN', suspended: 'CREDENTIAL_REFUSED' }[status];
    await network.database.pool.query('UPDATE passkey SET status = $1 WHERE webauthn_id = $2', [status, credentialId]);
    expect(told(await signIn(browser))).toEqual([400, code]);
    const forged = answer(browser, await challenge(browser), 'signature');
    expect(told(await present(browser, forged))).toEqual([400, 'CREDENTIAL_REFUSED']);
  });

  test('says of a passkey that is not known that it is not', async () => {
    const browser = await enrolled();
    const { credentialId } = browser.authenticator.credentials[0] ?? {};
    await network.database.pool.query('DELETE FROM passkey WHERE webauthn_id = $1', [credentialId]);
    expect(told(await signIn(browser))).toEqual([400, 'CREDENTIAL_UNKNOWN']);
  });
});
