/** A payment by the network's page (contract §9): only a passkey that was made at the bank or on the way approves it. */
import { addAuthenticator } from './authenticator.ts';
import { button, createPasskey, expect, signIn, test } from './fixtures.ts';
import { haveCard, havePasskey } from './kept-state.ts';
import {
  addCard,
  agree,
  CARD,
  confirmAtBank,
  expectPaid,
  expectPaymentShown,
  expectUnpaid,
  haveShopSession,
  pay,
  placeOrder,
  signInAtShop,
} from './shop.ts';

test('a passkey made at the bank pays at the shop: merchant, amount and card on the page are those of the proof', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await createPasskey(page, demo);
  await haveShopSession(page, demo);
  const orderId = await placeOrder(page, demo);
  await pay(page, { card: CARD });
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  const { rows } = await demo.shopDatabase.pool.query(
    'SELECT order_id, amount, currency, merchant_origin, last_four FROM payment_passkey_payment WHERE proof_hash IS NOT NULL',
  );
  expect(rows).toEqual([
    { order_id: orderId, amount: '18.00', currency: 'USD', merchant_origin: demo.shopUrl, last_four: '4444' },
  ]);
});

test('checkout registers on the way: terms, the bank, a passkey, then the approval of the payment @drill', async ({
  page,
  demo,
  authenticator,
}) => {
  await haveShopSession(page, demo);
  await placeOrder(page, demo);
  await pay(page, { card: CARD, save: true });
  await agree(page, demo);
  await confirmAtBank(page);
  await button(page, 'Create passkey').click();
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  await placeOrder(page, demo);
  await pay(page);
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  const consents = await demo.network.network.pool.query('SELECT count(*)::integer FROM consent_record');
  expect(consents.rows).toEqual([{ count: 1 }]);
});

test('a card added at the shop pays, and no table of the shop holds its number @drill', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await addCard(page, demo);
  await placeOrder(page, demo);
  await pay(page);
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  const { pool } = demo.shopDatabase;
  const tables = await pool.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
  for (const { table_name: table } of tables.rows) {
    const { rows } = await pool.query(`SELECT row_to_json(t)::text AS text FROM "${table}" AS t`);
    expect(rows.filter(({ text }) => text.includes('5555555555554444'))).toEqual([]);
  }
});

test('"Not now" cancels, and the order can still be paid', async ({ page, demo, authenticator: _ }) => {
  await haveCard(page, demo);
  await placeOrder(page, demo);
  await pay(page);
  await button(page, 'Not now').click();
  await expectUnpaid(page, demo, 'USER_CANCELLATION');
  await page.getByRole('link', { name: 'Try again' }).click();
  await pay(page);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
});

test('a card that no issuer here takes part for ends in STEP_UP: nothing is charged, another card can be chosen', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveShopSession(page, demo);
  await placeOrder(page, demo);
  await pay(page, { card: { ...CARD, number: '4111 1111 1111 1111' } });
  await expect(page.getByRole('heading', { name: 'One more step, without a passkey' })).toBeVisible();
  await page.getByRole('link', { name: 'Choose another card' }).click();
  await expect(page.getByRole('heading', { name: 'Pay for your order' })).toBeVisible();
});

test('two devices: a second device of the cardholder pays with the card after it has made a passkey of its own @drill', async ({
  page,
  demo,
  authenticator: _,
  browser,
}) => {
  await haveCard(page, demo);
  const other = await (await browser.newContext()).newPage();
  await addAuthenticator(other);
  await signIn(other, demo);
  await createPasskey(other, demo);
  await haveShopSession(other, demo);
  await placeOrder(other, demo);
  await pay(other);
  await expectPaymentShown(other, demo);
  await button(other, 'Pay with passkey').click();
  await expectPaid(other);
  await other.context().close();
});

