/** Who gets into the console (contract §18): invitations, sign-in, console sessions, fresh confirmation. */

import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { addSeconds } from '@payment-passkeys/protocol';
import {
  CONFIRMATION_SECONDS,
  CONSOLE_IDLE_SECONDS,
  CONSOLE_SESSION_SECONDS,
  INVITATION_ACCEPT_PATH,
  INVITATION_OPEN_PATH,
  INVITATION_SECONDS,
  ME_PATH,
  OPERATORS_PATH,
  SIGN_IN_OPTIONS_PATH,
  SIGN_IN_PATH,
  SIGN_OUT_PATH,
} from '@payment-passkeys/protocol/console';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inviteFirstOperator } from '../src/domain/operators/invitations.ts';
import { sweep } from '../src/process/housekeeping.ts';
import {
  type ConsoleBrowser,
  consoleOf,
  createConsoleBrowser,
  invite,
  joined,
  told,
  WITH_CONSOLE,
} from './console-browser.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { readTrail } from './stored-audit.ts';

const START = new Date('2026-11-28T10:32:00Z');

let network: TestNetwork;
beforeAll(async () => {
  network = await startTestNetwork(WITH_CONSOLE, START);
});
afterAll(() => network.stop());
beforeEach(async () => {
  network.now = START;
  await network.database.pool.query('TRUNCATE operator, operator_attempt CASCADE');
});

const after = (seconds: number) => {
  network.now = addSeconds(network.now, seconds);
};
const me = async (browser: ConsoleBrowser) => (await browser.call('GET', ME_PATH)).body;
const rows = async (table: string) => (await network.database.pool.query(`SELECT * FROM ${table}`)).rows;
const NO_INVITATION = [404, 'INVITATION_NOT_FOUND'];
const REFUSED = [401, 'SIGN_IN_REFUSED'];
const SIGNED_OUT = [401, 'SIGNED_OUT'];

