/** Which passkeys a session finds: those of this device and of its accounts, and only live ones (contract §2). */

import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import type { AccountReferences } from '@payment-passkeys/protocol';
import type { TestBrowser, TestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { enrol, proofOf, startTestNetwork, type TestNetwork } from './running-network.ts';

const START = new Date('2026-11-24T12:00:00Z');
let network: TestNetwork;
let accountsMade = 0;
beforeAll(async () => {
  network = await startTestNetwork();
});
afterAll(() => network.stop());
beforeEach(() => {
  network.now = START;
});

/** A cardholder who shares no account with another one. */
function cardholder() {
  accountsMade += 1;
  const stem = `5555556${String(accountsMade).padStart(8, '0')}`;
  const pan = [...'0123456789'].map((digit) => stem + digit).find(luhn) ?? '';
  const card = { primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' };
  return { accountReferences: { cards: [card] } };
}

function luhn(digits: string): boolean {
  const sum = [...digits].toReversed().reduce((total, digit, position) => {
    const weighted = Number(digit) * (1 + (position % 2));
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
}

type Cardholder = { readonly accountReferences: AccountReferences };

async function start(who: Cardholder, browser: TestBrowser, client: TestClient = network.client) {
  const { body: session } = await client.startSession({ info: who });
  const { status, body: opened } = await browser.open(session.uri);
  expect(status).toBe(200);
  return { session, opened };
}

/** A passkey that is bound to the cardholder's accounts, on this browser's device. */
async function bound(who: Cardholder, browser: TestBrowser, client: TestClient = network.client) {
  const { session, opened } = await start(who, browser, client);
  const { redirect } = (await browser.result(browser.answer(opened))).body;
  const { status, body } = await client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
  expect(status).toBe(201);
  return { ...body, credential: browser.authenticator.credentials.at(-1)?.credentialId.toString('base64url') };
}

const allowed = (offer: { options: { allowCredentials: readonly { id: string }[] } }) =>
  offer.options.allowCredentials.map(({ id }) => id);
const excluded = (offer: { options: { excludeCredentials: readonly { id: string }[] } }) =>
  offer.options.excludeCredentials.map(({ id }) => id);

describe('a device', () => {
  test('with a passkey that is not bound yet is offered to use it: it belongs to the device from its creation', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    const first = await start(who, browser);
    await browser.result(browser.answer(first.opened));
    const second = await start(who, browser);
    expect(second.opened.scenario).toBe('USE');
    expect(second.opened.alternative.scenario).toBe('CREATE');
  });

  test("is known by its cookie, for any client's session: the passkey is the network's", async () => {
    const browser = network.browser();
    const { credential } = await bound(cardholder(), browser);
    const otherBank = await network.addClient({ clientId: 'other', consumerKey: 'other', accountRanges: ['411111'] });
    const card = { primaryAccountNumber: '4111111111111111', panExpirationMonth: '12', panExpirationYear: '2032' };
    const { session, opened } = await start({ accountReferences: { cards: [card] } }, browser, otherBank);
    expect([opened.scenario, allowed(opened)]).toEqual(['USE', [credential]]);
    const { redirect } = (await browser.result(browser.answer(opened))).body;
    const { status } = await otherBank.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
    expect(status).toBe(201);
  });

  test('has one binding for each client, and a passkey one credentialId for all', async () => {
    const browser = network.browser();
    const mine = await bound(cardholder(), browser);
    const third = await network.addClient({ clientId: 'third', consumerKey: 'third', accountRanges: ['222300'] });
    const card = { primaryAccountNumber: '2223003122003222', panExpirationMonth: '12', panExpirationYear: '2032' };
    const theirs = await bound({ accountReferences: { cards: [card] } }, browser, third);
    expect(theirs.credentialId).toBe(mine.credentialId);
    expect(theirs.bindingId).not.toBe(mine.bindingId);
  });

  test('without a cookie is offered to create, and to use what the accounts already have', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    const { credential, credentialId } = await bound(who, browser);
    browser.cookies.delete('__Host-device');
    const { opened } = await start(who, browser);
    expect(opened.scenario).toBe('CREATE');
    expect(excluded(opened)).toEqual([credential]);
    expect([opened.alternative.scenario, allowed(opened.alternative)]).toEqual(['USE', [credential]]);
    const result = await browser.result(browser.answer(opened.alternative));
    expect(result.body.redirect).toMatch(/&status=ENROLLED&/);
    // The passkey is now attached to this device.
    const next = await start(who, browser);
    expect([next.opened.scenario, allowed(next.opened)]).toEqual(['USE', [credential]]);
    expect(credentialId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('"Use a passkey I already have" with another device’s synced passkey attaches it here, and the first device keeps it', async () => {
    const authenticator = createSoftwareAuthenticator({ backupEligible: true, backedUp: true });
    const [who, phone, tablet] = [cardholder(), network.browser(authenticator), network.browser(authenticator)];
    const first = await bound(who, phone);
    const { session, opened } = await start(who, tablet);
    expect(opened.scenario).toBe('CREATE');
    const { redirect } = (await tablet.result(tablet.answer(opened.alternative))).body;
    const { body } = await network.client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
    expect([body.credentialId, body.bindingId]).toEqual([first.credentialId, first.bindingId]);
    expect((await start(who, tablet)).opened.scenario).toBe('USE');
    expect((await start(who, phone)).opened.scenario).toBe('USE');
  });

  test('"Create a new passkey" in 2B makes a second one within the same session', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    const first = await bound(who, browser);
    const { session, opened } = await start(who, browser);
    expect([opened.scenario, excluded(opened.alternative)]).toEqual(['USE', [first.credential]]);
    const other = createSoftwareAuthenticator();
    const credential = other.create({ options: opened.alternative.options, origin: network.publicUrl });
    const { redirect } = (await browser.result(credential)).body;
    const { status, body } = await network.client.bind({ ...session, proofOfAuthentication: proofOf(redirect) });
    expect(status).toBe(201);
    expect(body.credentialId).not.toBe(first.credentialId);
    expect(body.bindingId).not.toBe(first.bindingId);
    expect(allowed((await start(who, browser)).opened)).toHaveLength(2);
  });

  test('of a stranger is offered nothing of somebody else', async () => {
    await bound(cardholder(), network.browser());
    const { opened } = await start(cardholder(), network.browser());
    expect([opened.scenario, excluded(opened), opened.alternative]).toEqual(['CREATE', [], undefined]);
  });

  test("by an e-mail address or a phone number an issuer learns nothing of another bank's customers, and joins nobody's passkey", async () => {
    const [victim, stranger] = [network.browser(), network.browser()];
    const reachable = {
      emailAddresses: ['kim@mail.example'],
      mobileNumbers: [{ countryCode: '1', phoneNumber: '5550100177' }],
    };
    const { accountReferences } = cardholder();
    const { credential } = await bound({ accountReferences: { ...accountReferences, ...reachable } }, victim);
    const otherBank = await network.addClient({
      clientId: 'curious',
      consumerKey: 'curious',
      accountRanges: ['400000'],
    });
    const card = { primaryAccountNumber: '4000000000000002', panExpirationMonth: '12', panExpirationYear: '2032' };
    const theirs = { accountReferences: { cards: [card], ...reachable } };
    const { opened } = await start(theirs, stranger, otherBank);
    expect([opened.scenario, excluded(opened), opened.alternative]).toEqual(['CREATE', [], undefined]);
    expect(JSON.stringify(opened)).not.toContain(credential);
    // The other bank finds its own passkey, even by a phone number alone.
    const own = await bound(theirs, stranger, otherBank);
    const { mobileNumbers } = reachable;
    const again = {
      accountReferences: { cards: [{ ...card, primaryAccountNumber: '4000000000000010' }], mobileNumbers },
    };
    const found = await start(again, network.browser(), otherBank);
    expect(excluded(found.opened)).toEqual([own.credential]);
    // The first bank also finds its own passkey, by the e-mail address; it was bound to another card.
    const mine = await start(
      { accountReferences: { ...cardholder().accountReferences, ...reachable } },
      network.browser(),
    );
    expect([excluded(mine.opened), allowed(mine.opened.alternative)]).toEqual([[credential], [credential]]);
  });

  test('may not use a passkey that was not offered: neither its own nor its accounts’', async () => {
    const [victim, thief] = [network.browser(), network.browser()];
    await bound(cardholder(), victim);
    const who = cardholder();
    await bound(who, thief);
    const { opened } = await start(who, thief);
    const stolen = victim.authenticator.use({
      options: opened.options,
      origin: network.publicUrl,
      credentialId: victim.authenticator.credentials[0]?.credentialId,
    });
    const answer = await thief.result(stolen);
    expect([answer.status, answer.body.errordetail[0].reason]).toEqual([400, 'CREDENTIAL_REFUSED']);
  });

  test.each(['', 'x', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}=`])(
    'whose cookie is %j, none of the network’s, is a new one',
    async (cookie) => {
      const [who, browser] = [cardholder(), network.browser()];
      browser.cookies.set('__Host-device', cookie);
      const { opened } = await start(who, browser);
      expect(opened.scenario).toBe('CREATE');
      expect(browser.cookies.get('__Host-device')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    },
  );
});

describe('a passkey is live when it is not suspended, deleted or idle for 13 months', () => {
  const setStatus = (status: string, passkeyId: string) =>
    network.database.pool.query('UPDATE passkey SET status = $1 WHERE passkey_id = $2', [status, passkeyId]);

  test('that it is deleted is said to its holder only, who has proved it by the signature', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    const { credentialId } = await bound(who, browser);
    const { opened } = await start(who, browser);
    await setStatus('deleted', credentialId);
    const { origin, options } = { origin: network.publicUrl, options: opened.options };
    const forged = await browser.result(browser.authenticator.use({ options, origin, breaks: 'signature' }));
    expect([forged.status, forged.body.errordetail[0].reason]).toEqual([400, 'CREDENTIAL_REFUSED']);
  });

  test.each([
    ['suspended', 'CREDENTIAL_REFUSED'],
    ['deleted', 'CREDENTIAL_UNKNOWN'],
  ])('%s, it is neither offered nor excluded nor taken', async (status, reason) => {
    const [who, browser] = [cardholder(), network.browser()];
    const { credentialId } = await bound(who, browser);
    const { opened: before } = await start(who, browser);
    const credential = browser.answer(before);
    await setStatus(status, credentialId);
    const late = await browser.result(credential);
    expect([late.status, late.body.errordetail[0].reason]).toEqual([400, reason]);
    const { opened } = await start(who, browser);
    expect([opened.scenario, excluded(opened), opened.alternative]).toEqual(['CREATE', [], undefined]);
    await setStatus('active', credentialId);
    expect((await start(who, browser)).opened.scenario).toBe('USE');
  });

  test('13 months after its last use it is not recognised; the day before it still is', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    await bound(who, browser);
    network.now = new Date('2027-12-23T12:00:00Z');
    expect((await start(who, browser)).opened.scenario).toBe('USE');
    network.now = new Date('2027-12-24T12:00:00Z');
    const { opened } = await start(who, browser);
    expect([opened.scenario, excluded(opened), opened.alternative]).toEqual(['CREATE', [], undefined]);
  });

  test('a use begins the 13 months anew, for the passkey and the device', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    await bound(who, browser);
    network.now = new Date('2027-12-01T12:00:00Z');
    const { opened } = await start(who, browser);
    expect((await browser.result(browser.answer(opened))).status).toBe(200);
    network.now = new Date('2028-12-31T12:00:00Z');
    expect((await start(who, browser)).opened.scenario).toBe('USE');
  });

  test('a device that was idle for 13 months has forgotten its passkeys; their accounts have not', async () => {
    const authenticator = createSoftwareAuthenticator({ backupEligible: true, backedUp: true });
    const [who, phone, tablet] = [cardholder(), network.browser(authenticator), network.browser(authenticator)];
    await bound(who, phone);
    network.now = new Date('2027-12-01T12:00:00Z');
    const onTablet = await start(who, tablet);
    await tablet.result(tablet.answer(onTablet.opened.alternative));
    network.now = new Date('2027-12-24T12:00:00Z');
    const { opened } = await start(who, phone);
    expect([opened.scenario, opened.alternative?.scenario]).toEqual(['CREATE', 'USE']);
  });
});

describe('what is kept of a use', () => {
  test('a counter that goes backwards is a signal of risk, and no refusal', async () => {
    const [who, browser] = [cardholder(), network.browser()];
    const { credentialId } = await bound(who, browser);
    const { opened } = await start(who, browser);
    const behind = browser.authenticator.use({
      options: opened.options,
      origin: network.publicUrl,
      breaks: 'counter-behind',
    });
    expect((await browser.result(behind)).status).toBe(200);
    const { rows } = await network.database.pool.query('SELECT * FROM passkey WHERE passkey_id = $1', [credentialId]);
    expect(rows[0]).toMatchObject({ counter_regressions: 1 });
    const metrics = await (await fetch(`${network.address}/metrics`)).text();
    expect(metrics).toMatch(/payment_passkeys_sign_count_regressions_total [1-9]/);
  });

  test('a new passkey is stored with what was verified of it', async () => {
    const browser = network.browser(createSoftwareAuthenticator({ backupEligible: true, backedUp: true }));
    const { session } = await enrol(network, browser);
    const { rows } = await network.database.pool.query(
      'SELECT passkey.* FROM passkey JOIN session USING (passkey_id) WHERE session_id = $1',
      [session.authenticationSessionId],
    );
    expect(rows[0]).toMatchObject({
      webauthn_id: browser.authenticator.credentials[0]?.credentialId,
      algorithm: -7,
      sign_count: 1,
      attestation_format: 'none',
      attestation_trusted: false,
      backup_eligible: true,
      backed_up: true,
      transports: ['hybrid', 'internal'],
      status: 'active',
    });
    expect(rows[0].passkey_id).not.toBe(rows[0].webauthn_id.toString('base64url'));
    expect(rows[0].user_handle).toHaveLength(32);
  });

  test.each(['ES256', 'EdDSA', 'RS256'] as const)('%s passkeys are made and used', async (algorithm) => {
    const [who, browser] = [cardholder(), network.browser(createSoftwareAuthenticator({ algorithm }))];
    await bound(who, browser);
    const { opened } = await start(who, browser);
    expect((await browser.result(browser.answer(opened))).status).toBe(200);
  });
});
