/** `/docs`: the API reference of a sandbox. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { readRegistration, saveClient } from '@payment-passkeys/network';
import { buildClientRegistration } from '@payment-passkeys/testkit';
import { bySetUp } from '../packages/network/test/by-set-up.ts';
import { AS_DRILL } from './drills.ts';
import { expect, test } from './fixtures.ts';
import { findViolations } from './judge.ts';

/** The moderate findings of axe in Swagger UI 5.35: its headings begin at another level than the page's. */
const KNOWN = /^(heading-order|region)\b/;

test('a call that is tried is encrypted and signed in the browser; nothing is requested elsewhere, and the policy is kept @at-length', async ({
  page,
  demo,
}) => {
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${demo.networkUrl}/`)) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    // The browser reports the answer that asks for a nonce.
    const asksForNonce = message.location().url.endsWith('/oauth2/token');
    if (message.type() === 'error' && !asksForNonce) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.setViewportSize({ width: 320, height: 900 });
  await page.goto(`${demo.networkUrl}/docs`);

  const { dataDir } = demo.network.network.config;
  await page.getByLabel('Consumer key').fill('bank!demo-signing-key');
  await page.getByLabel('Private key, a PEM file').setInputFiles(join(dataDir, 'bank', 'signing-key.pem'));
  await page.getByRole('button', { name: 'Use this key' }).click();
  await expect(page.getByText('Calls are signed as bank!demo-signing-key.')).toBeVisible();

  const operation = page.locator('#operations-clients-startSession');
  await operation.getByRole('button', { name: 'Start a session' }).click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await expect(operation.getByLabel('Request body')).toHaveValue(/"primaryAccountNumber": "5555555555554444"/);
  const sending = page.waitForRequest((request) => request.method() === 'POST');
  await operation.getByRole('button', { name: 'Execute' }).click();
  const sent = (await sending).postData() ?? '';
  expect(sent).not.toContain('5555555555554444');
  expect(JSON.parse(sent).srcSessionInitiationRequestInfo.encryptedData).toMatch(/^eyJ[^.]+(\.[\w-]+){4}$/);
  await expect(operation.locator('.live-responses-table .response-col_status').last()).toHaveText(/^201/);

  // The client has only a key for OAuth 2.0.
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { consumerKey: _name, signingKey: _key, ...registration } = buildClientRegistration('');
  const oauth2Keys = [publicKey.export({ type: 'spki', format: 'pem' }).toString()];
  const client = readRegistration({ ...registration, clientId: 'reference-page', accountRanges: ['2229'], oauth2Keys });
  await saveClient(demo.network.network.pool, client, bySetUp(new Date()));
  await page.getByLabel('OAuth 2.0 with DPoP').check();
  await page.getByLabel('Client id').fill('reference-page');
  await page.getByLabel('or paste it').fill(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  await page.getByRole('button', { name: 'Use this key' }).click();
  await expect(page.getByText('Calls are signed as reference-page.')).toBeVisible();
  const events = page.locator('#operations-clients-pullEvents');
  await events.getByRole('button').first().click();
  await events.getByRole('button', { name: 'Try it out' }).click();
  const reading = page.waitForRequest((request) => request.url().includes('/authentication/events'));
  await events.getByRole('button', { name: 'Execute' }).click();
  expect((await reading).headers().authorization).toMatch(/^DPoP eyJ/);
  await expect(events.locator('.live-responses-table .response-col_status').last()).toHaveText(/^200/);

  for (const colorScheme of AS_DRILL ? (['light', 'dark'] as const) : (['dark'] as const)) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const violations = await findViolations(page);
    expect
      .soft(
        violations.filter((violation) => !KNOWN.test(violation)),
        colorScheme,
      )
      .toEqual([]);
  }
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});
