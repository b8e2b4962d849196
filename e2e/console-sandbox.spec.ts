/** The console's sandbox: a developer sees the requests of a client and what was wrong with them; an operator acts for the client. */
import { generateDpopKey, signDpopProof } from '@payment-passkeys/channel';
import { CLIENT_ASSERTION_TYPE, SESSIONS_PATH, TOKEN_PATH } from '@payment-passkeys/protocol';
import { createTestClient } from '@payment-passkeys/testkit';
import { signInAsOperator } from './console.ts';
import { button, captureLaunch, expect, signIn, test } from './fixtures.ts';
import { judge } from './judge.ts';

/** What a shop's session answers for Secure Payment Confirmation. */
const CONFIRMATION = {
  rpId: 'verify.localhost',
  challenge: 'YS1jaGFsbGVuZ2U',
  credentialIds: ['YS1jcmVkZW50aWFs'],
  instrument: { displayName: '•••• 4444', icon: 'data:image/png;base64,iVBORw0KGgo=' },
  payeeName: 'Tidewick',
  total: { currency: 'USD', value: '18.00' },
  showOptOut: true,
  timeout: 60_000,
};

test('the sandbox shows a client’s requests as they come, with what was wrong: a key that is not the client’s, and an address that there is not @at-length', async ({
  page,
  demo,
}) => {
  const address = demo.networkUrl.replace('verify.localhost', '127.0.0.1');
  const clock = () => new Date();
  // The client names the bank's key, but signs with another one.
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

  const proof = await signDpopProof({
    ...{ key: generateDpopKey(), method: 'GET', url: demo.networkUrl + TOKEN_PATH, accessToken: undefined },
    ...{ nonce: undefined, jti: '1', now: clock() },
  });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  await fetch(address + TOKEN_PATH, {
    method: 'POST',
    headers: { dpop: proof },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: `${part({ alg: 'ES256' })}.${part({ iss: 'bank', sub: 'bank' })}.AAAA`,
    }),
  });
  const refused = page.getByRole('listitem').filter({ hasText: 'invalid_dpop_proof' }).first();
  await refused.getByText('invalid_dpop_proof').first().click();
  await expect(refused.getByRole('heading', { name: 'What the network compared' })).toBeVisible();
  await expect(refused.getByRole('row').filter({ hasText: 'Look here' })).toContainText('htm');
  await judge(page, 'console sandbox requests of OAuth 2.0');
});

test('an operator acts for a client: a cardholder walks, confirms a payment at a shop, a session becomes older, an event is sent, an examination begins and ends @at-length', async ({
  page,
  demo,
}) => {
  await signIn(page, demo);
  const launch = await captureLaunch(page, demo);
  const sessionId = new URL(launch).searchParams.get('authenticationSessionId') ?? '';
  await signInAsOperator(page, demo, 'OPERATOR');
  await page.goto(`${demo.consoleUrl}/sandbox?clientId=bank`);

  await page.getByRole('link', { name: 'Tools' }).click();
  await page.getByLabel('Launch address').fill(launch);
  await button(page, 'Walk').click();
  await expect(page.getByText('With a proof')).toBeVisible();
  await expect(page.getByText('ENROLLED', { exact: true })).toBeVisible();
  await page.getByLabel('Session id').fill('no id');
  await button(page, 'Make it older').click();
  await expect(page.getByLabel('Session id')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Session id').fill(sessionId);
  await button(page, 'Make it older').click();
  await expect(page.getByText('The session is older now.')).toBeVisible();
  await button(page, 'Send').click();
  await expect(page.getByText('The event is on its way.')).toBeVisible();

  await page.getByLabel('Client').selectOption({ value: 'shop' });
  const confirmation = page.getByRole('form', { name: 'Confirm a payment in the shop’s page' });
  await confirmation.getByLabel('Options of the session').fill(JSON.stringify(CONFIRMATION));
  await confirmation.getByLabel('Origin of the shop’s page').fill(demo.shopUrl);
  await confirmation.getByLabel('What the cardholder does in the dialog').selectOption({ value: 'CANCEL' });
  await button(page, 'Confirm').click();
  await expect(confirmation.getByText('ABORTED', { exact: true })).toBeVisible();
  // A new device has no passkey.
  await confirmation.getByLabel('What the cardholder does in the dialog').selectOption({ value: 'APPROVE' });
  await button(page, 'Confirm').click();
  await expect(confirmation.getByLabel('Device')).toHaveAttribute('aria-invalid', 'true');
  await judge(page, 'console sandbox tools');

  await page.getByLabel('Client').selectOption({ value: 'bank' });
  await page.getByRole('link', { name: 'Values' }).click();
  await button(page, 'Copy the lost@open.sandbox.example').click();
  await judge(page, 'console sandbox values');

  await page.getByRole('link', { name: 'Examinations' }).click();
  await button(page, 'Start an examination').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start an examination' }).click();
  await expect(page.getByText('Next: create-enrolled')).toBeVisible();
  // The screen follows the examination while it runs: the bank starts a session, and the first row is played.
  const desk = await page.context().newPage();
  await captureLaunch(desk, demo);
  await expect(page.getByText('Now: create-enrolled')).toBeVisible();
  await judge(page, 'console sandbox examination');
  await button(page, 'End the examination').click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the examination' }).click();
  await expect(page.getByText('Not passed')).toBeVisible();
  await button(page, 'Examine these rows again').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Examine these rows again' }).click();
  await expect(page.getByText('Next: create-enrolled')).toBeVisible();
  const report = await page.getByRole('link', { name: 'Report to print' }).getAttribute('href');
  await page.goto(demo.consoleUrl + report);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
});
