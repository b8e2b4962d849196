/**
 * The canary: marked account references pass through every input and output of the network, at debug log level. Then they are searched for,
 * in clear or encoded, in log lines, answers with headers, deliveries of events, addresses, metrics, traces, and every table by COPY
 * (`canary-search.ts`).
 */
import { join } from 'node:path';
import {
  type CreateFault,
  confirmPayment,
  createSoftwareAuthenticator,
  type UseFault,
} from '@payment-passkeys/authenticator';
import {
  AUTHENTICATORS_PATH,
  END_REASONS,
  eventsPath,
  MANAGE_CHALLENGE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
  OPEN_PATH,
  RESULT_PATH,
  SESSIONS_PATH,
} from '@payment-passkeys/protocol';
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildSessionInfo,
  buildTransaction,
  reportAssertion,
  startInstrument,
  startPayment,
} from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { resumeClient, suspendClient } from '../src/domain/clients/store.ts';
import { listEndpoints } from '../src/domain/events/deliveries.ts';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { createCourier } from '../src/process/courier.ts';
import { clearOut, sweep } from '../src/process/housekeeping.ts';
import { bySetUp } from './by-set-up.ts';
import { accountReferences, MARKS, oneCard, PANS, payloadsToRefuse } from './canary-accounts.ts';
import { copyTables, findMarks } from './canary-marks.ts';
import { createRecord, type RecordedNetwork } from './canary-record.ts';
import { describeSearch } from './canary-search.ts';
import { openTestConsole } from './console-caller.ts';
import { act, ofPan, replaceCard, replacementOf, searchFor } from './lifecycle.ts';
import { proofOf, type TestNetwork } from './running-network.ts';
import type { TestShop } from './shop.ts';

const record = createRecord();
const { logLines, toLog, answers, addresses, deliveries } = record;
let recorded: RecordedNetwork;
let at: TestShop;
let network: TestNetwork;

beforeAll(async () => {
  recorded = await record.start();
  at = recorded.at;
  network = at.network;
});
afterAll(() => recorded.stop());

const info = (changes: Record<string, unknown> = {}) => ({
  ...buildSessionInfo(network.now, { accountReferences }),
  ...changes,
});

async function open() {
  const { body: session } = await network.client.sendInfo(info());
  const browser = network.browser();
  return { session, browser, opened: (await browser.open(session.uri)).body };
}

async function enrolMarked() {
  const { session, browser, opened } = await open();
  const credential = browser.answer(opened);
  const { redirect } = (await browser.result(credential)).body;
  addresses.push(session.uri, redirect);
  return { session, browser, credential, proofOfAuthentication: proofOf(redirect) };
}

