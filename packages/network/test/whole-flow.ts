/** The main steps of a network on a database server: the same for every supported server. */
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { eventsPath, MERCHANTS_PATH, merchantPath } from '@payment-passkeys/protocol';
import {
  ageSessionPath,
  EXAMINATIONS_PATH,
  examinationEndPath,
  examinationPath,
} from '@payment-passkeys/protocol/sandbox';
import { buildPaymentInfo, buildTransaction, TEST_MERCHANT, type TestClient } from '@payment-passkeys/testkit';
import { expect } from 'vitest';
import { readActivity } from '../src/domain/activity/store.ts';
import { chooseWindow } from '../src/domain/activity/window.ts';
import { exportTrail } from '../src/domain/audit/trail.ts';
import { verifyTrail } from '../src/domain/audit/verification.ts';
import { deletePasskey } from '../src/domain/bindings/passkey-deletion.ts';
import { findPasskeysOfAccount } from '../src/domain/bindings/passkey-search.ts';
import { runRetention } from '../src/domain/retention/pass.ts';
import { searchSessions } from '../src/domain/session-search/search.ts';
import { keepTrail, sweep } from '../src/process/housekeeping.ts';
import { act, CARDHOLDER, enrolCardholder, findBindings, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import { enrol } from './running-network.ts';
import { addCardAtShop, cardOf, enrolAtBank, freshPan, payOnPage, type TestShop } from './shop.ts';
import { readTrail } from './stored-audit.ts';
import { createVerificationSteps } from './verification-steps.ts';

/** The calls that use the same value at once. A slow server answers 503 to those that it cannot serve in time. */
const TAKERS = 16;
const MONTH_MILLISECONDS = 31 * 24 * 60 * 60 * 1000;

const pool = ({ network }: TestShop) => network.database.pool;

async function count({ network }: TestShop, sql: string, ...values: unknown[]): Promise<number> {
  const { rows } = await network.database.pool.query<{ count: number }>(`SELECT count(*) AS count FROM ${sql}`, values);
  return Number(rows[0]?.count);
}

async function pay(at: TestShop, pan: string, browser: Awaited<ReturnType<typeof enrolAtBank>>) {
  const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
  return (await payOnPage(at, browser, info)).result;
}

async function eventTypes(client: TestClient): Promise<readonly string[]> {
  const { status, body } = await client.read(eventsPath({}));
  expect(status).toBe(200);
  return body.events.map(({ type }: { readonly type: string }) => type);
}

/** Titles and steps, in this order, on one network. */
export const WHOLE_FLOW: readonly (readonly [string, (at: TestShop) => Promise<void>])[] = [
  [
    'an enrolment creates a passkey (2A), and the next one on the same device uses it (2B)',
    async (at) => {
      const pan = freshPan();
      const before = await count(at, 'passkey');
      const browser = await enrolAtBank(at, pan);
      await enrolAtBank(at, pan, browser);
      expect(await count(at, 'passkey')).toBe(before + 1);
      expect(await findBindings(at.network.client, { account: ofPan(pan) })).toHaveLength(1);
    },
  ],
  [
    'a payment is approved on the page',
    async (at) => {
      const pan = freshPan();
      const browser = await enrolAtBank(at, pan);
      expect(new URL((await pay(at, pan, browser)).body.redirect).searchParams.get('status')).toBe('AUTHENTICATED');
    },
  ],
  [
    'of many takers of one access token, one challenge and one proof, one succeeds',
    async (at) => {
      const { client } = at.network;
      const { body: session } = await client.startSession();
      const browsers = Array.from({ length: TAKERS }, () => at.network.browser());
      const opened = await Promise.all(browsers.map((browser) => browser.open(session.uri)));
      const winner = opened.findIndex(({ status }) => status === 200);
      expect(opened.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(opened.filter(({ status }) => ![200, 401, 503].includes(status))).toEqual([]);
      const { options } = opened[winner]?.body ?? {};
      const before = await count(at, 'passkey');
      const credentials = Array.from({ length: TAKERS }, () =>
        createSoftwareAuthenticator().create({ options, origin: at.network.publicUrl }),
      );
      const results = await Promise.all(credentials.map((credential) => browsers[winner]?.result(credential)));
      expect(results.filter((answer) => answer?.status === 200)).toHaveLength(1);
      expect(
        results.filter((answer) => answer === undefined || (answer.status >= 500 && answer.status !== 503)),
      ).toEqual([]);
      expect(await count(at, 'passkey')).toBe(before + 1);
      const enrolled = await enrol(at.network, at.network.browser());
      const bind = () => client.bind({ ...enrolled.session, proofOfAuthentication: enrolled.proof });
      expect(
        new Set((await Promise.all(Array.from({ length: TAKERS }, bind))).map(({ body }) => body.bindingId)).size,
      ).toBe(1);
    },
  ],
  [
    'a binding is suspended, resumed, moved to another card and deleted, and its tombstone says what it was',
    async (at) => {
      const { client } = at.network;
      const { pan, browser, atBank, atShop } = await enrolCardholder(at);
      for (const [action, approved] of [
        ['SUSPEND', false],
        ['RESUME', true],
      ] as const) {
        expect((await act(client, action, { bindingId: atShop.bindingId })).status).toBe(200);
        expect((await act(client, action, { bindingId: atBank.bindingId })).status).toBe(200);
        const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() });
        const paid = await payOnPage(at, browser, info).catch(() => undefined);
        expect(paid?.result.body.redirect?.includes('status=AUTHENTICATED') ?? false).toBe(approved);
      }
      const other = freshPan();
      expect(await replaceCard(client, replacementOf(pan, other))).toMatchObject({
        status: 200,
        body: { bindings: 2 },
      });
      expect(await findBindings(client, { account: ofPan(pan) })).toHaveLength(0);
      expect(await findBindings(client, { account: ofPan(other) })).toHaveLength(2);
      expect((await act(client, 'DELETE', { account: ofPan(other) })).status).toBe(200);
      expect(await findBindings(client, { account: ofPan(other) })).toHaveLength(0);
      const { rows } = await pool(at).query<{ account_kinds: readonly string[] }>(
        'SELECT account_kinds FROM deleted_binding WHERE binding_id = ANY ($1) ORDER BY cardinality(account_kinds)',
        [[atBank.bindingId, atShop.bindingId]],
      );
      expect(rows).toEqual([{ account_kinds: ['CARD'] }, { account_kinds: ['CARD', 'EMAIL'] }]);
    },
  ],
  [
    'a deletion that is repeated is answered alike; a passkey that is deleted takes its bindings along',
    async (at) => {
      const { client } = at.network;
      const { atBank, atShop } = await enrolCardholder(at);
      const deleted = { bindings: [{ bindingId: atShop.bindingId, status: 'DELETED', suspendedBy: [] }] };
      for (let time = 0; time < 2; time++)
        expect((await act(client, 'DELETE', { bindingId: atShop.bindingId })).body).toEqual(deleted);
      const [author, reasonCode] = [CARDHOLDER, 'DEVICE_LOST'] as const;
      const deletion = {
        passkeyId: atBank.credentialId,
        by: 'CARDHOLDER',
        author,
        reasonCode,
        now: at.network.now,
      } as const;
      const changedIds = [atBank.bindingId];
      expect(await deletePasskey(pool(at), deletion)).toMatchObject({ known: true, changedIds });
      expect(await deletePasskey(pool(at), deletion)).toMatchObject({ known: true, changedIds: [] });
    },
  ],
  [
    'a replaced card makes one binding of two at a shop, with the accounts of both',
    async (at) => {
      const { pan, browser, atShop } = await enrolCardholder(at);
      const to = freshPan();
      const twin = await addCardAtShop(at, to, browser);
      await pool(at).query(
        `INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
         SELECT binding_id, substring(account_index FROM 2) || '\\x00', key_version, 'MOBILE', added_at FROM binding_account WHERE binding_id = $1`,
        [twin],
      );
      expect((await replaceCard(at.network.client, replacementOf(pan, to))).body).toEqual({ bindings: 2 });
      const [kept, ...others] = await findBindings(at.shop, { account: ofPan(to) });
      expect([kept?.bindingId, others]).toEqual([atShop.bindingId, []]);
      expect(kept?.accountTypes).toEqual(expect.arrayContaining(['CARD', 'MOBILE']));
    },
  ],
  [
    'a payment makes a passkey on its way, and is approved with it',
    async (at) => {
      const { leave, startRegistering, comeBack } = createVerificationSteps(() => at);
      const { browser, session, ...left } = await leave(startRegistering);
      const { body: creating } = await comeBack({ browser, session, ...left });
      expect((await browser.result(browser.answer(creating))).body).toEqual({ reopen: true });
      const { body: paying } = await browser.open(session.uri);
      expect((await browser.result(browser.answer(paying))).body.redirect).toContain('status=AUTHENTICATED');
    },
  ],
  [
    'a provider registers, changes and deletes a merchant, and the trail says what it was before',
    async (at) => {
      const registered = { name: 'Corner Books', origin: 'https://books.example', country: 'US', category: '5942' };
      const provider = await at.network.addClient({
        ...{ ...TEST_MERCHANT, clientId: 'provider', consumerKey: 'provider', provider: true },
        ...{ merchantOrigins: ['https://pay.provider.example'], merchantNames: [] },
      });
      const send = (path: string, method: 'POST' | 'PUT' | 'DELETE', body = '') =>
        provider.send({ path, method, body });
      const { body: made } = await send(MERCHANTS_PATH, 'POST', JSON.stringify(registered));
      const path = merchantPath(made.merchantId);
      const changed = JSON.stringify({ ...registered, country: 'CA' });
      for (let time = 0; time < 2; time++) expect((await send(path, 'PUT', changed)).status).toBe(200);
      expect((await send(path, 'DELETE')).status).toBe(200);
      const entries = (await readTrail(pool(at))).filter((entry) => entry.subject_id === made.merchantId);
      expect(entries.map(({ action, before }) => [action, before])).toEqual([
        ['merchant.registered', null],
        ['merchant.changed', { ...registered, frame: false }],
        ['merchant.deleted', { ...registered, country: 'CA', frame: false }],
      ]);
    },
  ],
  [
    'the sandbox ends a session on demand, makes one older, and examines a client',
    async (at) => {
      const { client } = at.network;
      const info = {
        accountReferences: { ...cardOf(freshPan()), emailAddresses: ['user-cancellation@open.sandbox.example'] },
      };
      const { body: asked } = await client.startSession({ info });
      expect((await at.network.browser().open(asked.uri)).body.redirect).toContain('USER_CANCELLATION');
      const { body: session } = await client.startSession();
      const aged = { path: ageSessionPath(session.authenticationSessionId), body: JSON.stringify({ seconds: 900 }) };
      expect((await client.send(aged)).status).toBe(200);
      expect((await at.network.browser().open(session.uri)).status).toBe(401);
      const { body: examination } = await client.send({ path: EXAMINATIONS_PATH, body: '{"role":"ISSUER"}' });
      await client.startSession();
      const { body: report } = await client.read(examinationPath(examination.examinationId));
      expect(report.rows.map(({ state }: { readonly state: string }) => state)).toContain('PLAYING');
      const path = examinationEndPath(examination.examinationId);
      expect((await client.send({ path, body: '{}' })).body.state).toBe('DONE');
    },
  ],
  [
    'the issuer and the shop read the events of all this',
    async ({ network, shop }) => {
      expect(await eventTypes(network.client)).toEqual(
        expect.arrayContaining(['session.ended', 'binding.created', 'payment.approved']),
      );
      expect(await eventTypes(shop)).toEqual(
        expect.arrayContaining(['binding.created', 'binding.suspended', 'binding.resumed', 'binding.deleted']),
      );
    },
  ],
  [
    'the audit trail is chained, verified, and kept from a change',
    async (at) => {
      const { keys, pool: own, config } = at.network.running.network;
      await keepTrail({ pool: own, keys, config, clock: () => at.network.now }, { info: () => {} });
      const lines: string[] = [];
      for await (const line of exportTrail(own)) lines.push(line);
      expect(lines.length).toBeGreaterThan(3);
      expect(await verifyTrail(lines, { keys: keys.current().signing, known: [] })).toMatchObject({ ok: true });
      await expect(own.query(`UPDATE audit_entry SET line = ''`)).rejects.toMatchObject({ code: '42501' });
    },
  ],
  [
    'the console finds sessions and passkeys by account, and counts them',
    async (at) => {
      const { pool: own } = at.network.running.network;
      const pan = freshPan();
      await enrolAtBank(at, pan);
      const accountIndexes = at.indexesOf(pan);
      const search = { search: {}, accountIndexes, place: undefined, openSince: new Date(0) };
      expect((await searchSessions(own, search)).items).toHaveLength(1);
      expect(await findPasskeysOfAccount(own, accountIndexes)).toHaveLength(1);
      const { now } = at.network;
      const window = chooseWindow(new Date(now.getTime() - 3_600_000), new Date(now.getTime() + 3_600_000), now);
      if (typeof window === 'string') throw new Error(window);
      const { parties } = await readActivity(
        own,
        { ...window, clientId: undefined, browserFamily: undefined },
        at.network.now,
      );
      expect(parties.length).toBeGreaterThan(0);
    },
  ],
  [
    'sessions end by time, and retention deletes what is old, in every table',
    async (at) => {
      const later = new Date(at.network.now.getTime() + 15 * MONTH_MILLISECONDS);
      await at.network.client.startSession();
      const clock = () => later;
      await sweep({ pool: pool(at), clock });
      expect(await count(at, 'session WHERE ended_at IS NULL')).toBe(0);
      // The second pass deletes the sessions with a consent, which are kept for as long as their passkeys.
      for (const holder of ['first', 'second'])
        await runRetention({
          pool: pool(at),
          clock: () => new Date(later.getTime() + 15 * MONTH_MILLISECONDS),
          holder,
          dueSince: new Date(later.getTime() + 15 * MONTH_MILLISECONDS),
          pause: async () => {},
          onProgress: () => {},
        });
      for (const table of [
        'session',
        'session_account',
        'device',
        'passkey',
        'binding',
        'binding_account',
        'deleted_binding',
      ])
        expect([table, await count(at, table)]).toEqual([table, 0]);
    },
  ],
];
