/**
 * Every screen of the shop, and the bank's own screens when a card is added: right-to-left, and in the drills left-to-right too, in English
 * and Spanish, at 320 and 1280 pixels, light and dark. axe finds nothing, nothing is wider than the screen, and a picture is taken. In Arabic
 * the shop's screens have no English word.
 */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { judge, LOOKS, type Look } from './judge.ts';
import { expectOnlyIn } from './one-language.ts';
import { CARD } from './shop.ts';

/** The other colour scheme at each width. With LOOKS, every screen is checked in all four combinations. */
const OTHER_LOOKS: readonly Look[] = [
  { width: 320, colorScheme: 'light' },
  { width: 1280, colorScheme: 'dark' },
];
const LANGUAGES = [
  { tag: 'ar', looks: LOOKS, howLong: '@at-length' },
  { tag: 'en', looks: OTHER_LOOKS, howLong: '@drill' },
  { tag: 'es', looks: LOOKS, howLong: '@drill' },
];

/** Finds the fields by their names, which do not depend on the language. */
async function signInAnyLanguage(page: Page, { shopUrl }: Demo): Promise<void> {
  await page.goto(`${shopUrl}/sign-in`);
  await page.locator('#username').fill('robin');
  await page.locator('#password').fill('passkey-demo');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${shopUrl}/`);
}

async function placeOrderAnyLanguage(page: Page, { shopUrl }: Demo): Promise<string> {
  await page.goto(shopUrl);
  await page.locator('.product form button').first().click();
  await page.waitForURL('**/cart');
  await page.locator('form[action="/orders"] button').click();
  await page.waitForURL('**/pay');
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

type Card = readonly [brand: string, lastFour: string, status: string, by: readonly string[]];
/** Cards that cannot pay. */
const STOPPED: readonly Card[] = [
  ['AMERICAN_EXPRESS', '8431', 'SUSPENDED', ['ISSUER', 'NETWORK']],
  ['MASTERCARD', '5100', 'DELETED', ['CARDHOLDER']],
];

/** Saves cards for the shopper of an order. */
async function saveCards({ shopDatabase }: Demo, orderId: string, cards: readonly Card[]): Promise<void> {
  for (const card of cards) {
    await shopDatabase.pool.query(
      `INSERT INTO shop_saved_card (shopper_id, binding_id, brand, last_four, saved_at, status, status_by)
       SELECT shopper_id, gen_random_uuid(), $2, $3, placed_at, $4, $5 FROM shop_order WHERE order_id = $1`,
      [orderId, ...card],
    );
  }
}

for (const { tag, looks, howLong } of LANGUAGES) {
  test.describe(`in ${tag}`, () => {
    test.use({ locale: tag });

    test(`the shop, from the products to a receipt ${howLong}`, async ({ page, demo, authenticator: _ }) => {
      test.setTimeout(300_000);
      const { shopUrl } = demo;
      const look = async (name: string) => {
        if (tag === 'ar') await expectOnlyIn(page, tag);
        await judge(page, name, looks);
      };
      const show = async (path: string, name: string) => {
        await page.goto(shopUrl + path);
        await look(name);
      };
      await show('/', 'products');
      await expect(page.locator('html')).toHaveAttribute('dir', tag === 'ar' ? 'rtl' : 'ltr');
      await show('/cart', 'cart-empty');
      await show('/sign-in', 'sign-in');
      await page.locator('#username').fill('robin');
      await page.locator('#password').fill('wrong');
      await page.locator('main button[type=submit]').click();
      await expect(page.getByRole('alert')).toBeVisible();
      await look('sign-in-refused');
      await show('/nothing-here', 'problem');
      await signInAnyLanguage(page, demo);
      await show('/orders', 'orders-empty');
      await show('/cards', 'cards-empty');
      await show('/cards/new', 'card-new');
      await page.goto(shopUrl);
      await page.locator('.product form button').first().click();
      await page.waitForURL('**/cart');
      await look('cart');
      const orderId = await placeOrderAnyLanguage(page, demo);
      await look('pay');
      await saveCards(demo, orderId, STOPPED);
      await page.reload();
      await page.locator('#pay button[type=submit]').click();
      await expect(page.getByRole('alert')).toBeVisible();
      await look('pay-refused');
      await show(`/orders/${orderId}`, 'order-open');
      await show(`/orders/${orderId}/step-up`, 'step-up');
      await show(`/orders/${orderId}/unpaid?reason=USER_CANCELLATION`, 'unpaid');
      await demo.shopDatabase.pool.query(
        `UPDATE shop_order SET brand = 'MASTERCARD', last_four = '4444', paid_at = placed_at, passkey_kind = 'SYNCED'
         WHERE order_id = $1`,
        [orderId],
      );
      await show(`/orders/${orderId}`, 'order-paid');
      await show('/orders', 'orders');
      await saveCards(demo, orderId, [['MASTERCARD', '4444', 'ACTIVE', []]]);
      await show('/cards?added=1', 'cards');
    });

    test(`the bank, from its link to its answer ${howLong}`, async ({ page, demo, authenticator: _ }) => {
      test.setTimeout(300_000);
      await signInAnyLanguage(page, demo);
      const begin = async (expires: string) => {
        await page.goto(`${demo.shopUrl}/cards/new`);
        await page.locator('#number').fill(CARD.number);
        await page.locator('#expires').fill(expires);
        await page.locator('main button[type=submit]').click();
        await page.waitForURL((url) => url.origin === demo.networkUrl);
        await page.locator('main button').first().click();
        await page.waitForURL((url) => url.origin === demo.bankUrl);
      };
      await begin(CARD.expires);
      await page.locator('#username').fill('avery');
      await page.locator('#password').fill('passkey-demo');
      await page.locator('main button[type=submit]').click();
      await expect(page.locator('#code')).toBeVisible();
      await judge(page, 'confirm', looks);
      await page.locator('#code').fill('000000');
      await page.locator('#code').press('Enter');
      await expect(page.getByRole('alert')).toBeVisible();
      await judge(page, 'confirm-wrong', looks);
      await begin(CARD.expires.replace('12/', '11/'));
      await expect(page.locator('#cancel')).toBeAttached();
      await judge(page, 'not-yours', looks);
      await page.goto(`${demo.bankUrl}/verification?request=broken`);
      await judge(page, 'broken', looks);
      await page.context().clearCookies({ name: '__Host-bank_verification' });
      await page.goto(`${demo.bankUrl}/verification/confirm`);
      await judge(page, 'over', looks);
    });
  });
}
