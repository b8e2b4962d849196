/** `payment-passkeys-network doctor`: reports every problem of a configuration at once, and changes nothing (contract §8). */
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Database } from '@payment-passkeys/storage';
import { createThrowawayDatabase } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { type DoctorOptions, examine, type Finding } from '../src/process/doctor.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';
import { PROGRAM_ENV } from './serving-process.ts';

const BIN = fileURLToPath(new URL('../bin/payment-passkeys-network.mjs', import.meta.url));
let network: TestNetwork;
let empty: Database;
let folder: string;
beforeAll(async () => {
  network = await startTestNetwork({}, new Date());
  empty = await createThrowawayDatabase({ poolSize: 1 });
});
afterAll(async () => {
  await network.stop();
  await empty.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  return () => rm(folder, { recursive: true });
});

const healthy = () => ({ DATABASE_URL: network.database.url, DATA_DIR: network.dataDir });
const look = (env: Readonly<Record<string, string>>, changes: Partial<DoctorOptions> = {}) =>
  examine({ env, clock: () => new Date(), resolves: async () => true, ...changes });
const of = (findings: readonly Finding[], verdict: Finding['verdict']) =>
  findings.filter((finding) => finding.verdict === verdict).map(({ about, text }) => `${about}: ${text}`);

async function productionKeys(): Promise<string> {
  await rotateKeys({ folder: join(folder, 'keys'), mode: 'production', now: new Date() });
  return folder;
}

const PRODUCTION = {
  MODE: 'production',
  PUBLIC_URL: 'https://verify.network.example',
  TRUST_PROXY: '10.0.0.0/8',
  METRICS_PORT: '9464',
  NETWORK_NAME: 'Kestrel',
  NETWORK_SUPPORT_URI: 'https://network.example/help',
  TERMS_URI: 'https://network.example/terms',
  PRIVACY_URI: 'https://network.example/privacy',
  TERMS_VERSION: '1.0',
};

/** Runs the command in this process. */
async function runHere(env: Readonly<Record<string, string>>, words: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  const code = await runCommandLine(words, {
    env,
    clock: () => new Date(),
    print: (line) => (written.stdout += `${line}\n`),
    log: (line) => (written.stderr += `${line}\n`),
  });
  return { code, ...written };
}

describe('a configuration that is right', () => {
  test('in the sandbox: every part is named, and nothing is wrong', async () => {
    const findings = await look(healthy());
    expect(of(findings, 'WRONG')).toEqual([]);
    expect(of(findings, 'WARNING')).toEqual([]);
    expect(findings.map(({ about }) => about)).toEqual([
      'settings',
      'PUBLIC_URL',
      'signing key',
      'encryption key',
      'account-encryption key',
      'account-index key',
      'webhook-signing key',
      'database',
      'migrations',
      'clients',
    ]);
  });

  test('in production', async () => {
    const { database } = network;
    await database.pool.query(`UPDATE client SET callback_domains = '{bank.example}'`);
    const findings = await look({ ...PRODUCTION, DATABASE_URL: database.url, DATA_DIR: await productionKeys() });
    expect(of(findings, 'WRONG')).toEqual([]);
    expect(of(findings, 'WARNING')).toEqual([]);
  });
});

