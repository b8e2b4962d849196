/** An operator's work at the console: a session is found by its order and by a card, a client is onboarded with a second person, and the audit trail has it. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { signInAsOperator } from './console.ts';
import { button, expect, expectSoon, test } from './fixtures.ts';
import { judge, LOOKS, type Look } from './judge.ts';
import { registerProvider } from './provider-client.ts';
import { CARD, haveShopSession, pay, placeOrder } from './shop.ts';

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
/** Each width in each colour scheme. */
const EVERY_LOOK: readonly Look[] = LOOKS.flatMap(({ width }) => [
  { width, colorScheme: 'light' },
  { width, colorScheme: 'dark' },
]);
const DIGITS = CARD.number.replaceAll(' ', '');

async function cancelPayment(page: Page, demo: Demo): Promise<string> {
  await haveShopSession(page, demo);
  const order = await placeOrder(page, demo);
  await pay(page, { card: CARD });
  await button(page, 'Not now').click();
  await expect(page).toHaveURL((url) => url.origin === demo.shopUrl);
  return order;
}

test('a session is found by its order and by the card; the typed card is in no address, title, storage or attribute @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  const order = await cancelPayment(page, demo);
  const desk = await page.context().newPage();
  const addresses: string[] = [];
  const logged: string[] = [];
  desk.on('request', (request) => addresses.push(request.url()));
  desk.on('framenavigated', (frame) => addresses.push(frame.url()));
  desk.on('console', (message) => logged.push(message.text()));
  await signInAsOperator(desk, demo, 'OPERATOR');
  await desk.goto(`${demo.consoleUrl}/sessions`);
  await expect(desk.getByRole('link', { name: 'Payment of $18.00' })).toBeVisible();
  await judge(desk, 'console sessions');

  await desk.getByLabel('Find a session').fill(`#${order}`);
  await desk.keyboard.press('Enter');
  await expect(desk.getByText(`Sessions for ${order}`)).toBeVisible();
  await desk.getByRole('link', { name: 'Payment of $18.00' }).click();
  await expect(
    heading(desk, /Payment of \$18\.00 was cancelled on .*: the cardholder chose not to go on\./),
  ).toBeVisible();
  await expect(desk.getByRole('listitem').filter({ hasText: 'USER_CANCELLATION' })).toContainText(
    'The cardholder cancelled.',
  );
  await judge(desk, 'console session');

  await desk.getByRole('main').getByRole('link', { name: 'Sessions' }).click();
  await desk.getByLabel('Find a session').fill(CARD.number);
  await desk.keyboard.press('Enter');
  await expect(desk.getByText('Sessions for •••• 4444')).toBeVisible();
  await expect(desk.getByLabel('Find a session')).toHaveValue('•••• 4444');
  await desk.getByRole('link', { name: 'Payment of $18.00' }).click();
  await expect(heading(desk, /was cancelled/)).toBeVisible();
  await desk.goBack();
  await expect(desk.getByRole('link', { name: 'Payment of $18.00' })).toBeVisible();
  await expect(desk.getByLabel('Find a session')).toHaveValue('•••• 4444');

  const traces = await desk.evaluate(
    'JSON.stringify([document.title, document.documentElement.outerHTML, history.state, { ...localStorage }, { ...sessionStorage }])',
  );
  const { rows } = await demo.network.network.pool.query(
    'SELECT to_jsonb(audit_entry)::text AS text FROM audit_entry UNION ALL SELECT to_jsonb(audit_pending)::text FROM audit_pending',
  );
  for (const text of [...addresses, ...logged, String(traces), ...rows.map((row) => row.text)]) {
    expect(text).not.toContain(DIGITS);
    expect(text).not.toContain(CARD.number);
    expect(text).not.toContain(encodeURIComponent(CARD.number));
  }
});

/** A public key as a client sends it, and its fingerprint as the screen shows it. */
function clientKey(kind: 'RSA' | 'P-256' = 'RSA'): { readonly pem: string; readonly fingerprint: string } {
  const { publicKey } =
    kind === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: kind });
  const fingerprint = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  return {
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: fingerprint.replace(/(.{4})(?=.)/g, '$1 '),
  };
}

