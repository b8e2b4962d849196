/** The cardholder's own page and its back end (contract §17): who gets in, what is shown, and for how long. */

import type { UseFault } from '@payment-passkeys/authenticator';
import {
  type DiscoverableOptions,
  MANAGE_CHALLENGE_PATH,
  MANAGE_LEAVE_PATH,
  MANAGE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
  type ManageOverview,
  type ManageRemoval,
  PASSKEY_ENDPOINTS_PATH,
  RESULT_PATH,
} from '@payment-passkeys/protocol';
import type { TestAnswer, TestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-24T12:00:00Z');

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

/** A browser that has enrolled a passkey at the bank. */
async function enrolled(client = network.client): Promise<TestBrowser> {
  const browser = network.browser();
  const { session, proof } = await enrol(network, browser, client);
  const { authenticationSessionId } = session;
  const bound = await client.bind({ authenticationSessionId, proofOfAuthentication: proof });
  expect(bound.status).toBe(201);
  return browser;
}

async function challenge(browser: TestBrowser): Promise<DiscoverableOptions> {
  const { status, body } = await browser.post(MANAGE_CHALLENGE_PATH, {});
  expect(status).toBe(200);
  return body.options;
}

/** Answers with the first passkey of the browser's authenticator, as a cardholder who chooses it does. */
function answer(browser: TestBrowser, options: DiscoverableOptions, breaks?: UseFault) {
  const [passkey] = browser.authenticator.credentials;
  return browser.authenticator.use({
    options: { ...options, allowCredentials: [] },
    origin: network.publicUrl,
    credentialId: passkey?.credentialId,
    breaks,
  });
}

const present = (browser: TestBrowser, credential: unknown) => browser.post(MANAGE_SIGN_IN_PATH, { credential });

async function signIn(browser: TestBrowser): Promise<TestAnswer> {
  return present(browser, answer(browser, await challenge(browser)));
}

const told = ({ status, body }: TestAnswer) => [status, body.errordetail[0].reason];
const visitRows = async () => (await network.database.pool.query('SELECT * FROM manage_visit')).rows;

describe('GET /auth/passkeys/manage', () => {
  test('is the same page for everybody: never framed, never cached, its own scripts and nobody else’s', async () => {
    const browser = await enrolled();
    await signIn(browser);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const visited = await fetch(network.address + MANAGE_PATH, { headers: { cookie } });
    const response = await fetch(network.address + MANAGE_PATH);
    const html = await response.text();
    expect([response.status, await visited.text()]).toEqual([200, html]);
    const { headers } = response;
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers.getSetCookie()).toEqual([]);
    const policy = headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'", "connect-src 'self'"])
      expect(policy.split('; ')).toContain(rule);
    expect(policy).toMatch(/require-trusted-types-for 'script'; trusted-types lit-html$/);
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(html).not.toMatch(/\{\{|%[A-Z]+%|<script(?![^>]* src=)|<style|\son\w+=/);
  });

  test('is named at the well-known address of passkey endpoints, without an address to enrol', async () => {
    const response = await fetch(network.address + PASSKEY_ENDPOINTS_PATH);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ manage: network.publicUrl + MANAGE_PATH });
  });
});

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

