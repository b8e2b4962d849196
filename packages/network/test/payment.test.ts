/** Seamless checkout by redirect (contract §9), over HTTP on a real PostgreSQL. */
import { buildPaymentInfo, buildTransaction, startPayment } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { enrolAtBank, payOnPage, startTestShop, type TestShop } from './shop.ts';

let test_: TestShop;
beforeAll(async () => {
  test_ = await startTestShop();
});
afterAll(() => test_.network.stop());

test('smoke: a payment is approved on the page', async () => {
  const browser = await enrolAtBank(test_.network);
  const { session, opened, result } = await payOnPage(test_, browser);

  const p = new URL(result.body.redirect).searchParams.get('proofOfAuthentication') ?? '';

  expect(result.status).toBe(200);
});
test('smoke: register', async () => {
  const { network, shop, issuer } = test_;
  const browser = network.browser();
  const info = buildPaymentInfo({
    accountReferences: {
      cards: [{ primaryAccountNumber: '5105105105105100', panExpirationMonth: '12', panExpirationYear: '2032' }],
    },
    transaction: buildTransaction(),
  });
  const started = await startPayment(shop, info);

  const opened = await browser.open(started.body.uri);

  const left = await browser.consent();

  const { claims, account } = await issuer.read(left.body.redirect);

  const back = await browser.visit(await issuer.answer(claims.jti));

  const again = await browser.open(new URL(back.headers.get('location') ?? '', network.publicUrl).href);

  const made = await browser.result(browser.answer(again.body));

  const pay = await browser.open(new URL(back.headers.get('location') ?? '', network.publicUrl).href);

  const result = await browser.result(browser.answer(pay.body));
});
