import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import { buildPage } from '../layout.ts';
import { amountOf, CURRENCY, PRODUCTS, type Product } from '../products/catalogue.ts';
import { SHOP_NAME } from '../site.ts';

export function buildProductsPage(frame: Frame): string {
  const { language } = frame;
  return buildPage({
    ...frame,
    title: language.text('tagline'),
    main: html`<section class="hero"><div><p class="eyebrow">${SHOP_NAME}</p><h1>${language.text('tagline')}</h1><p class="lead">${language.text('intro')}</p></div>
<div class="hero-picture tone-honey" aria-hidden="true">!${PRODUCTS[0]?.picture ?? ''}</div></section>
<section aria-labelledby="all"><h2 id="all">${language.text('products')}</h2>
<ul class="products">!${PRODUCTS.map((product) => buildProduct(product, frame))}</ul></section>`,
  });
}

function buildProduct({ productId, name, description, price, picture, tone }: Product, frame: Frame): string {
  const { language } = frame;
  return html`<li class="product"><div class="picture tone-!${tone}">!${picture}</div>
<div class="product-words"><h3>${language.text(name)}</h3><p class="muted">${language.text(description)}</p></div>
<div class="product-buy"><span class="price">${language.money(amountOf(price), CURRENCY)}</span>
<form method="post" action="/cart">!${csrfField(frame)}<input type="hidden" name="product" value="${productId}">
<button class="secondary" type="submit" aria-label="${language.text('addToCart')}: ${language.text(name)}">${language.text('addToCart')}</button></form></div></li>`;
}