test('an order that is paid is not paid again: its page leads to the receipt', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveCard(page, demo);
  const orderId = await placeOrder(page, demo);
  await pay(page);
  const callbacks: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/payments/callback')) callbacks.push(request.url());
  });
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  await page.goto(`${demo.shopUrl}/orders/${orderId}/pay`);
  await expectPaid(page);
  // The same callback again, in the same browser: the same outcome, and one payment.
  await page.goto(callbacks[0] ?? '');
  await expectPaid(page);
  const { rows } = await demo.shopDatabase.pool.query(
    'SELECT count(*)::integer FROM shop_order WHERE paid_at IS NOT NULL',
  );
  expect(rows).toEqual([{ count: 1 }]);
});

test('an approval whose answer is lost is waited for, and once it is lost for good the order is paid under its next number @drill', async ({
  page,
  demo,
  clock,
  authenticator: _,
}) => {
  await haveCard(page, demo);
  const orderId = await placeOrder(page, demo);
  const atCallback = (url: URL) => url.origin === demo.shopUrl && url.searchParams.has('proofOfAuthentication');
  await page.route(atCallback, (route) => route.abort('aborted'));
  await pay(page);
  const lost = page.waitForEvent('requestfailed', (request) => atCallback(new URL(request.url())));
  await button(page, 'Pay with passkey').click();
  await lost;
  await page.unroute(atCallback);

  await page.goto(`${demo.shopUrl}/orders/${orderId}/pay`);
  await pay(page);
  await expect(page.getByRole('alert')).toContainText(/you can pay again .?in 35 minutes.?\./);
  clock.offset += 35 * 60 * 1000;
  await signInAtShop(page, demo);
  await page.goto(`${demo.shopUrl}/orders/${orderId}/pay`);
  await pay(page);
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
  const { rows } = await demo.shopDatabase.pool.query(
    'SELECT order_id, proof_hash IS NOT NULL AS approved FROM payment_passkey_payment ORDER BY started_at',
  );
  expect(rows).toEqual([
    { order_id: orderId, approved: false },
    { order_id: `${orderId}.2`, approved: true },
  ]);
});

test('a browser without Secure Payment Confirmation takes the network’s page, and the shopper does not notice', async ({
  page,
  demo,
  authenticator: _,
}) => {
  await haveCard(page, demo);
  await placeOrder(page, demo);
  await expect(page.getByText('This browser can confirm payments here')).toContainText('no');
  await pay(page, { way: 'here' });
  await expectPaymentShown(page, demo);
  await button(page, 'Pay with passkey').click();
  await expectPaid(page);
});

test('a new phone is no dead end: it confirms with the bank instead, pays, and pays the next time with its own passkey', async ({
  page,
  demo,
  browser,
  authenticator: _,
}) => {
  await signIn(page, demo);
  await havePasskey(page, demo);
  const context = await browser.newContext();
  const phone = await context.newPage();
  const authenticator = await addAuthenticator(phone);
  await haveShopSession(phone, demo);
  await placeOrder(phone, demo);
  await pay(phone, { card: CARD });
  await expectPaymentShown(phone, demo);
  await button(phone, 'Confirm with your bank instead').click();
  await expect(phone.getByRole('heading', { name: 'Confirm this card is yours' })).toBeFocused();
  // The cardholder may go back and forward again, before agreeing to the terms.
  await button(phone, 'Pay with passkey').click();
  await button(phone, 'Confirm with your bank instead').click();
  await agree(phone, demo);
  await confirmAtBank(phone);
  await button(phone, 'Create passkey').click();
  await expectPaymentShown(phone, demo);
  await expect(button(phone, 'Confirm with your bank instead')).toHaveCount(0);
  await button(phone, 'Pay with passkey').click();
  await expectPaid(phone);
  expect(await authenticator.credentialIds()).toHaveLength(1);
  await placeOrder(phone, demo);
  await pay(phone, { card: CARD });
  await expectPaymentShown(phone, demo);
  await expect(button(phone, 'Confirm with your bank instead')).toHaveCount(0);
  await button(phone, 'Pay with passkey').click();
  await expectPaid(phone);
  await context.close();
});
