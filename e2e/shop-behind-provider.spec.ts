/** The reference shop as a merchant of a small payment service provider: its pages and steps are the same, and the network knows only the provider. */
import type { Demo } from '@payment-passkeys/demo';
import type { Page } from '@playwright/test';
import { button, expect, expectSoon, test } from './fixtures.ts';
import {
  addCard,
  expectPaid,
  expectPaymentShown,
  expectUnpaid,
  haveShopSession,
  pay,
  payAndRegister,
  placeOrder,
} from './shop.ts';
import { answerDialog } from './spc.ts';

test.use({ shopBehindProvider: true });
// All tests run in one worker, because each worker starts the servers.
test.describe.configure({ mode: 'default' });

const rowsOf = async ({ network }: Demo, query: string) => (await network.network.pool.query(query)).rows;

async function expectSavedCard(page: Page, { shopUrl }: Demo): Promise<void> {
  await page.goto(`${shopUrl}/cards`);
  await expect(page.getByRole('button', { name: /^Remove card ending in .?4444/ })).toBeVisible();
}

test('a card is added, shown and pays, on the network’s page and in the shop; the binding is the provider’s, for this merchant', async ({
  page,
  demo,
  authenticator,
  provider,
}) => {
  test.slow();
  await haveShopSession(page, demo);
  await addCard(page, demo);
  await expectSavedCard(page, demo);
  expect(await rowsOf(demo, "SELECT FROM client WHERE client_id = 'shop'")).toEqual([]);
  const [merchant, ...others] = await rowsOf(demo, 'SELECT client_id, merchant_id, name, origin FROM merchant');
  expect([merchant, others]).toMatchObject([{ client_id: 'provider', name: 'Tidewick', origin: demo.shopUrl }, []]);
  expect(await rowsOf(demo, "SELECT merchant_id FROM session WHERE state = 'bound' AND client_id <> 'bank'")).toEqual([
    { merchant_id: merchant.merchant_id },
  ]);
  const bindings = await rowsOf(demo, "SELECT client_id, card_last_four FROM binding WHERE client_id <> 'bank'");
  expect(bindings).toEqual([{ client_id: 'provider', card_last_four: '4444' }]);

  await test.step('on the network’s page; the provider hands the event on', async () => {
    await placeOrder(page, demo);
    await pay(page);
    await expectPaymentShown(page, demo);
    await button(page, 'Pay with passkey').click();
    await expectPaid(page);
    await expectSoon(page, page.url(), () =>
      expect(page.getByText('Approved with a passkey that stays on one device.')).toBeVisible({ timeout: 1000 }),
    );
  });

  await test.step('by Secure Payment Confirmation on the shop’s own page', async () => {
    await answerDialog(authenticator, 'autoAccept');
    await placeOrder(page, demo);
    await pay(page, { way: 'here' });
    await expectPaid(page);
  });

  await test.step('another shop of the provider can neither pay with the card nor remove it', async () => {
    const other = await provider.running?.open({ name: 'Other', origin: 'https://other.example' });
    if (other === undefined) throw new Error('The demonstration runs with a provider.');
    const [{ binding_id: bindingId }] = await rowsOf(
      demo,
      "SELECT binding_id FROM binding WHERE client_id = 'provider'",
    );
    const call = async (name: string, given: object) => {
      const headers = { authorization: `Bearer ${other.key}` };
      const init = { method: 'POST', headers, body: JSON.stringify(given) };
      return (await fetch(`${other.url}/v1/${name}`, init)).json();
    };
    const refusal = { code: 'NETWORK_REFUSED', refusal: { reason: 'BINDING_NOT_FOUND' } };
    const card = { bindingId, brand: 'MASTERCARD', lastFour: '4444' };
    expect(await call('startPayment', { card })).toMatchObject(refusal);
    expect(await call('bindings.remove', { bindingId, reasonCode: 'CLIENT_DECISION' })).toMatchObject(refusal);
    expect(await call('bindings.search', { bindingId })).toEqual([]);
  });

  await test.step('the card is removed at the shop, and at the network with it', async () => {
    await expectSavedCard(page, demo);
    await page.getByRole('button', { name: /^Remove card ending in .?4444/ }).press('Enter');
    await expect(page.getByText('The card was removed here')).toBeVisible();
    await expect.poll(() => rowsOf(demo, "SELECT FROM binding WHERE client_id = 'provider'")).toEqual([]);
  });
});

test('a payment that makes the passkey on the way hands on two elements of assurance data, the bank’s verification and the passkey’s; the next payment one', async ({
  page,
  demo,
  authenticator: _,
  provider,
}) => {
  const assurances = () => provider.running?.processed.map(({ verificationData }) => verificationData).slice(known);
  const known = provider.running?.processed.length ?? 0;
  const passkey = { verificationEntity: '02', verificationMethod: '07', verificationEvents: ['01'] };
  await haveShopSession(page, demo);
  await payAndRegister(page, demo);
  const byBank = { verificationEntity: '03', verificationMethod: '04', verificationEvents: ['02'] };
  expect(assurances()).toMatchObject([[byBank, passkey]]);

  await placeOrder(page, demo);
  await pay(page);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  expect(assurances()).toMatchObject([[byBank, passkey], [passkey]]);
});

test('a cardholder who does not pay comes back to the shop, through the provider @drill', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await addCard(page, demo);
  await placeOrder(page, demo);
  await pay(page);
  await expectPaymentShown(page, demo);
  await button(page, 'Not now').click();
  await expectUnpaid(page, demo, 'USER_CANCELLATION');
});