describe('it says', () => {
  test('what cardholders would see of a network in production that has no face of its own', async () => {
    const faceless = { NETWORK_NAME: '', NETWORK_SUPPORT_URI: '', TERMS_URI: '', PRIVACY_URI: '' };
    const findings = await look({ ...PRODUCTION, ...faceless, DATA_DIR: await productionKeys() });
    const about = findings.filter(({ verdict }) => verdict === 'WARNING').map((finding) => finding.about);
    expect(about).toEqual(expect.arrayContaining(['NETWORK_NAME', 'NETWORK_SUPPORT_URI', 'LEGAL_TEXTS']));
  });

  test('that production has no metrics without a port for them', async () => {
    const findings = await look({
      ...PRODUCTION,
      METRICS_PORT: '',
      DATABASE_URL: network.database.url,
      DATA_DIR: folder,
    });
    expect(of(findings, 'WARNING')).toContainEqual(expect.stringMatching(/^METRICS_PORT: is not set/));
  });

  test('every setting that is wrong, at once', async () => {
    const findings = await look({
      MODE: 'production',
      PORT: 'x',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://x',
      DATA_DIR: folder,
    });
    const wrong = of(findings, 'WRONG');
    for (const setting of ['PORT', 'PUBLIC_URL', 'LOG_LEVEL', 'DATABASE_URL', 'TRUST_PROXY']) {
      expect(
        wrong.some((line) => line.startsWith(`${setting}: ${setting} `)),
        setting,
      ).toBe(true);
    }
    expect(wrong.filter((line) => line.includes('key: is missing'))).toHaveLength(4);
  });

  test('that a database cannot be reached, without its password', async () => {
    const findings = await look({ DATABASE_URL: 'postgres://someone:hunter2secret@127.0.0.1:1/x', DATA_DIR: folder });
    const [line = ''] = of(findings, 'WRONG');
    expect(line).toMatch(/^DATABASE_URL: /);
    expect(line).not.toContain('hunter2secret');
  });

  test('that migrations are pending, and makes none', async () => {
    const findings = await look({ DATABASE_URL: empty.url, DATA_DIR: network.dataDir });
    expect(of(findings, 'WARNING')).toEqual([
      expect.stringMatching(/^migrations: 0001-initial\.sql, .*pending: payment-passkeys-network migrate/),
    ]);
    const { rows } = await empty.pool.query(
      `SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'`,
    );
    expect(Number(rows[0].count)).toBe(0);
  });

  test('that migrations are pending in a database of an earlier version', async () => {
    await empty.pool.query('CREATE TABLE network_migration (name text PRIMARY KEY, sha256 text NOT NULL)');
    await empty.pool.query(`INSERT INTO network_migration VALUES ('0001-initial.sql', 'x')`);
    const findings = await look({ DATABASE_URL: empty.url, DATA_DIR: network.dataDir });
    await empty.pool.query('DROP TABLE network_migration');
    expect(of(findings, 'WRONG')).toEqual([]);
    expect(of(findings, 'WARNING')).toEqual([expect.stringMatching(/^migrations: (?!0001)\d{4}-.*pending: /)]);
  });

  test('that the database is of a newer version', async () => {
    await network.database.pool.query(`INSERT INTO network_migration VALUES ('9999-later.sql', 'x')`);
    const findings = await look(healthy());
    await network.database.pool.query(`DELETE FROM network_migration WHERE name = '9999-later.sql'`);
    expect(of(findings, 'WRONG')).toEqual([
      'migrations: the database is of a newer version than this program: 9999-later.sql',
    ]);
  });

  test('that a newer version has migrated, and this one works too', async () => {
    const { pool } = network.database;
    await pool.query(`INSERT INTO network_migration (name, sha256, compatible) VALUES ('9999-later.sql', 'x', true)`);
    const findings = await look(healthy());
    await pool.query(`DELETE FROM network_migration WHERE name = '9999-later.sql'`);
    expect(of(findings, 'WRONG')).toEqual([]);
    expect(of(findings, 'WARNING')).toContain(
      'migrations: a newer version has migrated, and this one works too: 9999-later.sql',
    );
  });

  test.each([
    [3, 'OK'],
    [20, 'WARNING'],
    [90, 'WRONG'],
  ] as const)('that the clock is %i s off the database’s: %s', async (seconds, verdict) => {
    const findings = await look(healthy(), { clock: () => new Date(Date.now() + seconds * 1000) });
    const clock = findings.find(({ text }) => text.includes('its clock'));
    expect(clock?.verdict).toBe(verdict);
  });

  test('that keys are missing, of the sandbox, open to others, or old', async () => {
    const env = { ...PRODUCTION, DATABASE_URL: network.database.url, DATA_DIR: folder };
    expect(of(await look(env), 'WRONG')).toContain('signing key: is missing: payment-passkeys-network keys rotate');
    expect(await readdir(folder)).toEqual([]); // nothing was created

    await productionKeys();
    const inTwoYears = () => new Date(Date.now() + 2 * 365 * 24 * 60 * 60 * 1000);
    expect(of(await look(env, { clock: inTwoYears }), 'WARNING')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^signing key: is in use since .*keys rotate signing$/)]),
    );
    await chmod(join(folder, 'keys'), 0o755);
    expect(of(await look(env), 'WARNING')).toContain(
      `keys: others may enter the folder: chmod 700 ${join(folder, 'keys')}`,
    );
    await chmod(join(folder, 'keys', 'signing-0001.json'), 0o644);
    expect(of(await look(env), 'WRONG')).toContainEqual(expect.stringMatching(/chmod 600 keys\/signing-0001\.json/));
    const mixed = await look({ ...healthy(), ...PRODUCTION });
    expect(of(mixed, 'WRONG')).toContainEqual(expect.stringMatching(/made in sandbox mode, and MODE is production/));
  });

  test('that PUBLIC_URL is nobody else’s address, or resolves nowhere', async () => {
    const at = async (url: string, resolves = true) => {
      const findings = await look(
        { ...PRODUCTION, DATA_DIR: folder, PUBLIC_URL: url },
        { resolves: async () => resolves },
      );
      return findings.find(({ about }) => about === 'PUBLIC_URL');
    };
    expect((await at('https://verify.localhost'))?.verdict).toBe('WRONG');
    expect((await at('https://verify'))?.verdict).toBe('WRONG');
    expect((await at('https://verify.network.example', false))?.verdict).toBe('WARNING');
    expect((await at('https://verify.network.example'))?.verdict).toBe('OK');
  });

  test('which client has a key that cannot be used', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const secret = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const careless = `${pair.publicKey.export({ type: 'spki', format: 'pem' })}${secret}`;
    const { pool } = network.database;
    await pool.query(
      `INSERT INTO client (client_id, name, role, consumer_key, signing_keys, callback_domains, callback_schemes, countries, updated_at)
       VALUES ('weak', 'Weak', 'issuer', 'weak', $1, '{bank.localhost}', '{bank}', '{}', now())`,
      [[pem, careless]],
    );
    const wrong = of(await look(healthy()), 'WRONG');
    const warnings = of(
      await look({ ...PRODUCTION, DATABASE_URL: network.database.url, DATA_DIR: await productionKeys() }),
      'WARNING',
    );
    await pool.query(`DELETE FROM client WHERE client_id = 'weak'`);
    expect(wrong).toEqual([
      expect.stringMatching(/^client weak: has a key that cannot be used: .*2048 bits/),
      'client weak: has a key that cannot be used: It holds a private key, where only the public half belongs.',
    ]);
    expect(warnings).toContainEqual(expect.stringMatching(/^client weak: has bank among its callbackSchemes/));
    expect(warnings).toContain('client weak: has bank.localhost among its callbackDomains');
  });

  test('that a database elsewhere is spoken to without TLS, and that an embedded one is a choice', async () => {
    const findings = await look({ ...PRODUCTION, DATA_DIR: folder });
    expect(of(findings, 'WARNING')).toContainEqual(
      expect.stringMatching(/^DATABASE_URL: is not set; an embedded database/),
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the command', { timeout: 120_000 }, () => {
  const run = (env: Readonly<Record<string, string>>, args: readonly string[] = ['doctor']) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const options = { env: { ...PROGRAM_ENV, ...env }, cwd: folder };
      const child = execFile(
        process.execPath,
        ['--conditions=source', BIN, ...args],
        options,
        (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
      );
    });

  test('exits 0 when nothing is wrong, and says so line by line', async () => {
    const { code, stdout } = await run(healthy());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^OK {7}settings: MODE is sandbox/)]);
    expect(stdout).not.toContain(new URL(network.database.url).password || 'no password');
  });

  test('exits 1 when something is', async () => {
    const { code, stdout } = await run({ MODE: 'production', DATA_DIR: folder });
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^WRONG {4}PUBLIC_URL: PUBLIC_URL is required in production/),
    ]);
  });

  test('is one word', async () => {
    expect(await runHere(healthy(), ['doctor', 'house'])).toMatchObject({ code: 2 });
  });
});

describe('keys rotate takes the uses that it is told', () => {
  test('and no other word', async () => {
    const run = (...args: string[]) => runHere({ DATA_DIR: folder }, ['keys', 'rotate', ...args]);
    expect(await run('account-index')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Made account-index key version 1, /),
    });
    expect(await readdir(join(folder, 'keys'))).toEqual(['account-index-0001.json']);
    expect(await run('index')).toMatchObject({ code: 2, stderr: expect.stringMatching(/^"index" is no use of a key/) });
  });
});
