/** The command line, beside a running network and alone (contract §8). */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import { createTestClient, createThrowawayDatabase } from '@payment-passkeys/testkit';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';
import { freePort, PROGRAM_ENV } from './serving-process.ts';

const BIN = fileURLToPath(new URL('../bin/payment-passkeys-network.mjs', import.meta.url));
let network: TestNetwork;
let folder: string;
beforeAll(async () => {
  network = await startTestNetwork({}, new Date()); // the command line goes by the machine's clock
  folder = await mkdtemp(join(tmpdir(), 'command-line-'));
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (changes: Readonly<Record<string, string>> = {}) => ({
  ...PROGRAM_ENV,
  DATABASE_URL: network.database.url,
  DATA_DIR: network.dataDir,
  ...changes,
});

function run(args: readonly string[], changes?: Readonly<Record<string, string>>): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: environment(changes), cwd: folder };
    const child = execFile(process.execPath, [BIN, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const card = (primaryAccountNumber: string) => ({
  info: {
    accountReferences: { cards: [{ primaryAccountNumber, panExpirationMonth: '12', panExpirationYear: '2032' }] },
  },
});

async function newClient(changes: Partial<ClientRegistration>) {
  return createTestClient(network, { clock: () => new Date(), changes });
}

describe('clients', () => {
  test('add, list, suspend, resume: the running network goes by it at once', async () => {
    network.now = new Date();
    const bank = await newClient({ clientId: 'new-bank', consumerKey: 'new-bank', accountRanges: ['411111'] });
    const call = async () => {
      network.now = new Date(); // the command line takes its time, and the client's clock runs on
      return (await bank.startSession(card('4111111111111111'))).status;
    };
    expect(await call()).toBe(403);
    const path = await file('new-bank.json', bank.registration);

    expect(await run(['clients', 'add', path])).toMatchObject({ code: 0, stderr: 'The client new-bank was added.\n' });
    expect(await call()).toBe(201);
    expect(await run(['clients', 'add', path])).toMatchObject({
      code: 0,
      stderr: 'The client new-bank was replaced.\n',
    });

    expect(await run(['clients', 'suspend', 'new-bank'])).toMatchObject({ code: 0 });
    expect(await call()).toBe(403);
    const { stdout } = await run(['clients', 'list']);
    expect(
      stdout
        .split('\n')
        .find((line) => line.startsWith('new-bank'))
        ?.split('\t'),
    ).toEqual(['new-bank', 'issuer', 'suspended', 'Test Bank', '411111', 'US DE']);
    expect(stdout).toMatch(/^test-bank\tissuer\tactive\t/m);
    expect(stdout).not.toContain('PUBLIC KEY');

    // Replaced while suspended, it stays suspended.
    await run(['clients', 'add', path]);
    expect(await call()).toBe(403);
    expect(await run(['clients', 'resume', 'new-bank'])).toMatchObject({ code: 0 });
    expect(await call()).toBe(201);
  });

  test('overlapping account ranges are refused, naming whose they are, and nothing is added', async () => {
    for (const range of ['5555', '55555512']) {
      const bank = await newClient({ clientId: 'overlap', consumerKey: 'overlap', accountRanges: [range] });
      const outcome = await run(['clients', 'add', await file('overlap.json', bank.registration)]);
      expect(outcome.code).toBe(1);
      expect(outcome.stderr).toBe('/accountRanges overlaps the range 555555 of the client test-bank\n');
    }
    expect((await run(['clients', 'list'])).stdout).not.toContain('overlap');
  });

  test('a PEM of a public key followed by its private key is refused, and nothing of it is stored or written out', async () => {
    const bank = await newClient({ clientId: 'careless', consumerKey: 'careless', accountRanges: ['411111'] });
    const secret = bank.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const pem = `${bank.registration.signingKey}${secret}`;
    const outcome = await run([
      'clients',
      'add',
      await file('careless.json', { ...bank.registration, signingKey: pem }),
    ]);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toBe('/signingKey It holds a private key, where only the public half belongs.\n');
    const { rows } = await network.database.pool.query('SELECT client::text AS row FROM client');
    for (const { row } of rows) expect(row).not.toMatch(/careless|PRIVATE/);
  });

  test("another client's consumer key is refused", async () => {
    const { consumerKey } = network.client.registration;
    const bank = await newClient({ clientId: 'same-key', consumerKey, accountRanges: ['222300'] });
    const outcome = await run(['clients', 'add', await file('same-key.json', bank.registration)]);
    expect([outcome.code, outcome.stderr]).toEqual([1, "/consumerKey is the client test-bank's already\n"]);
  });

  test('a FILE.json that cannot be used: every field at fault is named, and no stack is shown', async () => {
    const { registration } = network.client;
    const outcomes = await Promise.all([
      run([
        'clients',
        'add',
        await file('faulty.json', { ...registration, name: '', countries: ['USA'], signingKey: undefined }),
      ]),
      run(['clients', 'add', await file('empty.json', {})]),
      run(['clients', 'add', await file('text.json', 'no json')]),
      run(['clients', 'add', join(folder, 'missing.json')]),
      run(['clients', 'add']),
      run(['clients', 'suspend', 'nobody']),
    ]);
    const [faulty, empty, text, missing, none, nobody] = outcomes;
    expect(faulty?.stderr.split('\n').map((line) => line.split(' ')[0])).toEqual(
      expect.arrayContaining(['/name', '/countries/0']),
    );
    expect(empty?.stderr).toMatch(/^\/clientId is required\n/);
    expect(text?.stderr).toMatch(/text\.json is not JSON/);
    expect(missing?.stderr).toMatch(/missing\.json cannot be read \(ENOENT\)/);
    expect(none?.stderr).toMatch(/^FILE\.json is missing\./);
    expect(nobody?.stderr).toMatch(/^There is no client nobody\./);
    expect(outcomes.map(({ code }) => code)).toEqual([1, 1, 1, 2, 2, 2]);
    for (const { stderr } of outcomes) expect(stderr).not.toMatch(/\n\s+at |node:internal/);
  });
});

describe('keys rotate, beside a running network', () => {
  test('both keys are published within seconds, and proofs go on verifying', async () => {
    network.now = new Date();
    const before = await enrol(network, network.browser());
    const outcome = await run(['keys', 'rotate']);
    expect(outcome.code).toBe(0);
    const next = /Made signing key (\S+), in use from \S+Z\./.exec(outcome.stderr)?.[1];
    expect(outcome.stderr).toMatch(/Made encryption key \S+, in use from/);
    expect(outcome.stdout + outcome.stderr).not.toMatch(/PRIVATE|BEGIN/);

    const url = new URL('/.well-known/jwks.json', network.address);
    const published = async () =>
      ((await (await fetch(url)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const old = decodeProtectedHeader(before.proof).kid;
    await expect.poll(published, { timeout: 120_000 }).toEqual([next, old]);

    const during = await enrol(network, network.browser());
    network.now = new Date(Date.now() + 11 * 60_000);
    const after = await enrol(network, network.browser());
    expect(decodeProtectedHeader(after.proof).kid).toBe(next);
    for (const { session, proof } of [before, during, after]) {
      const options = { issuer: network.publicUrl, audience: network.publicUrl, currentDate: network.now };
      await expect(jwtVerify(proof, createRemoteJWKSet(url), options)).resolves.toBeDefined();
      expect((await network.client.bind({ ...session, proofOfAuthentication: proof })).status).toBe(201);
    }
  });
});

describe('the command line itself', () => {
  test('says how it is used, and what is one word too many', async () => {
    const [help, nothing, unknown, extra, workers] = await Promise.all([
      run(['--help']),
      run(['clients', 'remove', 'test-bank']),
      run(['rotate']),
      run(['clients', 'list', 'all']),
      run(['serve', '--workers', '0']),
    ]);
    expect(workers).toMatchObject({ code: 2, stderr: expect.stringMatching(/^--workers has to be auto, or a number/) });
    expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/clients add FILE\.json[\s\S]*keys rotate/) });
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringMatching(/^There is no command "clients remove/) });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringMatching(/^There is no command "rotate"/) });
    expect(extra).toMatchObject({ code: 2, stderr: expect.stringMatching(/^"all" is one word too many/) });
  });

  test('names a setting that is wrong', async () => {
    const outcome = await run(['clients', 'list'], { MODE: 'staging' });
    expect(outcome).toMatchObject({ code: 1, stderr: 'MODE has to be sandbox or production.\n' });
  });

  test('serve ends in order when the npx that started it is ended, whose shell hands no signal on', async () => {
    const port = await freePort();
    const env = { ...environment({ PORT: String(port), LOG_LEVEL: 'silent' }), npm_command: 'exec' };
    // As npx starts a command. The second one keeps the shell from becoming the first.
    const shell = spawn('sh', ['-c', '"$0" "$1" serve; true', process.execPath, BIN], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    shell.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    await expect.poll(() => said, { timeout: 120_000 }).toContain('The network listens on');
    const silence = once(shell.stderr, 'end'); // when the last that holds it has ended
    shell.kill('SIGTERM');
    await silence;
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  test('serve opens the port when everything behind it is ready, and stops cleanly', async () => {
    const database = await createThrowawayDatabase({ poolSize: 1 });
    const port = await freePort();
    const env = environment({
      DATABASE_URL: database.url,
      DATA_DIR: await mkdtemp(join(folder, 'serve-')),
      PORT: String(port),
      LOG_LEVEL: 'silent',
    });
    const child = spawn(process.execPath, [BIN, 'serve'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
    const exited = once(child, 'exit');
    try {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (chunk) => {
        said += chunk;
      });
      await expect.poll(() => said, { timeout: 120_000 }).toContain(`The network listens on http://127.0.0.1:${port};`);
      const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
      expect(await ready.json()).toEqual({ status: 'ready' });
      const second = await run(['serve'], { ...env });
      expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The port is taken: set PORT/m) });
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
    await database.close();
  });
});
