/** After the enrolment, at the bank: what a cardholder orders there, and what it means at the shop (contract §12 to §16). */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { button, createPasskey, expect, signIn, test } from './fixtures.ts';
import { judge } from './judge.ts';
import { agree, beginCard, confirmAtBank, expectPaid, pay, placeOrder, signInAtShop } from './shop.ts';

/** Opens the address again until the network's event has arrived. */
async function expectSoon(page: Page, address: string, text: string | RegExp): Promise<void> {
  await expect(async () => {
    await page.goto(address);
    await expect(page.getByRole('main')).toContainText(text, { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
}

async function openPasskey(page: Page, { bankUrl }: Demo): Promise<void> {
  await page.goto(bankUrl);
  await page.getByRole('link', { name: 'Chrome on Linux' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Chrome on Linux' })).toBeVisible();
}

/** A link on the passkey's page, the question, and the page that says that the network has confirmed it. */
async function order(
  page: Page,
  demo: Demo,
  names: { readonly link: string; readonly confirm: string; readonly done: string },
) {
  await openPasskey(page, demo);
  await page.getByRole('link', { name: names.link }).first().click();
  await button(page, names.confirm).click();
  await expect(page.getByRole('heading', { level: 1, name: names.done })).toBeVisible();
}

async function payWithSavedCard(page: Page, demo: Demo): Promise<void> {
  await placeOrder(page, demo);
  await pay(page);
  await expect(page).toHaveURL((url) => url.origin === demo.networkUrl);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
}

test('the bank shows where a passkey works and what was approved; a passkey that is blocked there cannot be chosen at the shop', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await createPasskey(page, demo);
  await signInAtShop(page, demo);
  await beginCard(page, demo);
  await agree(page, demo);
  await confirmAtBank(page);
  await button(page, 'Use passkey').click();
  await expect(page.getByText('Your card was added.')).toBeVisible();
  await payWithSavedCard(page, demo);

  // The bank shows the shop, and hears of the payment.
  await openPasskey(page, demo);
  await expectSoon(page, page.url(), '$18.00');
  await expect(page.getByRole('listitem').filter({ hasText: 'Tidewick' }).first()).toContainText('•••• 4444');
  await expect(page.getByText('First used')).toHaveCount(1);
  await judge(page, 'passkey');

  // Blocked everywhere: the shop marks the saved card, and does not offer it.
  await order(page, demo, { link: 'Block everywhere', confirm: 'Block', done: 'The passkey is blocked' });
  await judge(page, 'blocked');
  await expectSoon(page, `${demo.shopUrl}/cards`, 'Your bank has blocked this card’s passkey');
  await placeOrder(page, demo);
  await expect(page.getByRole('radio', { name: '4444' })).toBeDisabled();
});
