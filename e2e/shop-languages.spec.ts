/** Languages at the shop: every page of a walk in two languages, and the frame of every page in all ten. */
import { readFile } from 'node:fs/promises';
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { expectOnlyIn, findLatinWords } from './one-language.ts';
import { CARD } from './shop.ts';

const TAGS = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh'];

const primary = (page: Page) => page.locator('main button').first();
const at = (page: Page, origin: string) => page.waitForURL((url) => url.origin === origin);

/** The steps of a customer at the bank, in any language. */
async function confirmAtBank(page: Page): Promise<void> {
  await page.locator('#username').fill('avery');
  await page.locator('#password').fill('passkey-demo');
  await page.locator('main button[type=submit]').click();
  await expect(page.locator('#code')).toBeVisible();
  const [code = ''] = /[0-9]{6}/.exec((await page.locator('main').textContent()) ?? '') ?? [];
  await page.locator('#code').fill(code);
  await page.locator('#code').press('Enter');
}

async function signIn(page: Page, { shopUrl }: Demo): Promise<void> {
  await page.goto(`${shopUrl}/sign-in`);
  await page.locator('#username').fill('robin');
  await page.locator('#password').fill('passkey-demo');
  await page.locator('main button[type=submit]').click();
  await page.waitForURL(`${shopUrl}/`);
}

/** Arabic for its direction, Japanese for its script. (`npm test` reads the Arabic screens in shop-screens.spec.ts.) */
for (const tag of ['ar', 'ja']) {
  test.describe(`in ${tag}`, () => {
    test.use({ locale: tag });

    test('a shopper signs in, adds a card, orders, approves and is told the outcome, and never leaves the language @drill', async ({
      page,
      demo,
      authenticator,
    }) => {
      test.slow();
      const { shopUrl, networkUrl, bankUrl } = demo;
      const look = () => expectOnlyIn(page, tag);

      await page.goto(`${shopUrl}/sign-in`);
      await look();
      await signIn(page, demo);
      await look();
      await page.goto(`${shopUrl}/cards/new`);
      await look();
      await page.locator('#number').fill(CARD.number);
      await page.locator('#expires').fill(CARD.expires);
      await page.locator('main button[type=submit]').click();
      await at(page, networkUrl);
      await expect(primary(page)).toBeVisible();
      await look();
      await primary(page).click();
      await at(page, bankUrl);
      await confirmAtBank(page);
      await at(page, networkUrl);
      await expect(primary(page)).toBeVisible();
      await look();
      await primary(page).click();
      await page.waitForURL(`${shopUrl}/cards?added=1`);
      await look();

      const order = async () => {
        await page.goto(shopUrl);
        await page.locator('.product form button').first().click();
        await page.waitForURL('**/cart');
        await look();
        await page.locator('form[action="/orders"] button').click();
        await page.waitForURL('**/pay');
        await look();
        await page.locator('input[name=way][value=there]').check();
        await page.locator('#pay button[type=submit]').click();
        await at(page, networkUrl);
        await expect(primary(page)).toBeVisible();
        await look();
      };
      await order();
      await authenticator.setUserVerified(false);
      await primary(page).click();
      await at(page, shopUrl);
      await expect(page.locator('main code')).toHaveText('CREDENTIALS_NOT_VERIFIED');
      await look();
      await page.locator('a[href$="/step-up"]').click();
      await page.waitForURL('**/step-up');
      await look();

      await authenticator.setUserVerified(true);
      await order();
      await primary(page).click();
      await page.waitForURL(`${shopUrl}/orders/*`);
      await expect(page.locator('.check')).toBeVisible();
      await look();
      await page.goto(`${shopUrl}/nothing-here`);
      await look();
    });
  });
}

test('the header is one row on a phone and at a desk in every language, and nothing is wider than the screen @drill', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  // Shows that the walks above would find an English word.
  expect(await findLatinWords(page)).toContain('Sign');
  for (const tag of TAGS) {
    await page.locator('#language').selectOption(tag);
    await page.locator('.languages button').click();
    await expect(page.locator('html')).toHaveAttribute('lang', tag === 'zh' ? 'zh-Hans' : tag);
    for (const width of [320, 390, 1024, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const { height = 0 } = (await page.locator('.bar').boundingBox()) ?? {};
      expect(height, `${tag} at ${width}`).toBeLessThan(80);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${tag} at ${width}`).toBe(0);
    }
  }
});

test('the menu of a phone opens by keyboard, holds every link, and closes', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await page.setViewportSize({ width: 320, height: 800 });
  const orders = page.getByRole('link', { name: 'Orders' });
  await expect(orders).toBeHidden();
  await page.getByRole('button', { name: 'Menu' }).focus();
  await page.keyboard.press('Enter');
  for (const name of ['Orders', 'Saved cards']) await expect(page.getByRole('link', { name })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(orders).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(orders).toBeHidden();
});

test('the button that the shop names after DUPLICATE_CREDENTIALS is the network page’s own, in every language', async () => {
  for (const tag of TAGS) {
    const texts = await readFile(new URL(`../apps/shop/src/texts/${tag}.json`, import.meta.url), 'utf8');
    const { default: page } = await import(`../packages/page/src/texts/${tag}.json`, { with: { type: 'json' } });
    expect(JSON.parse(texts).networkUseExisting, tag).toBe(page.hosted.useAnotherAction);
  }
});
