/** The bank's pages in a language without Latin letters, from the sign-in to the outcome: every page is in that language. */
import type { Page } from '@playwright/test';
import { addAuthenticator } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { judge } from './judge.ts';

/** Names, addresses and codes: the only text in Latin letters. A receipt of another test names its language: English. */
const NAMES =
  /Larkmoor|Bank|Avery|Lindqvist|Everyday|Debit|Voyager|Credit|Chrome|Linux|English|avery|passkey-demo|a•••@l•••\.example|larkmoor-[\d-]+|SHA-256|UTC|PIN|[A-Z]+_[A-Z_]+|[0-9a-f-]{32,}|https?:\S+/g;

/** Words on the visible page that do not belong to `language`. */
async function findForeignWords(page: Page): Promise<readonly string[]> {
  const all = await page.locator('body > *').allInnerTexts();
  const menus = await page.locator('select#language, .languages').allInnerTexts();
  const withoutMenus = all.map((text) => menus.reduce((rest, menu) => rest.replace(menu, ''), text)).join(' ');
  return withoutMenus.replace(NAMES, '').match(/[A-Za-z]{2,}/g) ?? [];
}

/** One language that is written from right to left, and one in another script. */
const LANGUAGES = [
  ['ar', 'rtl'],
  ['ja', 'ltr'],
] as const;

for (const [language, direction] of LANGUAGES) {
  test(`${language}: from the sign-in to the outcome every page is in the language of the browser`, async ({
    browser,
    demo,
  }) => {
    const context = await browser.newContext({ locale: language });
    const page = await context.newPage();
    await addAuthenticator(page);
    const check = async (name: string) => {
      await expect(page.locator('html'), name).toHaveAttribute('lang', language);
      await expect(page.locator('html'), name).toHaveAttribute('dir', direction);
      expect(await findForeignWords(page), name).toEqual([]);
    };
    const register = async () => {
      await page.goto(`${demo.bankUrl}/passkeys/new`);
      await page.locator('.registration').waitFor();
      await check('registration');
      await page.locator('.registration .primary').click();
      await page.waitForURL((url) => url.origin === demo.networkUrl);
      await page.getByRole('button').nth(1).waitFor();
      await expect(page.locator('html')).toHaveAttribute('lang', language);
    };

    await page.goto(demo.bankUrl);
    await check('sign-in');
    await page.locator('#username').fill('avery');
    await page.locator('#password').fill('wrong');
    await page.locator('main .primary').click();
    await page.getByRole('alert').waitFor();
    await check('sign-in refused');
    await page.locator('#password').fill('passkey-demo');
    await page.locator('main .primary').click();
    await page.locator('.plates').waitFor();
    await check('overview');
    await judge(page, `overview ${language}`);

    await register();
    await page.getByRole('button').last().click();
    await page.locator('.outcome').waitFor();
    await check('cancelled');
    await judge(page, `cancelled ${language}`);

    await register();
    await page.getByRole('button').first().click();
    await page.locator('.outcome .good').waitFor();
    await check('ready');
    await page.goto(`${demo.bankUrl}/passkeys/consents`);
    await check('receipts');
    await page.locator('.receipt-line').first().click();
    await page.locator('#documents').waitFor();
    await check('receipt');
    await judge(page, `receipt ${language}`);
    await page.goto(`${demo.bankUrl}/nowhere`);
    await check('nothing there');
    await context.close();
  });
}
