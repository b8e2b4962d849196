/** The commands for clients, their webhooks and their approvals, beside a running network (contract §8). */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import { createTestClient } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitChange } from '../src/domain/approvals/approvals.ts';
import { proposeRegistration } from '../src/domain/approvals/client-changes.ts';
import { findClient } from '../src/domain/clients/store.ts';
import { runCommand, runProgramIn } from './running-commands.ts';
import { startTestNetwork, type TestNetwork } from './running-network.ts';

let network: TestNetwork;
let folder: string;
beforeAll(async () => {
  network = await startTestNetwork({}, new Date()); // the command line uses the machine's clock
  folder = await mkdtemp(join(tmpdir(), 'command-line-'));
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true });
});

const run = (args: readonly string[], settings?: Readonly<Record<string, string>>) =>
  runCommand(args, { network, settings });

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
      network.now = new Date(); // a command takes time, so the network's clock is set to the machine's again
      return (await bank.startSession(card('4111111111111111'))).status;
    };
    expect(await call()).toBe(403);
    const path = await file('new-bank.json', bank.registration);

    expect(await runProgramIn(folder, ['clients', 'add', path], { network })).toEqual({
      code: 0,
      stdout: 'The client new-bank was added.\n',
      stderr: '',
    });
    expect(await call()).toBe(201);
    expect(await run(['clients', 'add', path])).toMatchObject({
      code: 0,
      stdout: 'The client new-bank was replaced.\n',
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

    // A client that is replaced while suspended stays suspended.
    await run(['clients', 'add', path]);
    expect(await call()).toBe(403);
    expect(await run(['clients', 'resume', 'new-bank'])).toMatchObject({ code: 0 });
    expect(await call()).toBe(201);
  });

  test('show and history: each version and what changed in it, keys by fingerprint; --json for programs', async () => {
    const first = await newClient({ clientId: 'history', consumerKey: 'history', accountRanges: ['411112'] });
    await run(['clients', 'add', await file('history.json', first.registration)]);
    const next = await newClient({
      ...{ clientId: 'history', consumerKey: 'history', accountRanges: ['411112', '411113'] },
      countries: ['US', 'FR'],
    });
    await run(['clients', 'add', await file('history.json', next.registration)]);
    await run(['clients', 'suspend', 'history']);

    const shown = await run(['clients', 'show', 'history']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^state +suspended$/m);
    expect(shown.stdout).toMatch(/^signingKeys +SHA-256 [0-9a-f]{64}$/m);
    expect(JSON.parse((await run(['clients', 'show', 'history', '--json'])).stdout)).toMatchObject({
      clientId: 'history',
      version: 3,
      accountRanges: ['411112', '411113'],
    });

    const { stdout } = await run(['clients', 'history', 'history']);
    expect(stdout).toMatch(/Z {2}version 1: added\n/);
    expect(stdout).toMatch(
      /version 2: replaced\n {2}signingKeys\n {4}- SHA-256 \w+\n {4}\+ SHA-256 \w+\n {2}accountRanges\n {4}\+ 411113\n {2}countries\n {4}- DE\n {4}\+ FR\n/,
    );
    expect(stdout).toMatch(/version 3: suspended\n$/);
    expect(stdout + shown.stdout).not.toContain('BEGIN');
    const { changes } = JSON.parse((await run(['clients', 'history', 'history', '--json'])).stdout);
    expect(changes.map(({ change }: { change: string }) => change)).toEqual(['ADDED', 'REPLACED', 'SUSPENDED']);
    expect(await run(['clients', 'history', 'nobody'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('add --dry-run shows the difference, or the conflict, and changes nothing', async () => {
    const { registration } = network.client;
    const changed = { ...registration, name: 'Another name', countries: ['US'] };
    const dry = await run(['clients', 'add', await file('dry.json', changed), '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toBe(
      'The client test-bank was not changed. It would differ so:\n  name\n    - Test Bank\n    + Another name\n  countries\n    - DE\n',
    );
    expect((await run(['clients', 'list'])).stdout).toMatch(/^test-bank\tissuer\tactive\tTest Bank\t/m);
    const same = await run(['clients', 'add', '--dry-run', await file('dry.json', registration)]);
    expect(same.stdout).toBe('The client test-bank is registered like that already.\n');
    const taken = await newClient({ clientId: 'dry', consumerKey: 'dry', accountRanges: ['555555'] });
    const conflict = await run(['clients', 'add', '--dry-run', await file('dry.json', taken.registration)]);
    expect([conflict.code, conflict.stderr]).toEqual([
      1,
      '/accountRanges overlaps the range 555555 of the client test-bank\n',
    ]);
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

test('webhooks list, webhooks enable, events replay: what was not taken is delivered again', async () => {
  const { pool } = network.database;
  const { clientId } = network.client.registration;
  const uri = 'http://bank.localhost:4999/events';
  expect(await run(['webhooks', 'list'])).toMatchObject({ code: 0, stderr: 'No client has registered a webhook.\n' });
  const file = join(folder, 'with-webhook.json');
  const webhooks = [{ uri, types: ['client.key-expiring'] }]; // no test causes this type of event
  await writeFile(file, JSON.stringify({ ...network.client.registration, webhooks }));
  expect(await run(['clients', 'add', file])).toMatchObject({ code: 0, stderr: '' });
  expect((await run(['clients', 'show', clientId])).stdout).toMatch(
    /webhooks +http:\/\/bank.localhost:4999\/events client.key-expiring/,
  );
  await pool.query('UPDATE webhook SET disabled_at = now()');
  await pool.query(
    `INSERT INTO event_delivery (client_id, uri, position, started_at, due_at, dead_at, failure)
     VALUES ($1, $2, 1, now(), now(), now(), 'HTTP_500')`,
    [clientId, uri],
  );
  const { stdout } = await run(['webhooks', 'list']);
  expect(stdout).toMatch(
    /^\S+\thttp:\/\/bank.localhost:4999\/events\toff since \S+\t0 waiting\t1 dead\tlast failure HTTP_500\tclient.key-expiring$/m,
  );
  expect(await run(['webhooks', 'enable', clientId, 'https://other.example/'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no webhook https://other.example/'),
  });
  expect(await run(['webhooks', 'enable', clientId])).toMatchObject({ code: 0 });
  expect(await run(['events', 'replay', clientId])).toMatchObject({
    code: 0,
    stdout: `1 deliveries to ${clientId} are due again.\n`,
  });
  expect(await run(['events', 'replay', clientId, '--since', 'yesterday'])).toMatchObject({ code: 2 });
  expect(await run(['events', 'replay', 'nobody'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('nobody'),
  });
  await writeFile(file, JSON.stringify(network.client.registration));
  await run(['clients', 'add', file]);
  expect((await pool.query('SELECT FROM event_delivery')).rows).toEqual([]);
});

test('approvals list: the changes that wait at the console, with what they change', async () => {
  const { pool } = network.database;
  expect(await run(['approvals', 'list'])).toMatchObject({ code: 0, stderr: 'Nothing waits for approval.\n' });
  const { registration } = network.client;
  const { clientId, callbackDomains = [] } = registration;
  const client = await findClient(pool, clientId);
  const changed = { ...registration, callbackDomains: ['new.bank.example'] };
  const given = { registration: changed, version: client?.version, mode: 'sandbox' } as const;
  const by = { operatorId: 'anna', name: 'Anna', role: 'OPERATOR' } as const;
  const now = new Date();
  await submitChange(pool, await proposeRegistration(pool, given), { by, approvals: true, now });
  const { stdout } = await run(['approvals', 'list']);
  expect(stdout).toMatch(new RegExp(`^client.change\\t${clientId}\\t.*\\tasked for by Anna\\tuntil `));
  const gone = callbackDomains.map((domain) => `    - ${domain}\n`).join('');
  expect(stdout).toContain(`  callbackDomains\n${gone}    + new.bank.example\n`);
  const [approval] = JSON.parse((await run(['approvals', 'list', '--json'])).stdout);
  expect(approval).toMatchObject({ state: 'WAITING', requestedBy: { operatorId: 'anna' } });
});
