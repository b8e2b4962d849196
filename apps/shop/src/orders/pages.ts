/** Two pages: the list of a shopper's orders, and one order. */
import { html } from 'ghtml';
import { nameOf } from '../cards/brands.ts';
import { describeCard } from '../cards/pages.ts';
import type { Frame } from '../frame.ts';
import type { Language, TextName } from '../language.ts';
import { buildDemoNote, buildPage } from '../layout.ts';
import { findProduct } from '../products/catalogue.ts';
import type { OrderPayment, PasskeyKind, ShopOrder } from './store.ts';

export function buildOrdersPage({
  frame,
  orders,
}: {
  readonly frame: Frame;
  readonly orders: readonly ShopOrder[];
}): string {
  const { language } = frame;
  const heading = language.text('orders');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><section class="panel" aria-label="${heading}">
!${orders.length > 0 ? html`<ul class="orders">!${orders.map((order) => buildEntry(order, language))}</ul>` : html`<p>${language.text('noOrders')}</p><p><a class="primary" href="/">${language.text('browse')}</a></p>`}
</section></div>`,
  });
}

function buildEntry({ orderId, amount, currency, placedAt, paid }: ShopOrder, language: Language): string {
  return html`<li><a class="order" href="/orders/${orderId}"><span><strong dir="ltr">${orderId}</strong><span class="muted">${language.day(placedAt)}</span></span>
<span class="order-end"><strong>${language.money(amount, currency)}</strong><span class="badge !${paid ? 'badge-paid' : ''}">${language.text(paid ? 'paid' : 'open')}</span></span></a></li>`;
}

export function buildOrderPage({
  frame,
  order,
  demo,
}: {
  readonly frame: Frame;
  readonly order: ShopOrder;
  readonly demo: boolean;
}): string {
  const { language } = frame;
  const { orderId, amount, currency, paid } = order;
  const heading = language.text(paid ? 'paidHeading' : 'openHeading');
  const sentence =
    paid &&
    language.text('paidWith', {
      amount: language.money(amount, currency),
      brand: nameOf(paid.brand, language),
      lastFour: paid.lastFour,
    });
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow">!${paid ? CHECK : ''}<h1>${heading}</h1>
!${sentence ? html`<p class="lead">${sentence}</p>` : ''}
!${buildSummary(order, language)}
!${paid ? buildReceipt(paid, language) : html`<p><a class="primary" href="/orders/${orderId}/pay">${language.text('payNow')}</a></p>`}
!${paid && demo ? buildDemoNote(frame, html`<p>${language.text('demoPaid')}</p>`) : ''}</div>`,
  });
}

const STRENGTH: Readonly<Record<PasskeyKind, TextName>> = {
  SYNCED: 'approvedBySynced',
  DEVICE_BOUND: 'approvedByDeviceBound',
};

function buildReceipt(paid: OrderPayment, language: Language): string {
  const { at, passkeyKind } = paid;
  return html`<div class="receipt"><p>!${describeCard(paid, language)} · ${language.day(at)}</p>!${passkeyKind ? html`<p class="strength">${language.text(STRENGTH[passkeyKind])}</p>` : ''}</div>`;
}

const CHECK = `<svg class="check" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true" focusable="false"><circle cx="24" cy="24" r="22" fill="currentColor"/><path d="M14 25l7 7 14-15" fill="none" stroke="var(--surface)" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"/></svg>`;

export function buildSummary({ orderId, lines, amount, currency }: ShopOrder, language: Language): string {
  const rows = lines.map(({ productId, quantity }) => {
    const product = findProduct(productId);
    return html`<li><span>${product ? language.text(product.name) : productId}</span><span class="muted" dir="ltr">× ${language.number(quantity)}</span></li>`;
  });
  return html`<section class="panel" aria-labelledby="summary"><h2 id="summary">${language.text('orderNumber', { order: orderId })}</h2>
<ul class="summary">!${rows}</ul><p class="total"><span>${language.text('total')}</span><strong>${language.money(amount, currency)}</strong></p></section>`;
}
