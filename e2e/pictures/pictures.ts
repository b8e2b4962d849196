/**
 * One enrolment and one payment on a phone. Each screen is a picture in docs/pictures/, in the light and the dark scheme. Two runs make the same
 * pictures: the ports, the date and the number of the order are fixed.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { CDPSession, Page } from '@playwright/test';
import { button, expect, expectReady, launch, signIn, test } from '../fixtures.ts';
import { CARD, expectPaid, expectPaymentShown, pay, placeOrder, signInAtShop } from '../shop.ts';

const PHONE = { width: 390, height: 844 };
const FOLDER = new URL('../../docs/pictures/', import.meta.url);
/** The servers' time, so that dates in the pictures change only with the product. */
const TODAY = Date.UTC(2026, 11, 1, 9, 30);

/** Shown in the pictures. `npm start` uses the same ports; stop it first. */
const PORTS = { network: 4000, bank: 4001, shop: 4002, console: 4003 };
const ORDER = 'TW-7KQ3M9XB4HCD';

// biome-ignore lint/correctness/noEmptyPattern: the runner reads a fixture's needs off this pattern
test.use({ viewport: PHONE, ports: [async ({}, use) => use(PORTS), { scope: 'worker' }] });

test('the pictures of README and docs', async ({ page, demo, clock, authenticator }) => {
  const picture = (name: string) => takePicture(page, authenticator.session, name);
  clock.offset = TODAY - Date.now();
  await signIn(page, demo);
  await page.getByRole('link', { name: 'Set up a payment passkey' }).first().click();
  await expect(button(page, 'Agree and continue')).toBeVisible();
  await picture('bank-set-up');
  await launch(page, demo);
  await expect(button(page, 'Create passkey')).toBeVisible();
  await picture('network-create');
  await button(page, 'Create passkey').click();
  await expectReady(page);
  await picture('bank-ready');

  // A phone does not show the shopper's name, which the sign-in step waits for.
  await page.setViewportSize({ width: 1280, height: PHONE.height });
  await signInAtShop(page, demo);
  await page.setViewportSize(PHONE);
  const placed = await placeOrder(page, demo);
  await demo.shopDatabase.pool.query('UPDATE shop_order SET order_id = $2 WHERE order_id = $1', [placed, ORDER]);
  await page.goto(`${demo.shopUrl}/orders/${ORDER}/pay`);
  await page.getByLabel('Card number').fill(CARD.number);
  await page.getByLabel('Expires').fill('12/30');
  await picture('shop-pay');
  await pay(page, { card: CARD });
  await expectPaymentShown(page, demo);
  await picture('network-approve');
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  await picture('shop-paid');
});

/** WebP, because it is a quarter of PNG's size; Playwright itself writes PNG and JPEG. */
async function takePicture(page: Page, session: CDPSession, name: string): Promise<void> {
  await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 90 });
    await writeFile(fileURLToPath(new URL(`${name}-${colorScheme}.webp`, FOLDER)), Buffer.from(data, 'base64'));
  }
}
