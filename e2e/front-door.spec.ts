/** The page at the network's address, and the page for an unknown one. */
import { expect, test } from './fixtures.ts';
import { judge } from './judge.ts';

test('the start page leads to everything that runs here @at-length', async ({ page, demo }) => {
  await page.goto(demo.networkUrl);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('A sandbox for payment passkeys');
  await judge(page, 'front-door');
  for (const [name, address] of [
    ['The bank', demo.bankUrl],
    ['The shop', demo.shopUrl],
    ['The console', demo.consoleUrl],
  ] as const) {
    await page.getByRole('link', { name }).click();
    await expect(page).toHaveURL((url) => url.origin === address);
    await page.goto(demo.networkUrl);
  }
});

test.describe('in a language that is written from right to left', () => {
  test.use({ locale: 'ar' });

  test('both pages are in it @drill', async ({ page, demo }) => {
    await page.goto(`${demo.networkUrl}/nothing`);
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await judge(page, 'no-page-ar');
    await page.getByRole('main').getByRole('link').click();
    await expect(page).toHaveURL(`${demo.networkUrl}/`);
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await judge(page, 'front-door-ar');
  });
});