describe('every way', () => {
  test('of a success: created, repeated, bound, bound again, used on this device, found from another one', async () => {
    const { session, browser, credential, proofOfAuthentication } = await enrolMarked();
    expect((await browser.result(credential)).status).toBe(200);
    const { authenticationSessionId } = session;
    expect((await network.client.bind({ authenticationSessionId, proofOfAuthentication })).status).toBe(201);
    expect((await network.client.bind({ authenticationSessionId, proofOfAuthentication })).status).toBe(200);
    const again = (await network.client.sendInfo(info())).body;
    const used = (await browser.open(again.uri)).body;
    expect(used.scenario).toBe('USE');
    expect((await browser.result(browser.answer(used))).status).toBe(200);
    const { opened } = await open();
    expect(opened.alternative.scenario).toBe('USE');
  });

  test('of a Sessions call that is refused', async () => {
    const payloads = payloadsToRefuse(info, network.now);
    for (const payload of payloads) expect((await network.client.sendInfo(payload)).status).toBeGreaterThanOrEqual(400);
    const [outer, plain] = [JSON.stringify({ srcSessionInitiationRequestInfo: info() }), MARKS.join(' ')];
    for (const body of [outer, plain, `{"${PANS[0]}":`]) {
      expect((await network.client.send({ path: SESSIONS_PATH, body })).status).toBe(400);
      expect((await network.client.send({ path: SESSIONS_PATH, body, authorization: 'OAuth x' })).status).toBe(403);
      expect((await network.client.send({ path: AUTHENTICATORS_PATH, body })).status).toBe(400);
    }
    // The name of a member may be a mark, too.
    for (const mark of MARKS) {
      const named = JSON.stringify({ [mark]: { [mark]: { cvv: '1' } } });
      for (const path of [SESSIONS_PATH, AUTHENTICATORS_PATH]) {
        expect((await network.client.send({ path, body: named })).status).toBe(400);
        expect((await network.client.send({ path, body: JSON.stringify({ [mark]: mark }) })).status).toBe(400);
      }
      expect((await network.browser().post(OPEN_PATH, { [mark]: { cvv: 1 } })).status).toBe(400);
      expect((await network.client.sendInfo(info({ [mark]: mark, consents: mark }))).status).toBe(201);
    }
    // A member that the contract does not have is not an error, and is not stored.
    expect((await network.client.sendInfo(info({ locale: 'kanari.7f3a@nest.example' }))).status).toBe(201);
    expect((await network.client.sendInfo(info({ note: MARKS, more: { pan: PANS[0] } }))).status).toBe(201);
    const encrypted = await network.client.encrypt(info());
    const extra = { srcSessionInitiationRequestInfo: { encryptedData: encrypted, clear: MARKS }, clear: MARKS };
    expect((await network.client.send({ path: SESSIONS_PATH, body: JSON.stringify(extra) })).status).toBe(201);
  });

  test('of addresses with a mark, signed with another key: the sandbox tells the client the base string, and keeps none of it', async () => {
    const [asked, answered] = [addresses.length, answers.length];
    const { consumerKey } = network.client.registration;
    for (const mark of MARKS.map(encodeURIComponent)) {
      const path = `${SESSIONS_PATH}/${mark}?account=${mark}&${mark}=1`;
      const signed = await at.shop.sign(path, '', 'GET');
      const forged = signed.replace(
        /oauth_consumer_key="[^"]*"/,
        `oauth_consumer_key="${encodeURIComponent(consumerKey)}"`,
      );
      expect((await network.client.read(path, forged)).status).toBe(403);
      expect((await network.client.read(path)).status).toBe(400);
    }
    addresses.splice(asked);
    const kept = await vi.waitFor(
      async () => {
        const content = (await copyTables(network.database.url)).get('sandbox_recorded_request') ?? '';
        expect(content).toContain('account=*');
        return content;
      },
      { timeout: 60_000, interval: 100 },
    );
    expect(findMarks(kept, MARKS)).toEqual([]);
    answers.splice(answered); // removes the answers with a base string, which contains the sent address
  });

  test.each(END_REASONS)('of an end: %s', async (reason) => {
    const { browser } = await open();
    addresses.push((await browser.end(reason)).body.redirect);
  });

  test('of a ceremony that is refused, by each fault', async () => {
    const creations: CreateFault[] = [
      'wrong-origin',
      'wrong-challenge',
      'user-not-verified',
      'algorithm-not-offered',
      'client-data-not-json',
    ];
    for (const breaks of creations) {
      const { browser, opened } = await open();
      const { options } = opened;
      const credential = createSoftwareAuthenticator().create({ options, origin: network.publicUrl, breaks });
      expect((await browser.result(credential)).status).toBe(400);
    }
    const { browser } = await enrolMarked();
    const uses: UseFault[] = ['signature', 'other-key', 'wrong-rp-id', 'counter-behind'];
    for (const breaks of uses) {
      const { body: session } = await network.client.sendInfo(info());
      const { options } = (await browser.open(session.uri)).body;
      const credential = browser.authenticator.use({ options, origin: network.publicUrl, breaks });
      expect((await browser.result(credential)).status).toBe(breaks === 'counter-behind' ? 200 : 400);
    }
    expect((await browser.post(RESULT_PATH, { credential: { id: PANS[0], note: MARKS } })).status).toBe(400);
    expect((await browser.post(RESULT_PATH, Buffer.from(MARKS.join(',')))).status).toBe(400);
  });

  test('of a page that is asked for wrongly, and of addresses that nobody has', async () => {
    const { body: session } = await network.client.sendInfo(info());
    const browser = network.browser();
    expect((await browser.open(session.uri, { clientId: 'other' })).status).toBe(404);
    expect((await browser.open(session.uri.replace(/#.*/, `#${'a'.repeat(43)}`))).status).toBe(401);
    expect(
      (await browser.open(session.uri, { locale: MARKS[4], callbackUri: `https://other.example/?${PANS[0]}` })).status,
    ).toBe(200);
    // These addresses contain marks because the test itself puts them there; they are taken out of `addresses` again.
    const asked = addresses.length;
    for (const path of [
      `/${PANS[0]}`,
      `/auth/passkeys?clientId=${PANS[0]}&locale=${MARKS[4]}`,
      `/auth/passkeys/${MARKS[4]}`,
    ]) {
      await fetch(network.address + path);
      await fetch(network.address + path, { method: 'POST', body: MARKS.join() });
    }
    addresses.splice(asked);
  });

  test('of a client that is suspended, a session whose time is up, a proof that is too old', async () => {
    const waiting = await open();
    const enrolled = await enrolMarked();
    await suspendClient(network.database.pool, 'test-bank', bySetUp(network.now));
    expect((await network.client.sendInfo(info())).status).toBe(403);
    expect((await waiting.browser.end('USER_CANCELLATION')).status).toBe(403);
    await resumeClient(network.database.pool, 'test-bank', bySetUp(network.now));
    network.now = new Date(network.now.getTime() + 16 * 60_000);
    expect((await waiting.browser.end('USER_CANCELLATION')).status).toBe(401);
    const { session, proofOfAuthentication } = enrolled;
    expect((await network.client.bind({ ...session, proofOfAuthentication })).status).toBe(400);
    await sweep(network.running.network);
  });

  test('of a merchant: a passkey made at the shop by way of the issuer, a payment approved, one confirmed at the shop, one refused', async () => {
    const { shop, issuer } = at;
    const browser = network.browser();
    const { body: session } = await startInstrument(shop, buildInstrumentInfo({ accountReferences: oneCard }));
    await browser.open(session.uri);
    const { redirect } = (await browser.consent()).body;
    addresses.push(session.uri, redirect);
    const { claims } = await issuer.read(redirect);
    const back = await issuer.answer(claims.jti);
    addresses.push(back);
    const returned = await browser.visit(back);
    addresses.push(returned.headers.get('location') ?? '');
    const opened = (await browser.open(session.uri)).body; // the ceremony cookie opens it: the token is already consumed
    const made = (await browser.result(browser.answer(opened))).body;
    addresses.push(made.redirect);
    const { authenticationSessionId } = session;
    expect((await shop.bind({ authenticationSessionId, proofOfAuthentication: proofOf(made.redirect) })).status).toBe(
      201,
    );

    const pay = () =>
      startPayment(shop, buildPaymentInfo({ accountReferences: oneCard, transaction: buildTransaction() }));
    const { body: payment } = await pay();
    const result = await browser.result(browser.answer((await browser.open(payment.uri)).body));
    expect(result.status).toBe(200);
    addresses.push(payment.uri, result.body.redirect);
    const { body: atShop } = await pay();
    const { authenticator } = browser;
    const offer = atShop.securePaymentConfirmation;
    if (offer !== undefined) {
      const origin = 'http://shop.localhost:4002';
      const credential = confirmPayment({
        authenticator,
        offer,
        origin,
        lie: (said) => ({ ...said, origin: 'https://other.example' }),
      });
      const report = await reportAssertion(shop, atShop.authenticationSessionId, { outcome: 'ACCEPTED', credential });
      expect(report.status).toBe(400);
    }
    expect((await startPayment(shop, { ...buildPaymentInfo(), accountReferences })).status).toBe(400);
  });

  test('of bindings that are searched, suspended, resumed and deleted, and of a replaced card', async () => {
    const { client } = network;
    const [mobileNumber] = accountReferences.mobileNumbers;
    if (mobileNumber === undefined) throw new Error('There is a mobile number.');
    const references = [ofPan(PANS[0]), { emailAddress: 'kanari.7f3a@nest.example' }, { mobileNumber }];
    for (const account of references) {
      expect((await searchFor(client, { account })).body.bindings.length).toBeGreaterThan(0);
      for (const action of ['SUSPEND', 'RESUME'] as const)
        expect((await act(client, action, { account })).status).toBe(200);
      expect((await act(at.shop, 'SUSPEND', { account: ofPan(PANS[1]) })).status).toBe(404);
    }
    expect((await searchFor(client, { account: { ...references[0], ...references[1] } })).status).toBe(400);
    expect((await searchFor(client, { bindingId: PANS[0] })).body.bindings).toEqual([]);
    expect((await act(client, 'SUSPEND', { bindingId: MARKS[4] ?? '' })).status).toBe(404);
    expect((await act(client, 'SUSPEND', { account: ofPan(PANS[0]) }, MARKS[4])).status).toBe(400);
    expect((await replaceCard(client, replacementOf(PANS[0], PANS[0]))).status).toBe(400);
    expect((await replaceCard(client, { ...replacementOf(PANS[0], PANS[1]), note: MARKS })).status).toBe(200);
    expect((await act(at.shop, 'DELETE', { account: ofPan(PANS[1]) })).status).toBe(200);
  });

  test('of the cardholder’s own page: signed in, a bank and a device removed, refused with marks', async () => {
    const { session, browser, proofOfAuthentication } = await enrolMarked();
    const { authenticationSessionId } = session;
    await network.client.bind({ authenticationSessionId, proofOfAuthentication });
    const { body: asked } = await browser.post(MANAGE_CHALLENGE_PATH, {});
    const [passkey] = browser.authenticator.credentials;
    const credential = browser.authenticator.use({
      options: { ...asked.options, allowCredentials: [] },
      origin: network.publicUrl,
      credentialId: passkey?.credentialId,
    });
    const { status, body } = await browser.post(MANAGE_SIGN_IN_PATH, { credential });
    expect(status).toBe(200);
    for (const mark of MARKS) {
      for (const removal of [
        { what: 'BINDING', bindingId: mark },
        { what: 'DEVICE', appInstanceId: mark },
      ])
        expect((await browser.post(MANAGE_REMOVAL_PATH, removal)).status).toBe(200);
      expect((await browser.post(MANAGE_SIGN_IN_PATH, { credential: { id: mark } })).status).toBe(400);
      expect((await browser.post(MANAGE_REMOVAL_PATH, { what: mark, [mark]: mark })).status).toBe(400);
    }
    const [{ bindingId }] = body.bindings;
    expect((await browser.post(MANAGE_REMOVAL_PATH, { what: 'BINDING', bindingId })).status).toBe(200);
    expect((await browser.post(MANAGE_REMOVAL_PATH, { what: 'PASSKEY' })).status).toBe(200);
  });

  test('of a database that refuses the row: it says so with the row, and nobody repeats it', async () => {
    const { pool } = network.database;
    await pool.query(`ALTER TABLE session ADD COLUMN canary text DEFAULT 'kanari.7f3a@nest.example'`);
    await pool.query('ALTER TABLE session ADD CONSTRAINT no_more CHECK (canary IS NULL) NOT VALID');
    expect((await network.client.sendInfo(info())).status).toBe(500);
    await pool.query('ALTER TABLE session DROP COLUMN canary');
    expect(logLines.join('\n')).toContain('"code":"23514"');
    expect(logLines.join('\n')).not.toContain('Failing row');
  });

  test('of a rotation, and of housekeeping', async () => {
    await rotateKeys({ folder: join(network.dataDir, 'keys'), mode: 'sandbox', now: network.now });
    await network.running.network.keys.refresh();
    network.now = new Date(network.now.getTime() + 11 * 60_000);
    await enrolMarked();
    await clearOut(network.running.network);
  });

  test('of an operator who types each kind of account at the console, and suspends and deletes what is found', async () => {
    const { session, proofOfAuthentication } = await enrolMarked();
    expect((await network.client.bind({ ...session, proofOfAuthentication })).status).toBe(201);
    const atConsole = await openTestConsole(network, { approvals: false, logStream: toLog });
    const operator = await atConsole.operator('OPERATOR');
    const call = async (path: string, body: object) => {
      const answer = await operator.call('POST', path, body);
      answers.push(JSON.stringify(answer.body));
      return answer;
    };
    const typed = [
      ...PANS.map((primaryAccountNumber) => ({ primaryAccountNumber })),
      { primaryAccountNumber: '5555 5555 5555 4444' },
      { primaryAccountNumber: '5555555555554445' },
      { emailAddress: 'kanari.7f3a@nest.example' },
      { mobileNumber: accountReferences.mobileNumbers[0] },
      { emailAddress: 'kanari.7f3a@nest.example', mobileNumber: accountReferences.mobileNumbers[0] },
    ];
    for (const account of typed) await call('/api/passkeys/search', { account });
    await call('/api/passkeys/search', { id: PANS[0] });
    const { body: found } = await call('/api/passkeys/search', { account: { primaryAccountNumber: PANS[0] } });
    const path = `/api/passkeys/${found.items[0].credentialId}`;
    for (const action of ['suspend', 'resume', 'delete'])
      expect((await call(`${path}/${action}`, { reasonCode: 'DEVICE_STOLEN' })).status).toBe(200);
    answers.push((await (await atConsole.operator('AUDITOR')).call('GET', '/api/audit/export')).body);
    await atConsole.close();
  });
});

describe('every event', () => {
  test('is read by the bank and by the shop, and posted to their webhooks', async () => {
    const types = new Set<string>();
    for (const client of [network.client, at.shop]) {
      const { status, body } = await client.read(eventsPath({ limit: 500 }));
      expect(status).toBe(200);
      for (const { type } of body.events) types.add(type);
    }
    expect([...types].toSorted()).toEqual([
      'binding.created',
      'binding.deleted',
      'binding.resumed',
      'binding.suspended',
      'binding.updated',
      'passkey.deleted',
      'payment.approved',
      'session.ended',
    ]);
    // The network's own courier delivers as well, so it may still be making some attempts.
    const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
    const courier = createCourier({ ...network.running.network, log });
    await vi.waitFor(
      async () => {
        network.now = new Date(network.now.getTime() + 60_000); // an attempt that failed is due again
        await courier.work();
        await courier.settled();
        for (const { waiting, dead } of await listEndpoints(network.database.pool))
          expect([waiting, dead]).toEqual([0, 0]);
      },
      { timeout: 60_000, interval: 100 },
    );
    await courier.stop();
    for (const type of types) expect(deliveries.join('\n')).toContain(`"type":"${type}"`);
  });
});

describeSearch({ record, recorded: () => recorded, open });
