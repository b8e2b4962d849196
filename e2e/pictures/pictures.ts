/**
 * One enrolment and one payment on a phone. Each screen is a picture in docs/pictures/, in the light and the dark scheme. Two runs make the same
 * pictures: the ports, the date and the number of the order are fixed.
 */
import { button, expect, expectReady, launch, signIn, test } from '../fixtures.ts';
import { CARD, expectPaid, expectPaymentShown, pay, placeOrder, signInAtShop } from '../shop.ts';
import { PORTS, TODAY, takePicture } from './picture.ts';

const PHONE = { width: 390, height: 844 };
/** The number of the order that the pictures show. */
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
