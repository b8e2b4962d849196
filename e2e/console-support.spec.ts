/** "My phone was stolen": a support agent suspends the passkey in three clicks and one typed account, and the shop refuses the payment. */
import { signInAsOperator } from './console.ts';
import { button, expect, expectSoon, test } from './fixtures.ts';
import { judge } from './judge.ts';
import { haveCard } from './kept-state.ts';
import { BLOCKED, CARD, expectUnpaid, pay, placeOrder } from './shop.ts';

test('from the sign-in to a suspended passkey in three clicks; the payment under way and the next one are refused @at-length', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveCard(page, demo);
  await placeOrder(page, demo);
  await pay(page);
  await expect(button(page, 'Pay with passkey')).toBeVisible();

  const desk = await page.context().newPage();
  await desk.addInitScript(
    'addEventListener("pointerdown", () => { window.clicks = (window.clicks ?? 0) + 1; }, true)',
  );
  await signInAsOperator(desk, demo, 'SUPPORT', { confirmed: false });
  await desk.goto(demo.consoleUrl);
  await desk.getByRole('link', { name: 'Passkeys', exact: true }).click();
  await expect(desk.getByLabel('Find a passkey')).toBeFocused();
  await desk.keyboard.type(CARD.number);
  await desk.keyboard.press('Enter');
  await button(desk, 'Suspend').click();
  await button(desk, 'The device was stolen').click();
  await expect(desk.getByText('It is suspended at')).toContainText('Tidewick');
  await expect(desk.getByText('session under way has ended')).toBeVisible();
  expect(await desk.evaluate('window.clicks')).toBe(3);
  await expect(desk.getByText('Suspended by the network').first()).toBeVisible();
  // A support agent can suspend a passkey, but not resume it.
  await expect(button(desk, 'Resume')).toHaveCount(0);
  await expect(button(desk, 'Delete')).toHaveCount(0);
  await judge(desk, 'console suspended passkey');

  await page.bringToFront();
  await button(page, 'Pay with passkey').click();
  await expectUnpaid(page, demo, BLOCKED);
  await placeOrder(page, demo);
  await expectSoon(page, page.url(), () =>
    expect(page.getByRole('radio', { name: '4444' })).toBeDisabled({ timeout: 1000 }),
  );
});