describe('a removal', () => {
  /** Type, actor and reason of the events about a binding or a passkey. */
  async function eventsOf(id: string): Promise<readonly string[]> {
    const stored = 'SELECT type, triggered_by, data FROM outbox UNION ALL SELECT type, triggered_by, data FROM event';
    const { rows } = await network.database.pool.query(
      `SELECT concat_ws(' ', type, triggered_by, data ->> 'reasonCode') AS event FROM (${stored}) AS every
       WHERE data ->> 'bindingId' = $1 AND type LIKE 'binding.%' AND type <> 'binding.created'`,
      [id],
    );
    return rows.map(({ event }) => event);
  }

  const remove = (browser: TestBrowser, removal: ManageRemoval) => browser.post(MANAGE_REMOVAL_PATH, removal);

  test('of a bank: it is no longer among those that use the passkey, and the same call again says so again', async () => {
    const browser = await enrolled();
    const [binding] = (await signIn(browser)).body.bindings;
    for (let times = 0; times < 2; times++) {
      const { status, body } = await remove(browser, { what: 'BINDING', bindingId: binding.bindingId });
      expect([status, body.overview.bindings, body.overview.devices.length]).toEqual([200, [], 1]);
    }
    const { rowCount } = await network.database.pool.query('SELECT FROM binding_account WHERE binding_id = $1', [
      binding.bindingId,
    ]);
    expect(rowCount).toBe(0);
    expect(await eventsOf(binding.bindingId)).toEqual(['binding.deleted CARDHOLDER CARDHOLDER_REQUEST']);
  });

  test('of the passkey ends what is under way with it, and its clients hear of it', async () => {
    const browser = await enrolled();
    const { body: session } = await network.client.startSession();
    const opened = (await browser.open(session.uri)).body;
    await browser.result(browser.answer(opened));
    const [binding] = (await signIn(browser)).body.bindings;
    await remove(browser, { what: 'PASSKEY' });
    const { rows } = await network.database.pool.query('SELECT state, end_reason FROM session WHERE session_id = $1', [
      session.authenticationSessionId,
    ]);
    expect(rows).toEqual([{ state: 'failed', end_reason: 'PERMISSION_DENIED' }]);
    expect(await eventsOf(binding.bindingId)).toEqual(['binding.deleted CARDHOLDER CARDHOLDER_REQUEST']);
  });

  test('of a device: its cookie no longer stands for the passkey, which still works there', async () => {
    const browser = await enrolled();
    const [device] = (await signIn(browser)).body.devices;
    const { body } = await remove(browser, { what: 'DEVICE', appInstanceId: device.appInstanceId });
    expect([body.overview.devices, body.overview.bindings.length]).toEqual([[], 1]);
    const { body: session } = await network.client.startSession();
    const opened = (await browser.open(session.uri)).body;
    expect([opened.scenario, opened.alternative.scenario]).toEqual(['CREATE', 'USE']);
    expect((await browser.result(browser.answer(opened.alternative))).status).toBe(200);
  });

  test('of the passkey: it works nowhere any more, and every visit with it is over', async () => {
    const browser = await enrolled();
    const other = network.browser(browser.authenticator);
    await signIn(browser);
    await signIn(other);
    const { status, body, headers } = await remove(browser, { what: 'PASSKEY' });
    expect([status, body]).toEqual([200, {}]);
    expect(headers.getSetCookie().join()).toMatch(/^__Host-manage=; .*Expires=Thu, 01 Jan 1970/);
    for (const one of [browser, other])
      expect(told(await remove(one, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    expect(told(await signIn(browser))).toEqual([400, 'CREDENTIAL_UNKNOWN']);
    const { body: session } = await network.client.startSession();
    expect((await browser.open(session.uri)).body).toMatchObject({ scenario: 'CREATE' });
  });

  test('takes nothing from another passkey', async () => {
    const [mine, theirs] = [await enrolled(), await enrolled()];
    const before = (await signIn(theirs)).body;
    await signIn(mine);
    const [{ bindingId }] = before.bindings;
    const [{ appInstanceId }] = before.devices;
    for (const removal of [
      { what: 'BINDING', bindingId },
      { what: 'DEVICE', appInstanceId },
    ] as const) {
      const { status, body } = await remove(mine, removal);
      expect([status, body.overview.bindings.length, body.overview.devices.length]).toEqual([200, 1, 1]);
    }
    const { bindings, devices } = (await signIn(theirs)).body;
    expect([bindings, devices.length]).toEqual([before.bindings, 1]);
  });

  test('needs a visit: neither none, nor one that has only asked for a challenge, nor one that is over', async () => {
    const browser = await enrolled();
    expect(told(await remove(browser, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    await challenge(browser);
    browser.cookies.set('__Host-manage', browser.cookies.get('__Host-manage-challenge') ?? '');
    expect(told(await remove(browser, { what: 'PASSKEY' }))).toEqual([401, 'ACCESS_DENIED']);
    await signIn(browser);
    const cookie = `__Host-manage=${browser.cookies.get('__Host-manage')}`;
    await browser.post(MANAGE_LEAVE_PATH, {});
    const late = await browser.post(MANAGE_REMOVAL_PATH, { what: 'PASSKEY' }, { cookie });
    expect(told(late)).toEqual([401, 'ACCESS_DENIED']);
  });

  test.each([{}, { what: 'BINDING' }, { what: 'DEVICE', bindingId: 'b' }, { what: 'ALL' }, null, []])(
    '%j is none',
    async (body) => expect((await (await enrolled()).post(MANAGE_REMOVAL_PATH, body)).status).toBe(400),
  );
});

describe('the visit', () => {
  test('lasts five minutes', async () => {
    const browser = await enrolled();
    const [binding] = (await signIn(browser)).body.bindings;
    const remove = () => browser.post(MANAGE_REMOVAL_PATH, { what: 'BINDING', bindingId: binding.bindingId });
    network.now = new Date(START.getTime() + 300_000);
    expect(told(await remove())).toEqual([401, 'ACCESS_DENIED']);
    network.now = new Date(START.getTime() + 299_000);
    expect((await remove()).body.overview.secondsLeft).toBe(1);
  });

  test('ends with "Done": its row is gone, and the cookie too', async () => {
    const browser = await enrolled();
    await network.database.pool.query('TRUNCATE manage_visit');
    await signIn(browser);
    expect(await visitRows()).toMatchObject([{ challenge: null }]);
    const { status, headers } = await browser.post(MANAGE_LEAVE_PATH, {});
    expect(status).toBe(200);
    expect(headers.getSetCookie().join()).toMatch(/^__Host-manage=; .*Expires=Thu, 01 Jan 1970/);
    expect(await visitRows()).toEqual([]);
    expect((await browser.post(MANAGE_LEAVE_PATH, {})).status).toBe(200);
  });

  test('is deleted when it is over, and so is a challenge that nobody has answered', async () => {
    await network.database.pool.query('TRUNCATE manage_visit');
    await challenge(network.browser());
    await signIn(await enrolled());
    network.now = new Date(START.getTime() + 300_000);
    await sweep({ pool: network.database.pool, clock: () => network.now });
    expect(await visitRows()).toHaveLength(2);
    network.now = new Date(START.getTime() + 361_000);
    await sweep({ pool: network.database.pool, clock: () => network.now });
    expect(await visitRows()).toEqual([]);
  });
});

test.each([MANAGE_CHALLENGE_PATH, MANAGE_SIGN_IN_PATH, MANAGE_REMOVAL_PATH, MANAGE_LEAVE_PATH])(
  '%s is called from the page only: any other Origin, site or content type is refused',
  async (path) => {
    const browser = network.browser();
    for (const origin of [undefined, 'null', 'https://other.example', 'http://verify.localhost:4001'])
      expect(told(await browser.post(path, {}, { origin }))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    for (const site of ['cross-site', 'same-site', 'none'])
      expect(told(await browser.post(path, {}, { 'sec-fetch-site': site }))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
      expect(told(await browser.post(path, {}, { 'content-type': type }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(browser.cookies.size).toBe(0);
  },
);
