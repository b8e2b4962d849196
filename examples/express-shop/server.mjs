/** A shop on Express. */
import {
  createMemoryMerchantStore,
  createMerchant,
  createPaymentHandlers,
  toNodeHandler,
} from '@payment-passkeys/merchant/server';
import express from 'express';
import { buildOutcome, buildPage, buildPayment, THANKS } from './pages.mjs';
import { NETWORK, ORIGIN, openClient, SHOP } from './settings.mjs';
import { findOrder, findShopper, markPaid } from './stand-in.mjs';

// #region merchant
const merchant = createMerchant({
  network: { url: NETWORK, audience: NETWORK },
  ...openClient(),
  callbackOrigins: [ORIGIN],
  store: createMemoryMerchantStore(), // later: createPostgresMerchantStore(pool)
});
// #endregion

// #region routes
const { start, callback } = createPaymentHandlers({
  merchant,
  callbackUri: `${ORIGIN}/payments/callback`,
  shopper: findShopper,
  payment: async (request, shopperId) => {
    const { orderId, amount, currency } = findOrder(shopperId); // from your records, never from the page
    return {
      order: { orderId, amount, currency, merchantName: SHOP, merchantOrigin: ORIGIN },
      card: readCard(await request.formData()),
    };
  },
  render: (outcome) => {
    if (outcome.status !== 'AUTHENTICATED') {
      return new Response(buildPage(buildOutcome(outcome)), { headers: { 'content-type': 'text/html' } });
    }
    markPaid(outcome.payment); // hand outcome.assuranceData to your processor
    return Response.redirect(`${ORIGIN}/thank-you`, 303);
  },
});

const readCard = (form) => ({
  primaryAccountNumber: form.get('number'),
  panExpirationMonth: form.get('month'),
  panExpirationYear: form.get('year'),
});

/** The start is a POST that sends somebody away: it has to come from the shop's own page. */
const ofOwnPage = (request, response, next) => (request.get('origin') === ORIGIN ? next() : response.sendStatus(403));

const app = express();
app.post('/payments', ofOwnPage, toNodeHandler(start, { origin: ORIGIN }));
app.get('/payments/callback', toNodeHandler(callback, { origin: ORIGIN }));
// #endregion

app.get('/', (_request, response) => response.send(buildPage(buildPayment(findOrder(findShopper())))));
app.get('/thank-you', (_request, response) => response.send(buildPage(THANKS)));

app.listen(new URL(ORIGIN).port, '127.0.0.1', () => console.log(`The shop: ${ORIGIN}`));
