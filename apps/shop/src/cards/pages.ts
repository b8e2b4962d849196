/** The pages of saved cards: the list, and the form to add a card. */
import { maskPan, type SavedCard } from '@payment-passkeys/merchant/server';
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { DemoGuide } from '../demo-guide.ts';
import type { Frame } from '../frame.ts';
import type { Language } from '../language.ts';
import { buildDemoNote, buildPage } from '../layout.ts';
import { nameOf } from './brands.ts';
import { buildCardFields } from './card-form.ts';
import { buildCardBadge, type ShopCard, tellCardState } from './card-status.ts';
import { buildProblem, type FormProblem } from './form-problem.ts';

/** A card as HTML. The masked number is shown; a screen reader reads words instead, because it would read each bullet. */
export function describeCard({ brand, lastFour }: Omit<SavedCard, 'bindingId'>, language: Language): string {
  const name = nameOf(brand, language);
  const spoken = language.text('cardEnding', { brand: name, lastFour });
  return html`<span class="unseen">${spoken}</span><span aria-hidden="true"><bdi>${name}</bdi> <bdi dir="ltr">${maskPan(lastFour)}</bdi></span>`;
}

export function buildCardsPage({
  frame,
  cards,
  done,
  demo,
}: {
  readonly frame: Frame;
  readonly cards: readonly ShopCard[];
  /** What the shopper has just done. */
  readonly done: 'cardAdded' | 'cardRemoved' | undefined;
  readonly demo: DemoGuide | undefined;
}): string {
  const { language } = frame;
  const heading = language.text('cards');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1>
!${done ? html`<p class="note" role="status">${language.text(done)}</p>` : ''}
<section class="panel" aria-label="${heading}">!${cards.length > 0 ? html`<ul class="cards">!${cards.map((card, at) => buildCard(card, at, frame))}</ul>` : html`<p>${language.text('noCards')}</p>`}
<p><a class="primary" href="/cards/new">${language.text('addCard')}</a></p></section>
!${demo && cards.length > 0 ? buildDemoNote(frame, buildDemoSteps(demo, language)) : ''}</div>`,
  });
}

function buildDemoSteps({ bankUrl, manageUrl }: DemoGuide, language: Language): string {
  const links = [
    { shown: bankUrl, address: bankUrl },
    { shown: manageUrl, address: `${manageUrl}?locale=${language.tag}` },
  ].map(({ shown, address }) => html`<li><a href="${address}" dir="ltr">${shown}</a></li>`);
  return html`<p>${language.text('demoSavedCards')}</p><ul class="test-cards">!${links}</ul>`;
}

function buildCard(card: ShopCard, at: number, frame: Frame): string {
  const { language } = frame;
  const id = `card-${at}`;
  const again =
    card.state.status === 'DELETED'
      ? html`<a class="quiet" href="/cards/new" aria-describedby="${id}">${language.text('addAgain')}</a>`
      : '';
  const why = tellCardState(card, language).map((text) => html`<p>${text}</p>`);
  return html`<li class="saved"><div class="saved-card"><div id="${id}"><span>!${describeCard(card, language)}</span> !${buildCardBadge(card, language)}</div>!${why}</div>
<div class="saved-acts">!${again}<form method="post" action="/cards/remove">!${csrfField(frame)}<input type="hidden" name="card" value="${card.bindingId}">
<button class="quiet" type="submit" aria-label="${language.text('removeCard', { lastFour: card.lastFour })}">${language.text('remove')}</button></form></div></li>`;
}

export function buildAddCardPage({
  frame,
  problem,
  demo,
}: {
  readonly frame: Frame;
  readonly problem?: FormProblem | undefined;
  readonly demo: DemoGuide | undefined;
}): string {
  const { language } = frame;
  const heading = language.text('addCard');
  return buildPage({
    ...frame,
    title: heading,
    main: html`<div class="column narrow"><h1>${heading}</h1><p class="lead">${language.text('addCardNote')}</p>
<section class="panel" aria-label="${heading}">
!${problem ? buildProblem(problem, language) : ''}
<form method="post" action="/cards" class="stack">!${csrfField(frame)}
!${buildCardFields({ language, required: true })}
<button class="primary" type="submit">${language.text('addAndGo')}</button></form></section>
!${demo ? buildDemoNote(frame, buildDemoCards(demo, language)) : ''}</div>`,
  });
}

/** The two ways to get a passkey, and cards to try. */
export function buildDemoCards({ bankUrl, cards }: DemoGuide, language: Language): string {
  const rows = cards.map(
    ({ number, expires }) => html`<li dir="ltr"><code>${number}</code> <span class="muted">${expires}</span></li>`,
  );
  return html`<p>${language.text('demoCards', { bank: bankUrl })}</p><ul class="test-cards">!${rows}</ul>
<p><a href="${bankUrl}" dir="ltr">${bankUrl}</a></p>`;
}
