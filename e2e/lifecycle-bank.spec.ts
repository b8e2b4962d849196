/** After the enrolment, at the bank: a cardholder's orders there, and their effect at the shop (contract §12 to §16). */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { AS_DRILL } from './drills.ts';
import { button, createPasskey, expect, expectSoon, signIn, test } from './fixtures.ts';
import { judge } from './judge.ts';
import {
  addCardWithPasskey,
  agree,
  BLOCKED,
  CARD,
  confirmAtBank,
  expectPaid,
  expectUnpaid,
  haveShopSession,
  pay,
  placeOrder,
} from './shop.ts';

async function expectTextSoon(page: Page, address: string, text: string): Promise<void> {
  await expectSoon(page, address, () => expect(page.getByRole('main')).toContainText(text, { timeout: 1000 }));
}

async function openPasskey(page: Page, { bankUrl }: Demo): Promise<void> {
  await page.goto(bankUrl);
  await page.getByRole('link', { name: 'Chrome on Linux' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Chrome on Linux' })).toBeVisible();
}

/** Follows a link on the passkey's page, confirms, and expects the page that says that the network has confirmed it. */
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

const UNBLOCK = { link: 'Unblock everywhere', confirm: 'Unblock', done: 'The passkey is unblocked' };

test('a passkey is shown, blocked, unblocked and deleted; the shop follows @at-length', async ({
  page,
  demo,
  authenticator,
}) => {
  await signIn(page, demo);
  await createPasskey(page, demo);
  await haveShopSession(page, demo);
  await addCardWithPasskey(page, demo);
  await payWithSavedCard(page, demo);

  // The bank shows the shop and, after the network's event, the payment.
  await openPasskey(page, demo);
  await expectTextSoon(page, page.url(), '$18.00');
  await expect(page.getByRole('listitem').filter({ hasText: 'Tidewick' }).first()).toContainText('•••• 4444');
  await expect(page.getByText('First used')).toHaveCount(1);
  await judge(page, 'passkey');

  // After "Block everywhere" the shop marks the saved card, and does not offer it.
  await order(page, demo, { link: 'Block everywhere', confirm: 'Block', done: 'The passkey is blocked' });
  await judge(page, 'blocked');
  await expectTextSoon(page, `${demo.shopUrl}/cards`, 'Your bank has blocked this card’s passkey');
  await placeOrder(page, demo);
  await expect(page.getByRole('radio', { name: '4444' })).toBeDisabled();

  // A typed number of this card is treated as an unknown card: the bank is asked. The passkey still approves nothing.
  await pay(page, { card: CARD });
  await agree(page, demo);
  await confirmAtBank(page);
  await button(page, 'Use passkey').click();
  await expectUnpaid(page, demo, BLOCKED);

  await order(page, demo, UNBLOCK);
  await expectSoon(page, `${demo.shopUrl}/cards`, async () => {
    await expect(page.getByRole('main')).toContainText('4444', { timeout: 1000 });
    await expect(page.getByText('has blocked')).toHaveCount(0, { timeout: 1000 });
  });
  await payWithSavedCard(page, demo);

  if (AS_DRILL) await loseAndReplace(page, demo);
  expect(await authenticator.credentialIds()).toHaveLength(1);

  // The cardholder deletes the passkey on the network's page. Bank and shop say so, and the device has no passkey any more.
  await page.goto(`${demo.networkUrl}/auth/passkeys/manage`);
  await button(page, 'Use passkey').click();
  await button(page, 'Delete this passkey everywhere').click();
  await button(page, 'Delete everywhere').click();
  await expect(page.getByRole('heading', { name: 'Your passkey is deleted' })).toBeVisible();
  await expect.poll(() => authenticator.credentialIds()).toEqual([]);
  await expectTextSoon(page, demo.bankUrl, 'this passkey was deleted on the card network’s page');
  await expectTextSoon(page, `${demo.shopUrl}/cards`, 'You have removed this card’s passkey at the card network');
});

/** The phone is lost, and found again; then the card is replaced. bank-pages.spec.ts judges the screens. */
async function loseAndReplace(page: Page, demo: Demo): Promise<void> {
  // A lost phone: all passkeys are blocked at once.
  await page.goto(demo.bankUrl);
  await page.getByRole('link', { name: 'My phone was lost' }).click();
  await button(page, 'Block everything now').click();
  await expect(page.getByRole('heading', { level: 1, name: 'All your passkeys are blocked' })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('Tidewick');
  await expectTextSoon(page, `${demo.shopUrl}/cards`, 'Your bank has blocked this card’s passkey');
  await order(page, demo, UNBLOCK);

  // A replaced card pays at the shop, with the same passkey.
  await page.goto(demo.bankUrl);
  await page.getByRole('link', { name: /new card in place of .*4444/ }).click();
  await button(page, 'Order the new card').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Your new card is on its way' })).toBeVisible();
  const told = await page.getByText('Demonstration: no card is sent').textContent();
  const [, lastFour = ''] = /([0-9]{4})\W*, expires/.exec(told ?? '') ?? [];
  expect(lastFour).toMatch(/^[0-9]{4}$/);
  await expectTextSoon(page, `${demo.shopUrl}/cards`, lastFour);
  await payWithSavedCard(page, demo);
}