describe('an invitation', () => {
  test('makes an operator with a passkey, who is signed in and has confirmed', async () => {
    const browser = createConsoleBrowser(network);
    const { status, body, headers } = await browser.accept(await invite(network, 'SUPPORT', 'Sam'));
    expect([status, body]).toEqual([
      200,
      { operator: { operatorId: expect.any(String), name: 'Sam', role: 'SUPPORT' } },
    ]);
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-console=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/),
    ]);
    expect(await me(browser)).toEqual({
      operator: { ...body.operator, signsInBy: 'PASSKEY' },
      mode: 'sandbox',
      networkName: expect.any(String),
      approvals: false,
      oidc: false,
      confirmedUntil: addSeconds(START, CONFIRMATION_SECONDS).toISOString(),
      signedInUntil: addSeconds(START, CONSOLE_SESSION_SECONDS).toISOString(),
    });
  });

  test('asks for a discoverable passkey with user verification, on any authenticator and not for payments', async () => {
    const token = await invite(network, 'SUPPORT');
    const { body } = await createConsoleBrowser(network).call('POST', INVITATION_OPEN_PATH, { token });
    expect(body.options).toMatchObject({
      rp: { id: 'console.localhost' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      extensions: { credProps: true },
    });
    expect(body.options.authenticatorSelection).not.toHaveProperty('authenticatorAttachment');
    expect(body.options.extensions).not.toHaveProperty('payment');
  });

  test('is used once: of many browsers at the same time, one becomes the operator', async () => {
    const token = await invite(network, 'ADMINISTRATOR');
    const { url: origin } = consoleOf(network);
    const browser = createConsoleBrowser(network);
    const { body } = await browser.call('POST', INVITATION_OPEN_PATH, { token });
    const takers = Array.from({ length: 8 }, () => createSoftwareAuthenticator());
    const answers = await Promise.all(
      takers.map((taker) => {
        const credential = taker.create({ options: body.options, origin });
        return createConsoleBrowser(network).call('POST', INVITATION_ACCEPT_PATH, { token, credential });
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(7);
    expect(await rows('operator')).toHaveLength(1);
    expect(told(await browser.accept(token))).toEqual(NO_INVITATION);
  });

  test('has expired after fifteen minutes, also if it was opened before', async () => {
    const token = await invite(network, 'SUPPORT');
    const browser = createConsoleBrowser(network);
    const { body } = await browser.call('POST', INVITATION_OPEN_PATH, { token });
    const credential = browser.authenticator.create({ options: body.options, origin: consoleOf(network).url });
    after(INVITATION_SECONDS);
    expect(told(await browser.call('POST', INVITATION_ACCEPT_PATH, { token, credential }))).toEqual(NO_INVITATION);
    expect(told(await browser.accept(token))).toEqual(NO_INVITATION);
    expect(await rows('operator')).toEqual([]);
  });

  test('of another token, or with a passkey without user verification, makes nobody an operator', async () => {
    const token = await invite(network, 'SUPPORT');
    const browser = createConsoleBrowser(network);
    expect(told(await browser.accept('A'.repeat(43)))).toEqual(NO_INVITATION);
    const { body } = await browser.call('POST', INVITATION_OPEN_PATH, { token });
    const credential = browser.authenticator.create({
      options: body.options,
      origin: consoleOf(network).url,
      breaks: 'user-not-verified',
    });
    expect(told(await browser.call('POST', INVITATION_ACCEPT_PATH, { token, credential }))).toEqual(REFUSED);
    expect(await rows('operator')).toEqual([]);
  });

  test('leaves its token nowhere in the database', async () => {
    const token = await invite(network, 'SUPPORT');
    const stored = JSON.stringify([await rows('operator_invitation'), await readTrail(network.database.pool)]);
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
  });

  test('for the first operator is made only while there is none', async () => {
    const uri = await inviteFirstOperator(network.running.network);
    expect(uri).toMatch(/^http:\/\/console\.localhost:4003\/invitation#[\w-]{43}$/);
    const browser = createConsoleBrowser(network);
    const { body } = await browser.accept(new URL(uri ?? '').hash.slice(1));
    expect(body.operator.role).toBe('ADMINISTRATOR');
    expect(await inviteFirstOperator(network.running.network)).toBeUndefined();
  });
});

describe('signing in', () => {
  test('with the passkey begins a session under a new id, and ends the one before in this browser', async () => {
    const browser = await joined(network, 'OPERATOR', 'Olive');
    const before = browser.cookies.get('__Host-console');
    after(60);
    const { status, body } = await browser.signIn();
    expect([status, body.operator.name]).toEqual([200, 'Olive']);
    const now = browser.cookies.get('__Host-console');
    expect(now).not.toBe(before);
    expect(await rows('operator_session')).toHaveLength(1);
    browser.cookies.set('__Host-console', before ?? '');
    expect(await me(browser)).not.toHaveProperty('operator');
  });

  test('does not take over a session id that somebody else has put into the browser', async () => {
    const browser = await joined(network, 'SUPPORT');
    const planted = 'P'.repeat(43);
    browser.cookies.set('__Host-console', planted);
    await browser.signIn();
    expect(browser.cookies.get('__Host-console')).not.toBe(planted);
    const attacker = createConsoleBrowser(network);
    attacker.cookies.set('__Host-console', planted);
    expect(await me(attacker)).not.toHaveProperty('operator');
  });

  test('needs the browser that asked, and its challenge once and in time', async () => {
    const browser = await joined(network, 'SUPPORT');
    const { url: origin } = consoleOf(network);
    const answer = async () => {
      const { body } = await browser.call('POST', SIGN_IN_OPTIONS_PATH, {});
      const [passkey] = browser.authenticator.credentials;
      const options = { ...body.options, allowCredentials: [] };
      return { credential: browser.authenticator.use({ options, origin, credentialId: passkey?.credentialId }) };
    };
    const elsewhere = createConsoleBrowser(network);
    expect(told(await elsewhere.call('POST', SIGN_IN_PATH, await answer()))).toEqual(REFUSED);
    const late = await answer();
    after(301);
    expect(told(await browser.call('POST', SIGN_IN_PATH, late))).toEqual(REFUSED);
    const once = await answer();
    const attempt = browser.cookies.get('__Host-console-attempt') ?? '';
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        browser.call('POST', SIGN_IN_PATH, once, { cookie: `__Host-console-attempt=${attempt}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test.each(['signature', 'user-not-verified', 'other-key'] as const)('is refused: %s', async (breaks) => {
    const browser = await joined(network, 'SUPPORT');
    browser.cookies.clear();
    expect(told(await browser.signIn(breaks))).toEqual(REFUSED);
    expect(browser.cookies.has('__Host-console')).toBe(false);
  });

  test("is refused with a cardholder's passkey, in the same words as with an unknown one", async () => {
    const cardholder = network.browser();
    await enrol(network, cardholder);
    const [passkey] = cardholder.authenticator.credentials;
    const browser = createConsoleBrowser(network, cardholder.authenticator);
    const { body } = await browser.call('POST', SIGN_IN_OPTIONS_PATH, {});
    const options = { ...body.options, rpId: 'verify.localhost', allowCredentials: [] };
    const credential = cardholder.authenticator.use({
      options,
      origin: network.publicUrl,
      credentialId: passkey?.credentialId,
    });
    const refused = await browser.call('POST', SIGN_IN_PATH, { credential });
    expect(told(refused)).toEqual(REFUSED);
  });

  test('is written to the audit trail, and says when it was last', async () => {
    const browser = await joined(network, 'ADMINISTRATOR', 'Ada');
    after(60);
    await browser.signIn();
    expect(await readTrail(network.database.pool)).toContainEqual(
      expect.objectContaining({
        action: 'operator.signed-in',
        actor: { kind: 'OPERATOR', id: browser.operatorId, name: 'Ada' },
        subject_id: browser.operatorId,
      }),
    );
    const { body } = await browser.call('GET', OPERATORS_PATH);
    expect(body.items[0].lastSignedInAt).toBe(network.now.toISOString());
  });
});

describe('a console session', () => {
  const isSignedIn = async (browser: ConsoleBrowser) => (await me(browser)).operator !== undefined;

  test('is over fifteen minutes after its last use', async () => {
    const browser = await joined(network, 'AUDITOR');
    for (let turn = 0; turn < 3; turn++) {
      after(CONSOLE_IDLE_SECONDS - 1);
      expect(await isSignedIn(browser)).toBe(true);
    }
    after(CONSOLE_IDLE_SECONDS);
    expect(await isSignedIn(browser)).toBe(false);
    expect(told(await browser.call('GET', OPERATORS_PATH))).toEqual(SIGNED_OUT);
  });

  test('is not kept alive by calls that a page makes without its operator', async () => {
    const browser = await joined(network, 'AUDITOR');
    after(CONSOLE_IDLE_SECONDS - 60);
    expect((await browser.call('GET', OPERATORS_PATH, undefined, { 'x-background': '1' })).status).toBe(200);
    after(60);
    expect(told(await browser.call('GET', OPERATORS_PATH))).toEqual(SIGNED_OUT);
  });

  test('is over after eight hours, however much it is used', async () => {
    const browser = await joined(network, 'AUDITOR');
    for (let used = 0; used < CONSOLE_SESSION_SECONDS - 600; used += 600) {
      after(600);
      expect(await isSignedIn(browser)).toBe(true);
    }
    after(600);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('is over for the server too after signing out', async () => {
    const browser = await joined(network, 'AUDITOR');
    const secret = browser.cookies.get('__Host-console') ?? '';
    expect((await browser.call('POST', SIGN_OUT_PATH, {})).status).toBe(200);
    expect(browser.cookies.has('__Host-console')).toBe(false);
    browser.cookies.set('__Host-console', secret);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('leaves nothing behind when it is over', async () => {
    const browser = await joined(network, 'AUDITOR');
    await invite(network, 'SUPPORT');
    await browser.call('POST', SIGN_IN_OPTIONS_PATH, {});
    after(CONSOLE_IDLE_SECONDS + 61);
    await sweep({ pool: network.database.pool, clock: () => network.now });
    const left = await Promise.all(['operator_session', 'operator_invitation', 'operator_attempt'].map(rows));
    expect(left.flat()).toEqual([]);
  });
});

describe('a fresh confirmation', () => {
  const inviteBy = (browser: ConsoleBrowser) =>
    browser.call('POST', `${OPERATORS_PATH}/invitations`, { name: 'Sam', role: 'SUPPORT' });
  const NEEDED = [403, 'CONFIRMATION_REQUIRED'];

  test('is good for five minutes after the passkey was used', async () => {
    const browser = await joined(network, 'ADMINISTRATOR');
    expect((await inviteBy(browser)).status).toBe(200);
    after(CONFIRMATION_SECONDS);
    expect(told(await inviteBy(browser))).toEqual(NEEDED);
    const { status, body } = await browser.confirm();
    expect([status, body]).toEqual([
      200,
      { confirmedUntil: addSeconds(network.now, CONFIRMATION_SECONDS).toISOString() },
    ]);
    expect((await inviteBy(browser)).status).toBe(200);
  });

  test('is not given by a broken signature, nor by the passkey of another operator', async () => {
    const [browser, other] = [await joined(network, 'ADMINISTRATOR'), await joined(network, 'ADMINISTRATOR')];
    after(CONFIRMATION_SECONDS);
    expect(told(await browser.confirm('signature'))).toEqual(REFUSED);
    const { body } = await browser.call('POST', '/api/confirm/options', {});
    const [passkey] = other.authenticator.credentials;
    const credential = other.authenticator.use({
      options: body.options,
      origin: consoleOf(network).url,
      credentialId: passkey?.credentialId,
    });
    expect(told(await browser.call('POST', '/api/confirm', { credential }))).toEqual(REFUSED);
    expect(told(await inviteBy(browser))).toEqual(NEEDED);
  });

  test('is not given by an answer to the challenge of a sign-in', async () => {
    const browser = await joined(network, 'ADMINISTRATOR');
    after(CONFIRMATION_SECONDS);
    const { body } = await browser.call('POST', SIGN_IN_OPTIONS_PATH, {});
    const [passkey] = browser.authenticator.credentials;
    const options = { ...body.options, allowCredentials: [] };
    const { url: origin } = consoleOf(network);
    const credential = browser.authenticator.use({ options, origin, credentialId: passkey?.credentialId });
    expect(told(await browser.call('POST', '/api/confirm', { credential }))).toEqual(REFUSED);
  });
});
