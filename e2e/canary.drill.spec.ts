/**
 * The canary in a real browser, against the demo started by `npm start`, at debug log level: the cardholder's accounts pass through bank,
 * network and shop. Then they are searched for in every log line, every address the browser saw, its console, its storage, and every table
 * by COPY.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Demo } from '@payment-passkeys/demo';
import { openDatabase } from '@payment-passkeys/storage';
import { type BrowserContext, expect, type Page, test } from '@playwright/test';
import { freePorts, portSettings } from '../apps/demo/test/free-ports.ts';
// The search is that of the network's own test; nothing else of its package is imported by path.
import { copyTables, findMarks } from '../packages/network/test/canary-marks.ts';
import { addAuthenticator } from './authenticator.ts';
import { button, captureLaunch, createPasskey, expectReady, expectReason, launch, signIn } from './fixtures.ts';
import { CARD, pay, placeOrder, signInAtShop } from './shop.ts';

/** The started programs end with the test's process, even when a test fails. */
const END_WITH_PARENT = new URL('../scripts/end-with-parent.mjs', import.meta.url);

/** The bank's data about the cardholder of its demonstration. */
const MARKS = [
  '5555555555554444',
  '5105105105105100',
  '555555555555',
  '510510510510',
  'avery@larkmoor.example',
  '5555550100',
  '15555550100',
];
/** The bank's customer record, and the values in it. */
const CUSTOMER_RECORD = ['bank_customer', 'bank_card'];

interface RunningDemo {
  readonly demo: Demo;
  readonly dataDir: string;
  readonly output: () => string;
  stop(): Promise<void>;
}

async function startDemo(): Promise<RunningDemo> {
  const dataDir = await mkdtemp(join(tmpdir(), 'payment-passkeys-canary-'));
  const ports = await freePorts();
  const { network, bank, shop } = ports;
  const env = {
    ...process.env,
    DATA_DIR: dataDir,
    ...portSettings(ports),
    LOG_LEVEL: 'debug',
    NODE_OPTIONS: `--conditions=source --import=${END_WITH_PARENT.href}`,
  };
  const root = fileURLToPath(new URL('..', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['apps/demo/src/main.ts'], { cwd: root, env });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk) => (output += chunk));
  await expect.poll(() => output, { timeout: 120_000 }).toContain('Open the bank');
  return {
    // The members of a Demo that the tests use.
    demo: {
      networkUrl: `http://verify.localhost:${network}`,
      bankUrl: `http://bank.localhost:${bank}`,
      shopUrl: `http://shop.localhost:${shop}`,
    } as Demo,
    dataDir,
    output: () => output,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await ended;
      await rm(dataDir, { recursive: true });
    },
  };
}

/** Every address that the browser requested, was redirected to or sent as referrer, and every line of its console. */
function watch(context: BrowserContext): readonly string[] {
  const seen: string[] = [];
  context.on('request', (request) => void seen.push(request.url(), request.headers().referer ?? ''));
  context.on('response', (response) => void seen.push(JSON.stringify(response.headers())));
  context.on('console', (message) => void seen.push(message.text()));
  context.on('page', (page) => page.on('framenavigated', (frame) => void seen.push(frame.url())));
  return seen;
}

async function walkBank(page: Page, demo: Demo): Promise<void> {
  const authenticator = await addAuthenticator(page);
  await page.goto(demo.bankUrl);
  await page.getByLabel('Username').fill('avery');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await signIn(page, demo);
  // Failures: "Not now", a cardholder who is not verified, a malformed launch, a launch that was used before.
  await launch(page, demo);
  await button(page, 'Not now').click();
  await expectReason(page, demo, 'USER_CANCELLATION');
  await authenticator.setUserVerified(false);
  await launch(page, demo);
  await button(page, 'Create passkey').click();
  await expectReason(page, demo, 'CREDENTIALS_CREATION_NOT_ALLOWED');
  await authenticator.setUserVerified(true);
  const launchUrl = await captureLaunch(page, demo);
  await page.goto(launchUrl.replace(/#.*/, '#spelled-wrongly'));
  await expectReason(page, demo, 'INVALID_QUERY_PARAMS');
  // Successes: created (2A), used (2B), and "Not now" on a recognised device.
  await createPasskey(page, demo);
  await launch(page, demo);
  await button(page, 'Use passkey').click();
  await expectReady(page);
  await launch(page, demo);
  await button(page, 'Not now').click();
  await expectReason(page, demo, 'USER_CANCELLATION');
}

async function walkShop(page: Page, demo: Demo): Promise<void> {
  await signInAtShop(page, demo);
  await placeOrder(page, demo);
  await pay(page, { card: CARD });
  await button(page, 'Pay with passkey').click();
  await expect(page.getByRole('heading', { name: 'Thank you, your order is paid' })).toBeVisible();
}

test('no card number, e-mail address or phone number is seen outside the bank’s customer record', async ({
  page,
  context,
}) => {
  test.setTimeout(300_000);
  const running = await startDemo();
  try {
    const seen = watch(context);
    page.on('framenavigated', (frame) => void (seen as string[]).push(frame.url()));
    await walkBank(page, running.demo);
    await walkShop(page, running.demo);
    const storage = JSON.stringify(await context.storageState());

    const lines = running.output().split('\n');
    expect(lines.filter((line) => line.startsWith('{')).length).toBeGreaterThan(100);
    for (const line of lines) expect(findMarks(line, MARKS), line).toEqual([]);
    expect(seen.filter((text) => text.includes('proofOfAuthentication')).length).toBeGreaterThan(0);
    for (const text of seen) expect(findMarks(text, MARKS), text).toEqual([]);
    expect(findMarks(storage, MARKS)).toEqual([]);

    const metrics = await (
      await fetch(`${running.demo.networkUrl.replace('verify.localhost', '127.0.0.1')}/metrics`)
    ).text();
    expect(metrics).toContain('payment_passkeys_');
    expect(findMarks(metrics, MARKS)).toEqual([]);

    for (const name of ['network', 'bank', 'shop']) {
      const database = await openDatabase({ dataDir: running.dataDir, name });
      const tables = await copyTables(database.url);
      await database.close();
      expect(tables.size, name).toBeGreaterThan(3);
      for (const [table, content] of tables) {
        const found = findMarks(content, MARKS);
        // The search works: the customer record contains all values.
        if (CUSTOMER_RECORD.includes(table)) expect(found.length, table).toBeGreaterThan(0);
        else expect(found, `${name}: ${table}`).toEqual([]);
      }
    }
  } finally {
    await running.stop();
  }
});
