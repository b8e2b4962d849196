/** `npm start` itself: started, used, stopped cleanly, and started again with the stored enrolments. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Demo } from '@payment-passkeys/demo';
import { expect, test } from '@playwright/test';
import { freePorts, portSettings } from '../apps/demo/test/free-ports.ts';
import { addAuthenticator } from './authenticator.ts';
import { button, createPasskey, expectReady, launch, signIn } from './fixtures.ts';

/** The started programs end with the test's process, even when a test fails. */
const END_WITH_PARENT = new URL('../scripts/end-with-parent.mjs', import.meta.url);

test('npm start keeps what was enrolled, and the operators of the console', async ({ page }) => {
  test.setTimeout(300_000);
  const dataDir = await mkdtemp(join(tmpdir(), 'payment-passkeys-start-'));
  const ports = await freePorts();
  const { network, bank } = ports;
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    ...portSettings(ports),
    NODE_OPTIONS: `--import=${END_WITH_PARENT.href}`,
  };
  const demo = { networkUrl: `http://verify.localhost:${network}`, bankUrl: `http://bank.localhost:${bank}` } as Demo;
  const authenticator = await addAuthenticator(page);

  const first = await npmStart(env);
  const invitation = /http:\/\/console\.localhost:\d+\/invitation#[\w-]{43}/.exec(first.output)?.[0] ?? '';
  await page.goto(invitation);
  await button(page, 'Create passkey').click();
  const inside = page.getByRole('navigation', { name: 'Console' });
  await expect(inside).toBeVisible();
  await signIn(page, demo);
  await createPasskey(page, demo);
  await stop(first);

  // The sign-in at the bank is stored too.
  const second = await npmStart(env);
  await launch(page, demo);
  await button(page, 'Use passkey').click();
  await expectReady(page);
  expect(await authenticator.credentialIds()).toHaveLength(2); // the cardholder's and the operator's
  // No invitation is printed, because an operator exists.
  expect(second.output).not.toContain('/invitation');
  await page.goto(new URL(invitation).origin);
  await expect(inside).toBeVisible();
  await stop(second);
  await rm(dataDir, { recursive: true });
});

interface Started {
  readonly child: ChildProcess;
  /** The output up to the last line of the announcement. */
  readonly output: string;
}

async function npmStart(env: NodeJS.ProcessEnv): Promise<Started> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const child = spawn('npm', ['start'], { cwd: root, env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  let output = '';
  const announced = new Promise<void>((resolve) => {
    // Reads all output: if the pipe were closed, the last output would fail.
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Open the bank')) resolve();
    });
  });
  await Promise.race([announced, once(child, 'exit')]);
  expect(output).toContain('sign in as avery');
  return { child, output };
}

/** Signals the whole process group, as Ctrl-C does. */
async function stop({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  await ended;
}
