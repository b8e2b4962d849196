/**
 * An attacker starts with another person's card and sends that person a link: nothing the victim does there helps the attacker's browser.
 */
import type { Demo } from '@payment-passkeys/demo';
import type { Browser, Page } from '@playwright/test';
import { addAuthenticator } from './authenticator.ts';
import { button, expect, haveSession, signIn, test } from './fixtures.ts';
import { havePasskey } from './kept-state.ts';
import {
  beginCard,
  CARD,
  confirmAtBank,
  expectUnpaid,
  haveShopSession,
  pay,
  placeOrder,
  signInAtShop,
} from './shop.ts';

/** Another browser on another device. */
async function otherBrowser(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await addAuthenticator(page);
  return page;
}

/** The first address with `prefix` that the page is sent to; it is not loaded. */
async function captureAddress(page: Page, prefix: string, act: () => Promise<void>): Promise<string> {
  let address = '';
  const pattern = `${prefix}?**`;
  await page.route(pattern, (route) => {
    address = route.request().url();
    return route.fulfill({ contentType: 'text/html', body: 'kept' });
  });
  await act();
  await expect.poll(() => address).not.toBe('');
  await page.unroute(pattern);
  return address;
}

async function countOf({ network }: Demo, table: 'binding' | 'passkey'): Promise<number> {
  const { rows } = await network.network.pool.query(`SELECT count(*)::integer FROM ${table}`);
  return rows[0].count;
}

test('the bank’s link: the victim confirms in their own browser, and the attacker gets no passkey for their card', async ({
  page: attacker,
  demo,
  authenticator,
  browser,
}) => {
  await haveShopSession(attacker, demo);
  await beginCard(attacker, demo);
  const termsPage = attacker.url();
  const link = await captureAddress(attacker, `${demo.bankUrl}/verification`, () =>
    button(attacker, 'Agree and continue').click(),
  );

  const victim = await otherBrowser(browser);
  await signIn(victim, demo);
  await victim.goto(link);
  await expect(victim.getByText('If somebody sent you here')).toBeVisible();
  await confirmAtBank(victim);
  // The victim is sent to the shop with a failure, and has no account there.
  await expect(victim).toHaveURL((url) => url.origin === demo.shopUrl);
  await expect(victim.getByRole('heading', { name: 'Sign in' })).toBeVisible();

  // The attacker returns to the network, any number of times.
  for (const address of [termsPage, `${demo.networkUrl}/auth/verification`]) {
    await attacker.goto(address);
    await expect(button(attacker, 'Agree and continue')).toBeVisible();
    await expect(attacker.getByRole('button', { name: 'Create passkey' })).toHaveCount(0);
  }
  expect(await authenticator.credentialIds()).toEqual([]);
  expect([await countOf(demo, 'passkey'), await countOf(demo, 'binding')]).toEqual([0, 0]);
  await victim.context().close();
});

test('a payment’s launch address: the victim approves in their own browser, and the attacker’s order is not paid', async ({
  page: attacker,
  demo,
  authenticator: _,
  browser,
}) => {
  const victim = await otherBrowser(browser);
  await haveSession(victim, demo);
  await havePasskey(victim, demo);
  const bindings = await countOf(demo, 'binding');

  await haveShopSession(attacker, demo);
  const orderId = await placeOrder(attacker, demo);
  const script = `${demo.networkUrl}/auth/passkeys/assets/**`;
  await attacker.route(script, (route) => route.abort());
  await pay(attacker, { card: CARD, save: true });
  await attacker.waitForURL((url) => url.origin === demo.networkUrl);
  const launch = attacker.url();
  expect(launch).toContain('#');
  await attacker.unroute(script);

  // Nothing is paid even if the victim is signed in as the same shopper: the browser is not the one that left.
  await signInAtShop(victim, demo);
  await victim.goto(launch);
  await button(victim, 'Pay with passkey').click();
  await expectUnpaidElsewhere(victim, demo);

  await attacker.goto(`${demo.shopUrl}/orders/${orderId}`);
  await expect(attacker.getByRole('heading', { name: 'This order is not paid yet' })).toBeVisible();
  const { rows } = await demo.shopDatabase.pool.query(
    'SELECT 1 FROM payment_passkey_payment WHERE proof_hash IS NOT NULL',
  );
  expect(rows).toEqual([]);
  const saved = await demo.shopDatabase.pool.query('SELECT 1 FROM shop_saved_card');
  expect(saved.rows).toEqual([]);
  expect(bindings).toBe(1);
  await victim.context().close();
});

async function expectUnpaidElsewhere(page: Page, demo: Demo): Promise<void> {
  await expectUnpaid(page, demo, 'OTHER_BROWSER');
  await expect(page.getByText('This was started in another browser.')).toBeVisible();
}

test('an answer of the bank to another request is ignored: it makes nothing, and the session goes on @drill', async ({
  page,
  demo,
  authenticator,
  browser,
}) => {
  const other = await otherBrowser(browser);
  await haveShopSession(other, demo);
  await beginCard(other, demo);
  await button(other, 'Agree and continue').click();
  const foreign = await captureAddress(other, `${demo.networkUrl}/auth/verification`, () => confirmAtBank(other));

  await haveShopSession(page, demo);
  await beginCard(page, demo);
  await button(page, 'Agree and continue').click();
  await page.waitForURL((url) => url.origin === demo.bankUrl);
  await page.goto(foreign);
  await expect(button(page, 'Agree and continue')).toBeVisible();
  expect(await authenticator.credentialIds()).toEqual([]);
  expect([await countOf(demo, 'passkey'), await countOf(demo, 'binding')]).toEqual([0, 0]);

  await button(page, 'Agree and continue').click();
  await confirmAtBank(page);
  await button(page, 'Create passkey').click();
  await expect(page.getByText('Your card was added.')).toBeVisible();
  await other.context().close();
});
