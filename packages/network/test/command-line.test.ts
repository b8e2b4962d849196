/** The command line, with a running network and without one (contract §8): its usage, keys, passkeys, `serve`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createThrowawayDatabase, freePort } from '@payment-passkeys/testkit';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BIN, environmentOf, runCommand, runProgramIn } from './running-commands.ts';
import { enrol, startTestNetwork, type TestNetwork } from './running-network.ts';

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

type Settings = Readonly<Record<string, string>>;
const environment = (settings?: Settings) => environmentOf({ network, settings });
const run = (args: readonly string[], settings?: Settings) => runCommand(args, { network, settings });
const runProgram = (args: readonly string[], settings?: Settings) => runProgramIn(folder, args, { network, settings });

describe('keys rotate, beside a running network', () => {
  test('both keys are published within seconds, and proofs go on verifying', async () => {
    network.now = new Date();
    const before = await enrol(network, network.browser());
    const outcome = await run(['keys', 'rotate']);
    expect(outcome.code).toBe(0);
    const next = /Made signing key (\S+), in use from \S+Z\./.exec(outcome.stdout)?.[1];
    expect(outcome.stdout).toMatch(/Made encryption key \S+, in use from/);
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

test('keys list: each key with its age, and when the next one is due; no key itself', async () => {
  const { code, stdout, stderr } = await run(['keys', 'list']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^encryption\t\S+\tin use for \d+ days/m);
  expect(stdout).toMatch(/^signing\t.*\tthe next is due on \d{4}-\d\d-\d\d$/m);
  expect(stdout).toMatch(/^account-index\tversion 1\tin use for \d+ days/m);
  const listed: readonly { readonly use: string; readonly rotationDue?: string }[] = JSON.parse(
    (await run(['keys', 'list', '--json'])).stdout,
  );
  expect(new Set(listed.map(({ use }) => use)).size).toBe(5);
  expect(listed.filter(({ rotationDue }) => rotationDue !== undefined)).toHaveLength(5);
  expect(stdout + JSON.stringify(listed)).not.toMatch(/PRIVATE|secret/);
});

describe('the command line itself', () => {
  test('a slip prints the usage of its own command only; --version prints the version', async () => {
    const [extra, option, version] = await Promise.all([
      run(['clients', 'add']),
      run(['keys', 'list', '--all']),
      runProgram(['--version']),
    ]);
    expect(extra?.stderr).toBe(
      'FILE.json is missing.\nUsage: payment-passkeys-network clients add FILE.json [--dry-run] [--json]\n',
    );
    expect(option?.stderr).toMatch(
      /^Unknown option '--all'\.\nUsage: payment-passkeys-network keys list \[--json\]\n$/,
    );
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  });

  test('says how it is used, and what is one word too many', async () => {
    const [help, nothing, unknown, extra, workers] = await Promise.all([
      run(['--help']),
      run(['clients', 'remove', 'test-bank']),
      runProgram(['rotate']),
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
    const outcome = await runProgram(['clients', 'list'], { MODE: 'staging' });
    expect(outcome).toMatchObject({ code: 1, stderr: 'MODE has to be sandbox or production.\n' });
  });

  test('serve ends in order when the npx that started it is ended, whose shell hands no signal on', async () => {
    const port = await freePort();
    const env = { ...environment({ PORT: String(port), LOG_LEVEL: 'silent' }), npm_command: 'exec' };
    // Starts a command as npx does. The second command keeps the shell from replacing itself by the first.
    const shell = spawn('sh', ['-c', '"$0" "$1" serve; true', process.execPath, BIN], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    shell.stderr.setEncoding('utf8').on('data', (chunk) => {
      said += chunk;
    });
    await expect.poll(() => said, { timeout: 120_000 }).toContain('The network listens on');
    const silence = once(shell.stderr, 'end'); // resolves when the last process with this output has ended
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
    const child = spawn(process.execPath, ['--conditions=source', BIN, 'serve'], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const exited = once(child, 'exit');
    try {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (chunk) => {
        said += chunk;
      });
      await expect.poll(() => said, { timeout: 120_000 }).toContain(`The network listens on http://127.0.0.1:${port};`);
      const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
      expect(await ready.json()).toEqual({ status: 'ready' });
      const second = await runProgram(['serve'], { ...env });
      expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/^The port is taken: set PORT/m) });
    } finally {
      child.kill('SIGTERM');
    }
    expect(await exited).toEqual([0, null]);
    await database.close();
  });
});

describe('passkeys', () => {
  async function enrolled() {
    const { session, proof } = await enrol(network, network.browser());
    const { body } = await network.client.bind({
      authenticationSessionId: session.authenticationSessionId,
      proofOfAuthentication: proof,
    });
    return { bindingId: body.bindingId as string, credentialId: body.credentialId as string };
  }

  test('show, suspend, resume and delete, by the passkey and by one binding', async () => {
    const { bindingId, credentialId } = await enrolled();
    const shown = await run(['passkeys', 'show', credentialId]);
    expect(shown.stdout).toContain(`${bindingId}\tACTIVE\t`);
    expect(shown.stdout).toMatch(/ {2}CARD, EMAIL.*last used never\n {2}device /);
    const suspended = await run(['passkeys', 'suspend', credentialId, '--reason', 'FRAUD_SUSPECTED']);
    expect(suspended.stdout).toBe(`${bindingId}\tsuspended by NETWORK\n`);
    const resumed = await run(['passkeys', 'resume', bindingId, '--reason', 'CLIENT_DECISION', '--json']);
    expect(JSON.parse(resumed.stdout)).toEqual([
      { bindingId, suspendedBy: [], pendingActivation: false, deleted: false },
    ]);
    const deleted = await run(['passkeys', 'delete', bindingId, '--reason', 'DEVICE_LOST']);
    expect(deleted.stdout).toBe(`${bindingId}\tdeleted\n`);
    expect((await run(['passkeys', 'show', bindingId])).stdout).toContain('DELETED');
    const passkey = await run(['passkeys', 'delete', credentialId, '--reason', 'DEVICE_LOST']);
    expect(passkey.stdout).toBe(`The passkey ${credentialId} is deleted with every binding.\n`);
  });

  test('forget-device', async () => {
    const { credentialId } = await enrolled();
    const [binding] = JSON.parse((await run(['passkeys', 'show', credentialId, '--json'])).stdout);
    const device = binding.devices[0].appInstanceId;
    const forgotten = await run(['passkeys', 'forget-device', credentialId, device]);
    expect(forgotten.stdout).toBe(`The device ${device} is forgotten.\n`);
    expect((await run(['passkeys', 'forget-device', credentialId, device])).code).toBe(2);
  });

  test('an id that is none, and no reason or another one', async () => {
    const { credentialId } = await enrolled();
    const none = await run(['passkeys', 'show', 'nobody']);
    expect([none.code, none.stderr.split('\n')[0]]).toEqual([2, 'There is no passkey and no binding nobody.']);
    // Ids are base64url, so a hyphen may be their first character.
    const hyphened = await run(['passkeys', 'show', '-3xlFq8', '--json']);
    expect([hyphened.code, hyphened.stderr.split('\n')[0]]).toEqual([2, 'There is no passkey and no binding -3xlFq8.']);
    for (const reason of [[], ['--reason', 'BECAUSE']]) {
      const { code, stderr } = await run(['passkeys', 'suspend', credentialId, ...reason]);
      expect([code, stderr.split(',')[0]]).toEqual([2, '--reason is one of DEVICE_LOST']);
    }
  });
});
