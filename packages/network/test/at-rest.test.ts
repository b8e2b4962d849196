/** Which accounts and secrets the database holds, in which form and for how long (contract §1, §2). */
import { readLaunchUrl } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sweep } from '../src/process/housekeeping.ts';
import { findMarks } from './canary-marks.ts';
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

/** Every table, every row, as text: what a stolen backup would show. */
async function dump(): Promise<string> {
  const { pool } = network.database;
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT format('%I', table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  expect(tables.length).toBeGreaterThan(8);
  const texts = await Promise.all(
    tables.map(
      async ({ name }) =>
        (await pool.query<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM ${name} AS t`)).rows,
    ),
  );
  return texts
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

async function stateOf({ authenticationSessionId }: { readonly authenticationSessionId: string }) {
  const { rows } = await network.database.pool.query<{ state: string; kept: number }>(
    `SELECT state, num_nonnulls(accounts, account_indexes, account_kinds, account_key_versions) AS kept
     FROM session WHERE session_id = $1`,
    [authenticationSessionId],
  );
  const [{ state, kept } = { state: '', kept: -1 }] = rows;
  return [state, { 4: 'sealed', 0: 'gone' }[kept] ?? 'in part'];
}

describe('account references', () => {
  test('no table holds a PAN, an e-mail address or a phone number in clear, encoded, or hashed without a key', async () => {
    await network.client.startSession();
    const { session, proof } = await enrol(network, network.browser());
    await network.client.bind({ ...session, proofOfAuthentication: proof });
    await enrol(network, network.browser());
    const text = await dump();
    expect(text).toContain('test-bank');
    const values = ['5555555555554444', 'avery@mail.example', '15550100123', '5550100123', '555555555555'];
    expect(findMarks(text, values)).toEqual([]);
  });

  test('what a client adds beyond the contract is not kept, wherever it stands', async () => {
    const extra = { note: '4111111111111111' };
    const info = buildSessionInfo(network.now);
    const [terms, privacy] = info.complianceSettings?.complianceResources ?? [];
    const launch = {
      complianceResources: [
        { ...terms, ...extra },
        { ...privacy, ...extra },
      ],
      ...extra,
    };
    const { complianceSettings: _at, ...withoutCompliance } = info;
    const strewn = {
      ...withoutCompliance,
      ...extra,
      cardholderVerification: { ...info.cardholderVerification, ...extra },
      consent: { ...info.consent, ...extra },
    };
    const { status, body: session } = await network.client.sendInfo(strewn);
    expect(status).toBe(201);
    expect((await network.browser().open(session.uri, { complianceSettings: launch, ...extra })).status).toBe(200);
    expect((await network.client.sendInfo({ ...strewn, complianceSettings: launch })).status).toBe(201);
    expect(await dump()).not.toContain('4111111111111111');
  });

  test('are kept until bound', async () => {
    const { body: created } = await network.client.startSession();
    expect(await stateOf(created)).toEqual(['created', 'sealed']);
    const { session, proof } = await enrol(network, network.browser());
    expect(await stateOf(session)).toEqual(['enrolled', 'sealed']);
    await network.client.bind({ ...session, proofOfAuthentication: proof });
    expect(await stateOf(session)).toEqual(['bound', 'gone']);
  });

  test.each([
    ['USER_CANCELLATION', 'cancelled'],
    ['CREDENTIALS_CREATION_NOT_ALLOWED', 'failed'],
  ])('are gone with %s', async (reason, state) => {
    const { body: session } = await network.client.startSession();
    const browser = network.browser();
    await browser.open(session.uri);
    expect(await stateOf(session)).toEqual(['opened', 'sealed']);
    await browser.end(reason);
    expect(await stateOf(session)).toEqual([state, 'gone']);
  });

  test('are gone when time is up, whatever the session had come to', async () => {
    const { body: created } = await network.client.startSession();
    const { body: opened } = await network.client.startSession();
    await network.browser().open(opened.uri);
    const { session: enrolled } = await enrol(network, network.browser());
    network.now = new Date(START.getTime() + 15 * 60_000 - 1);
    await sweep(network.running.network);
    expect([await stateOf(created), await stateOf(opened), await stateOf(enrolled)]).toEqual([
      ['created', 'sealed'],
      ['opened', 'sealed'],
      ['enrolled', 'sealed'],
    ]);
    network.now = new Date(START.getTime() + 15 * 60_000);
    await sweep(network.running.network);
    for (const session of [created, opened, enrolled]) expect(await stateOf(session)).toEqual(['expired', 'gone']);
  });

  test('cannot outlive the session: the table itself refuses', async () => {
    const { body: session } = await network.client.startSession();
    const end = network.database.pool.query(
      `UPDATE session SET state = 'expired', ended_at = expires_at WHERE session_id = $1`,
      [session.authenticationSessionId],
    );
    await expect(end).rejects.toMatchObject({ code: '23514' });
  });
});

describe('secrets', () => {
  test('the access token, the cookies and the proof are kept as hashes only', async () => {
    const { body: waiting } = await network.client.startSession();
    const browser = network.browser();
    const { session, proof, redirect } = await enrol(network, browser);
    const text = await dump();
    const secrets = [
      readLaunchUrl(waiting.uri).accessToken,
      readLaunchUrl(session.uri).accessToken,
      browser.cookies.get('__Host-ceremony'),
      browser.cookies.get('__Host-device'),
      proof,
      redirect,
    ];
    for (const secret of secrets) {
      if (secret === undefined) throw new Error('Every secret is there.');
      expect(text).not.toContain(secret);
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
      expect(text).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
  });

  test('session ids and tokens have at least 128 random bits', async () => {
    const sessions = await Promise.all(Array.from({ length: 20 }, () => network.client.startSession()));
    const ids = sessions.map(({ body }) => body.authenticationSessionId as string);
    const tokens = sessions.map(({ body }) => readLaunchUrl(body.uri).accessToken ?? '');
    for (const values of [ids, tokens]) {
      expect(new Set(values).size).toBe(20);
      for (const value of values) expect(Buffer.from(value, 'base64url').length).toBeGreaterThanOrEqual(16);
    }
  });
});

describe('nonces', () => {
  test('are forgotten once their timestamps are refused anyway', async () => {
    await network.client.startSession();
    const count = async () =>
      Number((await network.database.pool.query('SELECT count(*) FROM request_nonce')).rows[0].count);
    const before = await count();
    network.now = new Date(START.getTime() + 10 * 60_000);
    await sweep(network.running.network);
    expect(await count()).toBe(before);
    network.now = new Date(START.getTime() + 10 * 60_000 + 1000);
    await sweep(network.running.network);
    expect(await count()).toBe(0);
  });
});
