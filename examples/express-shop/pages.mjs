/** The shop's pages: the payment, and the outcome. */
import { SHOP } from './settings.mjs';

/** The card is a published test number of the demonstration's bank. */
export function buildPayment({ amount, currency }) {
  return `<h1>Pay ${amount} ${currency}</h1>
<form method="post" action="/payments">
<p><label>Card number <input name="number" autocomplete="cc-number" inputmode="numeric" value="5555555555554444"></label></p>
<p><label>Month <input name="month" autocomplete="cc-exp-month" size="2" value="12"></label>
<label>Year <input name="year" autocomplete="cc-exp-year" size="4" value="${new Date().getUTCFullYear() + 4}"></label></p>
<button type="submit">Pay with a passkey</button>
</form>`;
}

/** `reason` and `advice` are codes: your page has words for each. With the advice STEP_UP, go on with 3-D Secure or a one-time code. */
export function buildOutcome({ status, reason = status, advice }) {
  return `<h1>Not paid</h1><p>${reason}: ${advice}</p><p><a href="/">Back</a></p>`;
}

export const THANKS = '<h1>Thank you, your order is paid</h1>';

export function buildPage(main) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${SHOP}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<main>${main}</main></html>`;
}
