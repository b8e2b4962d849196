/** `/docs`: the API reference of a sandbox. */
import { join } from 'node:path';
import { expect, test } from './fixtures.ts';
import { findViolations } from './judge.ts';

/** What axe finds in Swagger UI 5.35 and calls moderate: its headings begin at another level than the page's. */
const KNOWN = /^(heading-order|region)\b/;

test('a call that is tried is encrypted and signed in the browser; nothing is requested elsewhere, and the policy is kept', async ({
  page,
  demo,
}) => {
  const elsewhere: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${demo.networkUrl}/`)) elsewhere.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
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

  for (const colorScheme of ['light', 'dark'] as const) {
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
