/** What a network does on a database server, in short: the same steps for every server that is supported. */
import { createSoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { eventsPath } from '@payment-passkeys/protocol';
import { buildPaymentInfo, buildTransaction, type TestClient } from '@payment-passkeys/testkit';
import { expect } from 'vitest';
import { readActivity } from '../src/domain/activity/store.ts';
import { chooseWindow } from '../src/domain/activity/window.ts';
import { exportTrail } from '../src/domain/audit/trail.ts';
import { verifyTrail } from '../src/domain/audit/verification.ts';
import { findPasskeysOfAccount } from '../src/domain/bindings/passkey-search.ts';
import { runRetention } from '../src/domain/retention/pass.ts';
import { searchSessions } from '../src/domain/session-search/search.ts';
import { keepTrail, sweep } from '../src/process/housekeeping.ts';
import { act, enrolCardholder, findBindings, ofPan, replaceCard, replacementOf } from './lifecycle.ts';
import { enrol } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, type TestShop } from './shop.ts';

/** A server that is slow may not serve all of them in time, and answers 503 then. */
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
      // Once more: a session with a consent is kept for as long as its passkey.
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
