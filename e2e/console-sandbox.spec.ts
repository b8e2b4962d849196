/** The console's sandbox: a developer sees the requests of a client, and what was wrong with them. */
import { SESSIONS_PATH } from '@payment-passkeys/protocol';
import { createTestClient } from '@payment-passkeys/testkit';
import { signInAsOperator } from './console.ts';
import { expect, test } from './fixtures.ts';
import { judge } from './judge.ts';

test('the sandbox shows a client’s requests as they come, with what was wrong: a key that is not the client’s, and an address that there is not', async ({
  page,
  demo,
}) => {
  const address = demo.networkUrl.replace('verify.localhost', '127.0.0.1');
  const clock = () => new Date();
  // It signs as the bank, with another key.
  const client = await createTestClient(
    { address, publicUrl: demo.networkUrl },
    { clock, changes: { consumerKey: 'bank!demo-signing-key' } },
  );
  await signInAsOperator(page, demo, 'SUPPORT');
  await page.goto(`${demo.consoleUrl}/overview`);
  await page.getByRole('link', { name: 'Sandbox' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sandbox' })).toBeVisible();
  await page.getByLabel('Client').selectOption({ value: 'bank' });
  await client.read('/authentication/session');
  const unknown = page.getByRole('listitem').filter({ hasText: 'ROUTE_NOT_FOUND' });
  await expect(unknown.first()).toContainText('GET /authentication/session');

  await client.send({ path: SESSIONS_PATH, body: '{}' });
  const wrong = page.getByRole('listitem').filter({ hasText: 'AUTHENTICATION_FAILED' }).first();
  await wrong.getByText('AUTHENTICATION_FAILED').first().click();
  await expect(wrong.getByRole('heading', { name: 'The string that was signed' })).toBeVisible();
  await expect(wrong.getByText('oauth_consumer_key%3Dbank%2521demo-signing-key')).toBeVisible();
  await judge(page, 'console sandbox requests');
});
