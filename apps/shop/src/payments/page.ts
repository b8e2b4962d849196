/** The page on which an order is paid: the choice of the card, and in demo mode the choice of the way to pay. */
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import { buildCardFields } from '../cards/card-form.ts';
import { buildCardBadge, canPay, type ShopCard, tellCardState } from '../cards/card-status.ts';
import { buildHiddenProblem, buildProblem, type FormProblem } from '../cards/form-problem.ts';
import { buildDemoCards, describeCard } from '../cards/pages.ts';
import type { DemoGuide } from '../demo-guide.ts';
import type { Frame } from '../frame.ts';
import type { Language } from '../language.ts';
import { buildDemoNote, buildPage } from '../layout.ts';
import { buildSummary } from '../orders/pages.ts';
import type { ShopOrder } from '../orders/store.ts';
import { buildFailedPage, type FailedPage } from '../outcome-page.ts';

export interface PayPage {
  readonly frame: Frame;
  readonly order: ShopOrder;
  readonly cards: readonly ShopCard[];
  readonly problem?: FormProblem | undefined;
  readonly demo: DemoGuide | undefined;
}

/** The value of the choice "another card". */
export const NEW_CARD = 'new';

export function buildPayPage({ frame, order, cards, problem, demo }: PayPage): string {
  const { language } = frame;
  const heading = language.text('payHeading');
  const amount = language.money(order.amount, order.currency);
  return buildPage({
    ...frame,
    title: heading,
    modules: ['/assets/pay.js'],
    main: html`<div class="column narrow"><h1>${heading}</h1>
!${buildSummary(order, language)}
<section class="panel" aria-label="${language.text('payWith')}">
!${problem ? buildProblem(problem, language) : ''}!${buildHiddenProblem(language)}
<form method="post" action="/orders/${order.orderId}/payment" class="stack" id="pay">!${csrfField(frame)}
<fieldset class="choice"><legend>${language.text('payWith')}</legend>
!${cards.length > 0 ? buildChoices(cards, language) : html`<input type="hidden" name="card" value="${NEW_CARD}">`}
<div class="new-card">!${buildCardFields({ language, required: false })}
<label class="option"><input type="checkbox" name="save" value="1" checked> ${language.text('saveCard')}</label></div>
</fieldset>
!${demo ? buildWays(frame) : ''}
<button class="primary wide" type="submit">${language.text('pay', { amount })}</button>
<p class="muted">${language.text('payNote')}</p></form></section>
!${demo ? buildDemoNote(frame, html`<p>${language.text('demoPay')}</p><p id="support" data-yes="${language.text('demoSupport', { answer: language.text('yes') })}" data-no="${language.text('demoSupport', { answer: language.text('no') })}"></p>!${buildDemoCards(demo, language)}`) : ''}</div>`,
  });
}

/** The cards that can pay, the first of them chosen. Then those that cannot, so that the shopper reads why. */
function buildChoices(cards: readonly ShopCard[], language: Language): string {
  const usable = cards.filter(canPay);
  const [first] = usable;
  const choices = usable.map(
    (card) =>
      html`<label class="option"><input type="radio" name="card" value="${card.bindingId}" !${card === first ? 'checked' : ''}> <span>!${describeCard(card, language)}</span></label>`,
  );
  const stopped = cards
    .filter((card) => !canPay(card))
    .map((card, at) => buildStopped(card, `stopped-${at}`, language));
  return html`!${choices}!${stopped}<label class="option"><input type="radio" name="card" value="${NEW_CARD}" !${first ? '' : 'checked'}> ${language.text('anotherCard')}</label>`;
}

function buildStopped(card: ShopCard, id: string, language: Language): string {
  const why = tellCardState(card, language).map((text) => html`<p>${text}</p>`);
  return html`<div class="option stopped"><input type="radio" disabled id="${id}" aria-describedby="${id}-why"><div><label for="${id}">!${describeCard(card, language)}</label> !${buildCardBadge(card, language)}<div id="${id}-why">!${why}</div></div></div>`;
}

function buildWays({ language }: Frame): string {
  return html`<fieldset class="choice"><legend>${language.text('demoWay')}</legend>
<label class="option"><input type="radio" name="way" value="here" checked> ${language.text('demoHere')}</label>
<label class="option"><input type="radio" name="way" value="there"> ${language.text('demoThere')}</label></fieldset>`;
}

/** For a payment that failed. Shows the order if it is known. */
export function buildUnpaidPage({
  order,
  ...page
}: Omit<FailedPage, 'of' | 'order'> & { readonly order?: ShopOrder | undefined }): string {
  const { language } = page.frame;
  return buildFailedPage({
    ...page,
    of: 'PAYMENT',
    order: order && { stepUpPath: `/orders/${order.orderId}/step-up`, summary: buildSummary(order, language) },
  });
}

/** A real shop begins another authentication here, 3-D Secure for example. This reference shop has none. */
export function buildStepUpPage({ frame, order }: { readonly frame: Frame; readonly order: ShopOrder }): string {
  const { language } = frame;
  const heading = language.text('stepUpHeading');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><p class="lead">${language.text('stepUp')}</p>
<p><a class="primary" href="/orders/${order.orderId}/pay">${language.text('chooseAnother')}</a></p>
!${buildSummary(order, language)}</div>`,
  });
}
