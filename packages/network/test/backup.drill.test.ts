/**
 * docs/backup-and-restore.md, rehearsed: the operator's own scripts back up a network that is in use, and restore it into an empty server.
 * Sessions continue, passkeys pay, cursors of events hold, the audit trail verifies; what came after the backup is lost, as the page says.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addSeconds, type EventPage, eventsPath } from '@payment-passkeys/protocol';
import { openDatabase } from '@payment-passkeys/storage';
import { buildPaymentInfo, startPayment, type TestBrowser } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainEntries } from '../src/domain/audit/chain.ts';
import { signHeadIfDue } from '../src/domain/audit/head.ts';
import { exportTrail } from '../src/domain/audit/trail.ts';
import { verifyTrail } from '../src/domain/audit/verification.ts';
import { signingKeyAt } from '../src/domain/keys/key-ring.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import { act, findBindings, ofPan } from './lifecycle.ts';
import { FOLDER } from './operations.ts';
import { proofOf } from './running-network.ts';
import { cardOf, enrolAtBank, freshPan, payOnPage, startTestShop, type TestShop } from './shop.ts';
import { POSTGRES_PROGRAMS, type SystemPostgres, startSystemPostgres } from './system-postgres.ts';

const HAS_OPENSSL = spawnSync('openssl', ['version']).error === undefined;
const CAN_RUN = POSTGRES_PROGRAMS !== undefined && HAS_OPENSSL;
if (!CAN_RUN) {
  console.warn(
    'PostgreSQL of the system (pg_dump) or openssl is not here: the rehearsal of backup and restore is SKIPPED.',
  );
}

const script = (name: 'backup' | 'restore') => fileURLToPath(new URL(`backup/${name}`, FOLDER));

describe.skipIf(!CAN_RUN)('a network that is restored into an empty server', () => {
  const programs = POSTGRES_PROGRAMS ?? '';
  const pan = freshPan();
  const blocked = freshPan();
  const unknownPan = freshPan();
  let folder: string;
  let servers: readonly SystemPostgres[] = [];
  let at: TestShop;
  let restored: RunningNetwork;
  let backups: { readonly database: string; readonly keys: string };
  let cardholder: TestBrowser;
  let later: TestBrowser;
  let unknown: TestBrowser;
  let underWay: { readonly browser: TestBrowser; readonly session: { readonly authenticationSessionId: string } };
  let opened: Parameters<TestBrowser['answer']>[0];
  let cursor: string | undefined;
  let lostCursor: string | undefined;
  let lostHead: string;

  const run = (name: 'backup' | 'restore', args: readonly string[], env: Readonly<Record<string, string>>) =>
    spawnSync(script(name), args, {
      encoding: 'utf8',
      env: { PATH: `${programs}:${process.env.PATH}`, BACKUP_DIR: folder, ...env },
    });
  const read = async (after?: string): Promise<EventPage> => (await at.network.client.read(eventsPath({ after }))).body;
  const pay = (browser: TestBrowser, card: string) =>
    payOnPage(at, browser, buildPaymentInfo({ accountReferences: cardOf(card) }));

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'backup-'));
    for (const name of ['database', 'keys']) makeCertificate(folder, name);
    servers = [await startSystemPostgres(programs), await startSystemPostgres(programs)];
    at = await startTestShop({}, { serverUrl: servers[0]?.url ?? '' });
    cardholder = await enrolAtBank(at, pan);
    later = await enrolAtBank(at, blocked);
    const browser = at.network.browser();
    const session = (await at.network.client.startSession()).body;
    opened = (await browser.open(session.uri)).body;
    underWay = { browser, session };
    cursor = (await read()).next;

    const source = at.network.database.url;
    const dataDir = at.network.dataDir;
    const certificates = {
      BACKUP_CERTIFICATE: join(folder, 'database.pem'),
      BACKUP_KEYS_CERTIFICATE: join(folder, 'keys.pem'),
    };
    const back = (what: string) => {
      const { status, stdout, stderr } = run('backup', [what], {
        ...certificates,
        BACKUP_DATABASE: source,
        DATA_DIR: dataDir,
      });
      if (status !== 0) throw new Error(stderr);
      return stdout.trim();
    };
    backups = { database: back('database'), keys: back('keys') };

    // These changes come after the backup, so the restored network does not have them.
    await act(at.network.client, 'SUSPEND', { account: ofPan(blocked) });
    unknown = await enrolAtBank(at, unknownPan);
    const { config, keys } = at.network.running.network;
    const tomorrow = addSeconds(at.network.now, 25 * 60 * 60); // a head is due each day
    const key = () => signingKeyAt(keys.current(), at.network.now);
    const signed = await signHeadIfDue(at.network.database.pool, { issuer: config.publicUrl, key, now: tomorrow });
    lostHead = signed?.jws ?? '';
    lostCursor = (await read(cursor)).next;
    await at.network.running.stop();
  });
  afterAll(async () => {
    await restored?.stop();
    await at?.network.database.close();
    for (const server of servers) await server.stop();
    for (const used of [folder, at?.network.dataDir]) if (used) rmSync(used, { recursive: true });
  });

  const target = () => new URL('/restored', servers[1]?.url).href;
  const restore = (what: string, file: string, env: Readonly<Record<string, string>>, key = what) =>
    run('restore', [what, file, join(folder, `${key}.key`)], env);

  test('a backup is encrypted, and only its owner can read the file', () => {
    for (const file of Object.values(backups)) {
      expect(statSync(file).mode & 0o077).toBe(0);
      expect(readFileSync(file, 'latin1')).not.toMatch(/PGDMP|ustar|PRIVATE KEY/);
    }
    expect(globSync(join(folder, '*.part'))).toEqual([]);
  });

  test('a backup that cannot be encrypted fails, and leaves no file that looks like one', () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const noCertificate = join(folder, 'keys.key');
    const env = { BACKUP_DIR: empty, BACKUP_KEYS_CERTIFICATE: noCertificate, DATA_DIR: at.network.dataDir };
    expect(run('backup', ['keys'], env).status).not.toBe(0);
    expect(globSync(join(empty, '*.cms'))).toEqual([]);
  });

  test('the key of the database’s backups does not open those of the keys', () => {
    const wrong = restore('keys', backups.keys, { DATA_DIR: join(folder, 'wrong') }, 'database');
    expect(wrong.status).not.toBe(0);
  });

  test('the network serves from the restored database and keys', async () => {
    execFileSync(join(programs, 'createdb'), ['--maintenance-db', servers[1]?.url ?? '', 'restored']);
    const dataDir = join(folder, 'data');
    expect(restore('keys', backups.keys, { DATA_DIR: dataDir })).toMatchObject({ status: 0 });
    expect(restore('database', backups.database, { RESTORE_DATABASE: target() })).toMatchObject({ status: 0 });
    const config = readConfig({
      DATABASE_URL: target(),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      PORT: new URL(at.network.address).port,
      PUBLIC_URL: at.network.publicUrl,
    });
    restored = await startNetwork({ config, clock: () => at.network.now });
    expect((await fetch(`${restored.address}/health/ready`)).status).toBe(200);
  });

  test('a session that was open continues, and its passkey is bound', async () => {
    const { browser, session } = underWay;
    const { status, body } = await browser.result(browser.answer(opened));
    expect(status).toBe(200);
    const { authenticationSessionId } = session;
    const proofOfAuthentication = proofOf(body.redirect);
    expect((await at.network.client.bind({ authenticationSessionId, proofOfAuthentication })).status).toBe(201);
  });

  test('a passkey of before pays', async () => {
    const { result } = await pay(cardholder, pan);
    expect(new URL(result.body.redirect).searchParams.get('status')).toBe('AUTHENTICATED');
  });

  test('a reader of events goes on from its cursor', async () => {
    const { events } = await read(cursor);
    expect(events.length).toBeGreaterThan(0);
    expect(events.every(({ timestamp }) => timestamp >= '2026-11-24')).toBe(true);
  });

  test('a cursor of after the backup is unknown, so that the reader begins again', async () => {
    const { status, body } = await at.network.client.read(eventsPath({ after: lostCursor }));
    expect([status, body.errordetail[0].reason]).toEqual([404, 'EVENT_NOT_FOUND']);
  });

  test('a passkey of after the backup is unknown: the cardholder enrols again', async () => {
    expect(
      (await startPayment(at.shop, buildPaymentInfo({ accountReferences: cardOf(unknownPan) }))).body.nextStep,
    ).not.toBe('AUTHENTICATE');
    await enrolAtBank(at, unknownPan, unknown);
    expect((await pay(unknown, unknownPan)).result.status).toBe(200);
  });

  test('a passkey that was suspended after the backup pays again, until the suspension is repeated', async () => {
    const [binding] = await findBindings(at.network.client, { account: ofPan(blocked) });
    expect(binding?.status).toBe('ACTIVE');
    expect((await pay(later, blocked)).result.status).toBe(200);
    expect((await act(at.network.client, 'SUSPEND', { account: ofPan(blocked) })).status).toBe(200);
  });

  test('the audit trail verifies and grows on; a head of after the backup, from the log, tells what is gone', async () => {
    const { pool, keys } = restored.network;
    await chainEntries(pool);
    const lines: string[] = [];
    for await (const line of exportTrail(pool)) lines.push(line);
    const { signing } = keys.current();
    const actions = lines.map((line) => JSON.parse(line).action);
    expect(actions).toContain('client.added');
    expect(await verifyTrail(lines, { keys: signing })).toMatchObject({ ok: true });
    const verdict = await verifyTrail(lines, { keys: signing, known: [lostHead] });
    expect(verdict).toMatchObject({ ok: false, fault: expect.stringMatching(/^(HEAD_DIFFERS|TAIL_CUT)$/) });
  });

  test('a restore never overwrites: neither a database with tables nor a folder with keys', () => {
    const again = restore('database', backups.database, { RESTORE_DATABASE: target() });
    expect([again.status, again.stderr]).toEqual([1, expect.stringMatching(/has \d+ tables/)]);
    const keys = restore('keys', backups.keys, { DATA_DIR: join(folder, 'data') });
    expect([keys.status, keys.stderr]).toEqual([1, expect.stringContaining('exists')]);
  });

  test('a damaged backup restores nothing', async () => {
    execFileSync(join(programs, 'createdb'), ['--maintenance-db', servers[1]?.url ?? '', 'damaged']);
    const url = new URL('/damaged', servers[1]?.url).href;
    const damaged = join(folder, 'damaged.cms');
    const damage = (file: string, part: number) => {
      const content = readFileSync(file);
      const position = Math.floor(content.length * part);
      content[position] = (content[position] ?? 0) ^ 1;
      writeFileSync(damaged, content);
    };
    for (const part of [0.25, 0.5, 0.75, 0.99]) {
      damage(backups.database, part);
      const { status, stderr } = restore('database', damaged, { RESTORE_DATABASE: url });
      expect([part, status, stderr]).toEqual([part, 1, expect.stringContaining('Nothing was restored.')]);
    }
    damage(backups.keys, 0.5);
    const elsewhere = join(folder, 'elsewhere');
    expect(restore('keys', damaged, { DATA_DIR: elsewhere }).status).toBe(1);
    expect(existsSync(elsewhere)).toBe(false);
    const database = await openDatabase({ databaseUrl: url, dataDir: '', name: 'damaged', poolSize: 1 });
    const { rows } = await database.pool.query(
      "SELECT count(*) AS count FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    );
    await database.close();
    expect(rows[0].count).toBe(0);
  });
});

/** A certificate and its private key. The private key is on another machine in production. */
function makeCertificate(folder: string, name: string): void {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:3072', '-nodes', '-days', '30', '-subj', `/CN=${name}`, ...files],
    { stdio: 'pipe' },
  );
}