test('a payment service provider is onboarded by the form, and its merchants are on its page', async ({
  page,
  demo,
  browser,
}) => {
  const clientId = `psp-${Date.now().toString(36)}`;
  await signInAsOperator(page, demo, 'OPERATOR');
  await page.goto(`${demo.consoleUrl}/onboard`);
  await page.getByRole('radio', { name: /^Shop/ }).check();
  await page.getByLabel('Client id').fill(clientId);
  await page.getByLabel('Name', { exact: true }).fill('Example Payments');
  await page.getByLabel('Consumer key').fill(`${clientId}!signing-key`);
  await page.getByLabel('Signing key', { exact: true }).fill(clientKey().pem);
  await page.getByLabel('Callback domains').fill('pay.example');
  await page.getByLabel('Shop names').fill('Example Payments');
  const provider = page.getByRole('checkbox', { name: /^It is a payment service provider/ });
  await provider.check();
  await expect(page.getByLabel('Shop names')).toHaveCount(0);
  await page.getByLabel('Shop origins').fill('https://pay.example');
  await provider.focus();
  const difference = page.getByRole('row').filter({ has: page.getByText('provider', { exact: true }) });
  await expect(difference).toContainText('true');
  await provider.uncheck();
  await expect(page.getByLabel('Shop names')).toHaveValue('Example Payments');
  await expect(difference).toHaveCount(0);
  await provider.check();
  await expect(difference).toHaveCount(1);
  await button(page, 'Ask for approval').click();
  await expect(page.getByRole('heading', { name: 'It waits for a second person' })).toBeVisible();
  const second = await (await browser.newContext()).newPage();
  await signInAsOperator(second, demo, 'OPERATOR', { name: 'Otto Operator' });
  await second.goto(`${demo.consoleUrl}/approvals`);
  await second.getByRole('button', { name: /^Approve: .*Example Payments/ }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
  const stored = async () =>
    (
      await demo.network.network.pool.query('SELECT provider, merchant_names FROM client WHERE client_id = $1', [
        clientId,
      ])
    ).rows;
  await expect.poll(stored).toEqual([{ provider: true, merchant_names: [] }]);
  await page.goto(`${demo.consoleUrl}/clients/${clientId}`);
  await expect(page.getByText('It acts for the merchants that it registers')).toBeVisible();
  await expect(page.getByText('Origins of its frames')).toBeVisible();
  await expect(page.getByText('It has registered no merchant yet.')).toBeVisible();
  await second.context().close();
});

test('the merchants of a payment service provider: name, id, origin, country, category, and whether its frame may pay there @at-length', async ({
  page,
  demo,
}) => {
  const kit = await registerProvider(demo.network, { origin: 'https://pay.example' });
  try {
    const books = {
      name: 'Corner Books',
      origin: 'https://books.example',
      country: 'US',
      category: '5942',
      frame: true,
    };
    const long = `https://${'a-very-long-name-of-a-shop-'.repeat(2)}.shops.of.the.provider.example`;
    const others = [
      { name: 'كتب الزاوية', origin: 'https://zawiya.example', country: 'AE', category: '5942' },
      {
        name: 'A shop whose name is as long as the names of shops may be, which is a hundred letters: this is one',
        origin: long,
        country: 'BR',
        category: '5999',
      },
    ];
    const registered = [];
    for (const each of [books, ...others]) registered.push(await kit.merchants.register(each));
    await signInAsOperator(page, demo, 'AUDITOR');
    await page.goto(`${demo.consoleUrl}/clients/provider`);
    const table = page.getByRole('table', { name: 'Merchants' });
    for (const { merchantId, name, origin, country, category, frame } of registered) {
      const row = table.getByRole('row').filter({ hasText: merchantId });
      for (const text of [name, origin, country, category]) await expect(row).toContainText(text);
      await expect(row).toContainText(frame ? /(?<!Not )Allowed/ : 'Not allowed');
    }
    await expect(table.getByRole('button', { name: /Remove|Delete|Change/ })).toHaveCount(0);
    await judge(page, 'console provider', EVERY_LOOK);
  } finally {
    await kit.close();
    await demo.network.network.pool.query("DELETE FROM merchant WHERE client_id = 'provider'");
  }
});

test('a client is onboarded by the form; nothing is registered until a second person approves, and the audit trail has both @at-length', async ({
  page,
  demo,
  browser,
}) => {
  const { pem, fingerprint } = clientKey();
  const clientId = `meridian-${Date.now().toString(36)}`;
  await signInAsOperator(page, demo, 'OPERATOR');
  await page.goto(`${demo.consoleUrl}/clients`);
  await page.getByRole('link', { name: 'Onboard a client' }).click();
  await page.getByLabel('Client id').fill(clientId);
  await page.getByLabel('Name', { exact: true }).fill('Meridian Bank');
  await page.getByLabel('Consumer key').fill(`${clientId}!signing-key`);
  await page.getByLabel('Signing key', { exact: true }).fill('no key');
  await page.getByLabel('Account ranges').fill('41');
  // A field shows its fault when the focus leaves it.
  await expect(page.getByLabel('Signing key', { exact: true })).toHaveAccessibleDescription(/PEM/);
  await page.getByLabel('Countries').fill('US');
  await expect(page.getByLabel('Account ranges')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Account ranges').fill('411111');
  await page.getByLabel('Signing key', { exact: true }).fill(pem);
  await page.getByLabel('Callback domains').fill('www.meridian.example');
  await expect(page.getByText('RSA 2048')).toBeVisible();
  await expect(page.getByText(fingerprint)).toBeVisible();
  const [newer, second256] = [clientKey('P-256'), clientKey('P-256')];
  const newerField = page.getByLabel('OAuth 2.0 key', { exact: true });
  const secondField = page.getByLabel('Second OAuth 2.0 key');
  await newerField.fill('no key');
  await secondField.fill(second256.pem);
  await expect(newerField).toHaveAccessibleDescription(/Not a PEM public key or certificate\.$/);
  await newerField.fill(newer.pem);
  await page.getByLabel('Callback domains').focus();
  await expect(page.getByText(newer.fingerprint)).toBeVisible();
  await expect(page.getByText(second256.fingerprint)).toBeVisible();
  await expect(newerField).not.toHaveAttribute('aria-invalid', 'true');
  await secondField.fill('');
  await page.getByLabel('Client id').focus();
  await expect(page.getByText(second256.fingerprint)).toHaveCount(0);
  await expect(page.getByRole('cell', { name: '411111' })).toBeVisible();
  await judge(page, 'console onboarding');
  await button(page, 'Ask for approval').click();
  await expect(page.getByRole('heading', { name: 'It waits for a second person' })).toBeVisible();
  const registered = async () =>
    (await demo.network.network.pool.query('SELECT FROM client WHERE client_id = $1', [clientId])).rowCount;
  expect(await registered()).toBe(0);

  const second = await (await browser.newContext()).newPage();
  await signInAsOperator(second, demo, 'OPERATOR', { name: 'Otto Operator' });
  await second.goto(`${demo.consoleUrl}/approvals`);
  await second.getByRole('button', { name: /^Approve: .*Meridian Bank/ }).click();
  await second.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
  await expect.poll(registered).toBe(1);

  await page.goto(`${demo.consoleUrl}/clients/${clientId}/edit`);
  await newerField.fill('');
  await page.getByLabel('Name', { exact: true }).focus();
  await expect(page.getByRole('row').filter({ hasText: 'oauth2Keys' })).toContainText(/After\s*None/);
  await page.goto(`${demo.consoleUrl}/clients/${clientId}`);
  await expect(heading(page, 'Meridian Bank')).toBeVisible();
  await expect(page.getByText('Its requests are served.')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: newer.fingerprint })).toContainText('OAuth 2.0 key');
  await button(page, 'Suspend').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByText('Its requests and its cardholders’ sessions are refused.')).toBeVisible();
  await button(page, 'Resume').click();
  await expect(page.getByText('A second person has to approve this.')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for approval' }).click();
  await expect(page.getByText('The resumption waits for a second person.')).toBeVisible();
  await judge(page, 'console client');

  await signInAsOperator(second, demo, 'AUDITOR');
  await expectSoon(second, `${demo.consoleUrl}/audit?subject=${clientId}`, () =>
    expect(second.getByRole('listitem').filter({ hasText: 'Client suspended' })).toBeVisible({ timeout: 1000 }),
  );
  const added = second.getByRole('listitem').filter({ hasText: 'Client added' });
  await expect(added).toContainText('Otto Operator');
  await expect(added).toContainText('for Olive Operator');
  await added.getByText('Client added').click();
  await expect(added.getByRole('cell', { name: '411111' })).toBeVisible();
  await judge(second, 'console audit');
  await second.context().close();
});
