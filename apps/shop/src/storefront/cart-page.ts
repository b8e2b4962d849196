import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { buildPage } from '../layout.ts';
import { type Cart, type CartLine, MAX_QUANTITY, totalOf } from '../products/cart.ts';
import { amountOf, CURRENCY } from '../products/catalogue.ts';

export function buildCartPage({ frame, cart }: { readonly frame: Frame; readonly cart: Cart }): string {
  const { language } = frame;
  const heading = language.text('cart');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column"><h1>${heading}</h1>!${cart.length > 0 ? buildLines(frame, cart) : buildEmpty(frame)}</div>`,
  });
}

function buildEmpty({ language }: Frame): string {
  return html`<section class="panel center"><p class="lead">${language.text('emptyCart')}</p>
<p><a class="primary" href="/">${language.text('browse')}</a></p></section>`;
}

function buildLines(frame: Frame, cart: Cart): string {
  const { language } = frame;
  return html`<section class="panel"><ul class="lines">!${cart.map((line) => buildLine(frame, line))}</ul>
<p class="total"><span>${language.text('total')}</span><strong>${language.money(totalOf(cart), CURRENCY)}</strong></p>
<form method="post" action="/orders">!${csrfField(frame)}<button class="primary wide" type="submit">${language.text('checkOut')}</button></form></section>`;
}

function buildLine(frame: Frame, { product, quantity }: CartLine): string {
  const { language } = frame;
  const { productId, name, price, picture, tone } = product;
  const counts = Array.from({ length: MAX_QUANTITY }, (_, at) => at + 1).map(
    (count) =>
      html`<option value="${count}" !${count === quantity ? 'selected' : ''}>${language.number(count)}</option>`,
  );
  return html`<li class="line"><div class="thumb tone-!${tone}">!${picture}</div>
<div class="line-words"><strong>${language.text(name)}</strong><span class="muted">${language.money(amountOf(price), CURRENCY)}</span></div>
<div class="line-forms"><form method="post" action="/cart/quantity" class="quantity">!${csrfField(frame)}<input type="hidden" name="product" value="${productId}">
<label class="unseen" for="quantity-!${productId}">${language.text('quantity')}: ${language.text(name)}</label>
<select id="quantity-!${productId}" name="quantity" autocomplete="off">!${counts}</select>
<button class="quiet" type="submit" aria-label="${language.text('update')}: ${language.text(name)}">${language.text('update')}</button></form>
<form method="post" action="/cart/quantity">!${csrfField(frame)}<input type="hidden" name="product" value="${productId}"><input type="hidden" name="quantity" value="0">
<button class="quiet" type="submit" aria-label="${language.text('remove')}: ${language.text(name)}">${language.text('remove')}</button></form></div></li>`;
}
