/** The steps of a shopper, for payment tests: a cart, an order, a card added, a payment. */
import type { Demo } from '@payment-passkeys/demo';
import { expect, type Page } from '@playwright/test';
import { button, resumeSession, signInByForm } from './fixtures.ts';

export const CARD = {
  number: '5555 5555 5555 4444',
  expires: `12/${String(new Date().getUTCFullYear() + 4).slice(-2)}`,
};
export const PRICE = '$18.00';
const SHOP = 'Tidewick';
/** What the shop says about a payment with a blocked passkey. */
export const BLOCKED =
  'Your bank did not confirm that it is you within fifteen minutes, or it has blocked this card’s passkey.';

/** Makes sure that the browser is signed in at the shop. The page stays where it is, except for the first sign-in of the worker. */
export async function haveShopSession(page: Page, demo: Demo): Promise<void> {
  if (!(await resumeSession(page, demo.shopUrl))) await signInAtShop(page, demo);
}

export async function signInAtShop(page: Page, { shopUrl }: Demo): Promise<void> {
  await resumeSession(page, shopUrl);
  await page.goto(`${shopUrl}/orders`);
  await signInByForm(page, { username: 'robin', signedIn: page.getByText('Robin', { exact: true }) });
}

/** Signs in, puts one mug in the cart, and opens the order's payment page. Resolves to the order's number. */
export async function placeOrder(page: Page, { shopUrl }: Demo): Promise<string> {
  await page.goto(shopUrl);
  await page.getByRole('button', { name: 'Add to cart: Stoneware mug' }).click();
  await page.getByRole('button', { name: 'Check out' }).click();
  await expect(page.getByRole('heading', { name: 'Pay for your order' })).toBeVisible();
  return new URL(page.url()).pathname.split('/')[2] ?? '';
}

export interface PaymentWish {
  /** `here` pays on the shop's page, `there` on the network's. `there` by default. */
  readonly way?: 'here' | 'there';
  /** A card number to type; without it the selected saved card is used. */
  readonly card?: typeof CARD;
  readonly save?: boolean;
}

/**
 * On the payment page: chooses card and way, and presses "Pay". For "here" it first waits until the page's script has reported what the browser
 * supports: an earlier press sends the plain form, and leads to the network's page.
 */
export async function pay(page: Page, { way = 'there', card, save = false }: PaymentWish = {}): Promise<void> {
  if (card) {
    const another = page.getByLabel('Another card');
    if (await another.isVisible()) await another.check();
    await page.getByLabel('Card number').fill(card.number);
    await page.getByLabel('Expires').fill(card.expires);
    await page.getByLabel('Save this card').setChecked(save);
  }
  if (way === 'here') await expect(page.getByText('This browser can confirm payments here')).toBeVisible();
  await page.getByLabel(way === 'here' ? 'Here in the shop' : 'At the network’s page').check();
  await page.getByRole('button', { name: /^Pay/ }).click();
}

/** On the network's page: expects the ordered goods and amount. */
export async function expectPaymentShown(page: Page, demo: Demo, amount = PRICE): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === demo.networkUrl);
  await expect(button(page, 'Pay with passkey')).toBeVisible();
  await expect(page.getByText(SHOP).first()).toBeVisible();
  await expect(page.getByText(amount, { exact: true }).first()).toBeVisible();
  await expect(page.getByText('4444').first()).toBeVisible();
}

export async function expectPaid(page: Page, amount = PRICE): Promise<void> {
  await expect(page.getByRole('heading', { name: 'Thank you, your order is paid' })).toBeVisible();
  await expect(page.getByText('You approved')).toContainText(amount);
}

/** Expects the shop's page with nothing paid and the reason. */
export async function expectUnpaid(page: Page, demo: Demo, reason: string): Promise<void> {
  await expect(page).toHaveURL((url) => url.origin === demo.shopUrl);
  await expect(page.getByRole('heading', { name: 'Nothing was paid' })).toBeVisible();
  await expect(page.getByText(reason, { exact: true })).toBeVisible();
}

/** From "Add a card" to the network's terms. */
export async function beginCard(page: Page, { shopUrl, networkUrl }: Demo, card = CARD): Promise<void> {
  await page.goto(`${shopUrl}/cards/new`);
  await page.getByLabel('Card number').fill(card.number);
  await page.getByLabel('Expires').fill(card.expires);
  await page.getByRole('button', { name: 'Add card with passkey' }).click();
  await page.waitForURL((url) => url.origin === networkUrl);
}

/** On the network's terms: agrees, and goes to the bank. */
export async function agree(page: Page, { bankUrl }: Demo, words = 'Agree and continue'): Promise<void> {
  await button(page, words).click();
  await page.waitForURL((url) => url.origin === bankUrl);
}

/** At the bank, signed in or not: "Confirm it's you" with the code that the demonstration shows. */
export async function confirmAtBank(page: Page): Promise<void> {
  await signInByForm(page, { username: 'avery', signedIn: page.getByRole('heading', { name: 'Confirm it’s you' }) });
  await page.getByRole('textbox', { name: 'One-time code' }).fill(await shownCode(page));
  await button(page, 'Confirm').click();
}

/** Orders, and pays with a card that has no passkey: the payment creates one, and the card is saved. */
export async function payAndRegister(page: Page, demo: Demo): Promise<void> {
  await placeOrder(page, demo);
  await pay(page, { card: CARD, save: true });
  await agree(page, demo);
  await confirmAtBank(page);
  await button(page, 'Create passkey').click();
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
}

export async function shownCode(page: Page): Promise<string> {
  const text = (await page.getByText('Demonstration: no message is sent').textContent()) ?? '';
  return /[0-9]{6}/.exec(text)?.[0] ?? '';
}

/** Adds a card at the shop: the bank verifies the cardholder, and a passkey is created. */
export async function addCard(page: Page, demo: Demo, card = CARD): Promise<void> {
  await resumeSession(page, demo.bankUrl);
  await addCardBy(page, demo, { step: 'Create passkey', card });
}

/** Adds a card at the shop by the passkey that the browser has; the cardholder is signed in at the bank. */
export async function addCardWithPasskey(page: Page, demo: Demo): Promise<void> {
  await addCardBy(page, demo, { step: 'Use passkey', card: CARD });
}

async function addCardBy(
  page: Page,
  demo: Demo,
  { step, card }: { readonly step: 'Create passkey' | 'Use passkey'; readonly card: typeof CARD },
): Promise<void> {
  await beginCard(page, demo, card);
  await agree(page, demo);
  await confirmAtBank(page);
  await button(page, step).click();
  await expect(page.getByText('Your card was added.')).toBeVisible();
}
