/** A saved card is removed at the shop, which removes it at the network too. Its passkey is deleted at the network, and the shop shows that. */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { button, expect, expectSoon, test } from './fixtures.ts';
import { haveCard } from './kept-state.ts';
import { addCardWithPasskey, expectPaid, haveShopSession, pay, payAndRegister, placeOrder } from './shop.ts';

async function expectTextSoon(page: Page, address: string, text: string | RegExp): Promise<void> {
  await expectSoon(page, address, () => expect(page.getByText(text)).toBeVisible({ timeout: 1000 }));
}

async function bindingsOfShop({ network }: Demo): Promise<number> {
  const { rows } = await network.network.pool.query("SELECT count(*)::integer FROM binding WHERE client_id = 'shop'");
  return rows[0].count;
}

test('a saved card is removed at shop and network; added again, it pays; its passkey is deleted at the network, and the shop says so', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveCard(page, demo);
  await page.goto(`${demo.shopUrl}/cards`);
  expect(await bindingsOfShop(demo)).toBe(1);
  await page.getByRole('button', { name: /^Remove card ending in .?4444/ }).press('Enter');
  await expect(page.getByText('The card was removed here')).toBeVisible();
  await expect(page.getByText('You have no saved card yet.')).toBeVisible();
  await expect.poll(() => bindingsOfShop(demo)).toBe(0);

  // The passkey is still there: it is used for the same card, and pays.
  await addCardWithPasskey(page, demo);
  expect([await bindingsOfShop(demo), (await authenticator.credentialIds()).length]).toEqual([1, 1]);
  await placeOrder(page, demo);
  await pay(page);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  await expectTextSoon(page, page.url(), 'Approved with a passkey that stays on one device.');

  await page.goto(`${demo.networkUrl}/auth/passkeys/manage`);
  await button(page, 'Use passkey').click();
  await expect(page.getByText('Card ending in 4444')).toBeVisible();
  await button(page, 'Delete this passkey everywhere').click();
  await button(page, 'Delete everywhere').click();
  await expect(page.getByRole('heading', { name: 'Your passkey is deleted' })).toBeVisible();

  await expectTextSoon(page, `${demo.shopUrl}/cards`, /^You have removed this card’s passkey at the card network\./);
  await expect(page.getByText('No passkey')).toBeVisible();
  await placeOrder(page, demo);
  await expect(page.getByRole('radio', { name: /Mastercard.? ending in .?4444/ })).toBeDisabled();
  await expect(page.getByLabel('Another card')).toBeChecked();
});

test('a bank that activates passkeys of shops: the payment that makes one is approved; the saved card waits until the cardholder confirms it at the bank, and then pays', async ({
  page,
  demo,
  authenticator: _,
}) => {
  const setActivation = (activation: 'AT_ONCE' | 'BY_ISSUER') =>
    demo.network.network.pool.query("UPDATE client SET activation = $1 WHERE client_id = 'bank'", [activation]);
  await setActivation('BY_ISSUER');
  try {
    await haveShopSession(page, demo);
    await payAndRegister(page, demo);

    await expectTextSoon(page, `${demo.shopUrl}/cards`, /^Your bank has not activated this card’s passkey yet\./);
    await placeOrder(page, demo);
    await expect(page.getByRole('radio', { name: /Mastercard.? ending in .?4444/ })).toBeDisabled();
    await page.goto(`${demo.networkUrl}/auth/passkeys/manage`);
    await button(page, 'Use passkey').click();
    await expect(page.getByText('Waiting for your bank')).toBeVisible();

    await page.goto(demo.bankUrl);
    await page.getByRole('link', { name: 'Made at Tidewick' }).click();
    await expect(page.getByText('Please confirm that it was you.')).toBeVisible();
    await page.getByRole('link', { name: /^Confirm Tidewick/ }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Did you set this up?' })).toBeVisible();
    await button(page, 'Confirm').click();
    await expect(page.getByRole('heading', { level: 1, name: 'The passkey is confirmed' })).toBeVisible();

    await expectSoon(page, `${demo.shopUrl}/cards`, async () => {
      await expect(page.getByRole('main')).toContainText('4444', { timeout: 1000 });
      await expect(page.getByText('Waiting for your bank')).toHaveCount(0, { timeout: 1000 });
    });
    await placeOrder(page, demo);
    await pay(page);
    await button(page, 'Pay with passkey').click();
    await expectPaid(page);
  } finally {
    await setActivation('AT_ONCE');
  }
});
