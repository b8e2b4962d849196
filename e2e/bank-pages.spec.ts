/** The bank's other pages in real Chromium: accessible, at every width, in both colour schemes. */
import { button, createPasskey, expect, haveSession, launch, signIn, test } from './fixtures.ts';
import { judge } from './judge.ts';
import { havePasskey } from './kept-state.ts';

test('sign-in, and a customer without a passkey @at-length', async ({ page, demo }) => {
  await page.goto(`${demo.bankUrl}/sign-in`);
  await judge(page, 'sign-in');
  await signIn(page, demo);
  await expect(page.getByText('You have no payment passkey yet.')).toBeVisible();
  await judge(page, 'no passkey');
});

test('a passkey has a name that a person understands, its accounts, its days and its state; what was agreed to is listed, and word for word @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await createPasskey(page, demo);
  await judge(page, 'ready');
  await page.getByRole('link', { name: 'What did I agree to?' }).click();
  await judge(page, 'consents');
  await page.locator('.receipt-line').first().click();
  await expect(page.getByRole('heading', { level: 1, name: 'What you agreed to' })).toBeVisible();
  await judge(page, 'consent');

  await page.goto(demo.bankUrl);
  const passkey = page.getByRole('listitem').filter({ hasText: 'Chrome on Linux' });
  await expect(passkey).toContainText('•••• 4444, •••• 5100, a•••@l•••.example, ••• 00');
  await expect(passkey).toContainText(/Created .+ Last used .+/);
  await expect(passkey).toContainText('Active');
  await judge(page, 'passkeys');
});

test('a new card in place of another, and a lost phone: what is ordered is said before and after @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveSession(page, demo);
  await havePasskey(page, demo);
  await page.goto(demo.bankUrl);
  await page.getByRole('link', { name: /new card in place of .*4444/ }).click();
  await judge(page, 'replace');
  await page.goto(demo.bankUrl);
  await page.getByRole('link', { name: 'My phone was lost' }).click();
  await judge(page, 'lost');
  await button(page, 'Block everything now').click();
  await expect(page.getByRole('heading', { level: 1, name: 'All your passkeys are blocked' })).toBeVisible();
  await judge(page, 'everything blocked');
});

test('a failure says what the person can do next @at-length', async ({ page, demo, authenticator }) => {
  await signIn(page, demo);
  await authenticator.setUserVerified(false);
  await launch(page, demo);
  await button(page, 'Create passkey').click();
  await expect(page.getByRole('heading', { name: 'What you can do' })).toBeVisible();
  await expect(page.getByText('If that does not help: use another device')).toBeVisible();
  await judge(page, 'failure');
  await page.getByRole('link', { name: 'Try again' }).click();
  await expect(button(page, 'Agree and continue')).toBeVisible();
});

test('the terms in Arabic read from right to left @drill', async ({ page, demo }) => {
  await page.goto(`${demo.bankUrl}/legal/terms?country=AE&language=ar`);
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await judge(page, 'terms in Arabic');
});

test('the element, live for developers: what it dispatches is shown @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await page.goto(`${demo.bankUrl}/examples/registration`);
  await expect(page.locator('.registration')).toHaveCount(3);
  await judge(page, 'examples');
  const themed = page.locator('.example-themed');
  await themed.getByRole('checkbox', { name: /4444/ }).uncheck();
  await themed.getByRole('button', { name: 'Aceptar y continuar' }).click();
  const output = themed.locator('output');
  await expect(output).toContainText('accept ');
  expect(JSON.parse((await output.textContent())?.replace('accept ', '') ?? '')).toMatchObject({
    country: 'MX',
    language: 'es',
    accounts: ['card-2', 'email-1', 'mobile-1'],
  });
  await page.locator('.example-right-to-left select#country').selectOption('DE');
  await expect(page.locator('.example-right-to-left').getByRole('alert').filter({ hasText: 'ألمانيا' })).toBeVisible();
});
