/** The cardholder without a browser (contract §19) from the console, from the recipe for CI, and from the command line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createEnrolmentHandlers, toNodeHandler } from '@payment-passkeys/issuer/server';
import { SANDBOX_CARDHOLDER_PATH } from '@payment-passkeys/protocol/sandbox';
import { buildSessionInfo, freePort } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../src/process/commands/command-line.ts';
import { type CardholderCaller, endOf, newDevice, openCardholder } from './cardholder-caller.ts';
import { openTestConsole } from './console-caller.ts';
import { PROGRAM_ENV } from './serving-process.ts';
import { cardOf, freshPan, startTestShop, type TestShop } from './shop.ts';

const START = new Date('2026-11-24T12:00:00Z');
let at: TestShop;
let cardholder: CardholderCaller;
let forward: Server;

beforeAll(async () => {
  const port = await freePort();
  at = await startTestShop({ PUBLIC_URL: `http://verify.localhost:${port}` });
  // The command calls the public address.
  forward = createServer((socket) => {
    const to = connect(Number(new URL(at.network.address).port), '127.0.0.1');
    socket.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => socket.destroy()).pipe(socket);
  });
  await once(forward.listen(port, '127.0.0.1'), 'listening');
  cardholder = openCardholder(at);
});
afterAll(async () => {
  await cardholder.issuer.close();
  await at.network.stop();
  forward.close();
});
beforeEach(() => {
  at.network.now = START;
});

test('an operator of the console acts as a cardholder too', async () => {
  const sandboxConsole = await openTestConsole(at.network, { approvals: false });
  const operator = await sandboxConsole.operator('OPERATOR');
  const act = async (action: string) =>
    operator.call('POST', SANDBOX_CARDHOLDER_PATH, { uri: await cardholder.startAtBank(), do: action });
  const { status, body } = await act('CREATE');
  expect([status, endOf(new URL(body.redirect))]).toEqual([200, 'ENROLLED']);
  expect((await act('USE')).status).toBe(409);
  await sandboxConsole.close();
});

describe('the recipe for CI', () => {
  const FOLDER = fileURLToPath(new URL('../../../examples/continuous-integration/', import.meta.url));

  /** A bank as the recipe expects it: a start route, and a page for each end. */
  async function startBank() {
    const info = buildSessionInfo(START);
    const { start, callback } = createEnrolmentHandlers({
      issuer: cardholder.issuer,
      callbackUri: 'http://bank.localhost:4001/passkeys/callback',
      cardholder: () => 'customer-1',
      enrolment: () => ({
        accounts: cardOf(freshPan()),
        verification: info.cardholderVerification,
        consent: info.consent,
        complianceResources: info.complianceSettings?.complianceResources ?? [],
      }),
      render: (outcome) =>
        new Response(outcome.status === 'ENROLLED' ? 'Your payment passkey is ready' : JSON.stringify(outcome)),
    });
    const origin = 'http://bank.localhost:4001';
    const [onStart, onCallback] = [start, callback].map((handler) => toNodeHandler(handler, { origin }));
    const server = createHttpServer((request, response) => {
      void (request.method === 'POST' ? onStart : onCallback)?.(request, response);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  test('its test enrols at a bank', async () => {
    const bank = await startBank();
    const env = { ...process.env, NETWORK: at.network.address, BANK: bank.address, NODE_TEST_CONTEXT: undefined };
    const run = spawn(process.execPath, ['--test', join(FOLDER, 'passkeys.test.mjs')], { env });
    const [said, [code]] = await Promise.all([text(run.stdout), once(run, 'exit')]);
    bank.server.close();
    expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('pass 3') });
  });

  // Only in the drills, because the script starts a network.
  if (process.env.DRILLS) {
    test('its script starts a network, waits for it, and registers the client', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ci-'));
      const port = String(await freePort());
      await symlink(fileURLToPath(new URL('../../../', import.meta.url)), join(folder, 'network'));
      await writeFile(join(folder, 'registration.json'), JSON.stringify(at.network.client.registration));
      const env = {
        PATH: process.env.PATH,
        HOME: folder,
        PORT: port,
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: at.network.database.url,
      };
      const run = spawn('sh', [join(FOLDER, 'start-network.sh'), 'registration.json'], { env, cwd: folder });
      const [said, [code]] = await Promise.all([text(run.stderr), once(run, 'exit')]);
      const ready = () =>
        fetch(`http://127.0.0.1:${port}/health/ready`).then(
          ({ status }) => status,
          () => 'ended',
        );
      expect({ code, said, ready: await ready() }).toMatchObject({ code: 0, ready: 200 });
      process.kill(Number(await readFile(join(folder, 'network.log.pid'), 'utf8')), 'SIGTERM');
      await expect.poll(ready).toBe('ended');
      await rm(folder, { recursive: true });
    });
  }
});

describe('the command', () => {
  async function run(args: readonly string[]) {
    const written = { stdout: '', stderr: '' };
    const code = await runCommandLine(args, {
      env: PROGRAM_ENV,
      clock: () => new Date(),
      print: (line) => (written.stdout += `${line}\n`),
      log: (line) => (written.stderr += `${line}\n`),
    });
    return { code, ...written };
  }

  test('prints where the page leads', async () => {
    const [pan, device] = [freshPan(), newDevice()];
    const act = async (...words: string[]) =>
      run(['sandbox', 'cardholder', await cardholder.startAtBank(pan), ...words]);
    const created = await act('--do', 'CREATE', '--device', device);
    expect({ ...created, end: endOf(new URL(created.stdout)) }).toMatchObject({ code: 0, stderr: '', end: 'ENROLLED' });
    const { stdout } = await act('--do', 'NOT_NOW', '--device', device, '--json');
    expect(endOf(new URL(JSON.parse(stdout).redirect))).toBe('CANCELLED USER_CANCELLATION');
    expect(await act('--do', 'CLOSE')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'The cardholder has closed the page.\n',
    });
  });

  test('prints what was refused, with the field and the remedy', async () => {
    expect(await run(['sandbox', 'cardholder', await cardholder.startAtBank(), '--do', 'USE'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^NOT_OFFERED at \/do: .*CREATE/),
    });
  });

  test('says when nothing listens there', async () => {
    const uri = `http://verify.localhost:${await freePort()}/auth/passkeys`;
    expect(await run(['sandbox', 'cardholder', uri, '--do', 'CREATE'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('does not answer'),
    });
  });

  test('refuses an unknown action, and an address that is none', async () => {
    expect(await run(['sandbox', 'cardholder', 'http://verify.localhost:4000/', '--do', 'JUMP'])).toMatchObject({
      code: 2,
    });
    expect(await run(['sandbox', 'cardholder', 'here', '--do', 'CREATE'])).toMatchObject({ code: 2 });
  });
});
