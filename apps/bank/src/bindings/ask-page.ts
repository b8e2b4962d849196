/** The pages that ask once more, in plain words, before something is blocked, unblocked, removed or replaced. */
import { maskPan } from '@payment-passkeys/issuer/server';
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { CardSummary } from '../accounts/customers.ts';
import type { Frame } from '../frame.ts';
import { buildCode, buildName, buildPage } from '../layout.ts';
import type { BindingAction } from './calls.ts';
import { ACT_NAMES, buildPasskeyName, buildPlaceName, LOST_PATH, passkeyPath } from './parts.ts';
import type { PasskeyView, Place } from './passkey-view.ts';

interface Question {
  readonly frame: Frame;
  readonly heading: string;
  /** HTML. */
  readonly body: string;
  /** Where the form posts to. */
  readonly action: string;
  /** Hidden fields. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly confirm: string;
  readonly cancelPath: string;
}

function buildQuestion({ frame, heading, body, action, fields = {}, confirm, cancelPath }: Question): string {
  const hidden = Object.entries(fields).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow">
<h1>${heading}</h1>
<div class="card">!${body}
<form method="post" action="${action}" class="actions">!${csrfField(frame)}!${hidden}
<button class="primary" type="submit">${confirm}</button>
<a class="secondary" href="${cancelPath}">${frame.language.text('verify.cancel')}</a></form></div>
</div>`,
  });
}

/** `place` is undefined for all places. */
export function buildActQuestion({
  frame,
  passkey,
  place,
  action,
}: {
  readonly frame: Frame;
  readonly passkey: PasskeyView;
  readonly place: Place | undefined;
  readonly action: BindingAction;
}): string {
  const { language } = frame;
  const places = place ? [place] : passkey.places;
  const others = places.flatMap(({ suspendedBy }) => suspendedBy).some((actor) => actor !== 'ISSUER');
  return buildQuestion({
    frame,
    heading: language.text(`ask.${action}`),
    body: html`<dl class="facts"><div><dt>${language.text('ask.passkey')}</dt><dd>!${buildPasskeyName(passkey, language)}</dd></div>
<div><dt>${language.text('passkey.where')}</dt>!${places.map((each) => html`<dd>!${buildPlaceName(each, language)}</dd>`)}</div></dl>
<p>${language.text(`ask.${action}.means`)}</p>
!${action === 'RESUME' && others ? html`<p class="note">${language.text('by.others')}</p>` : ''}`,
    action: `${passkeyPath(passkey.credentialId)}/${ACT_NAMES[action]}`,
    ...(place && { fields: { binding: place.bindingId } }),
    confirm: language.text(`act.${action}`),
    cancelPath: passkeyPath(passkey.credentialId),
  });
}

export function buildLostQuestion({
  frame,
  cards,
}: {
  readonly frame: Frame;
  readonly cards: readonly CardSummary[];
}): string {
  const { language } = frame;
  return buildQuestion({
    frame,
    heading: language.text('lost.heading'),
    body: html`<p>${language.text('lost.means')}</p>
<ul class="shared">!${cards.map((card) => html`<li>!${buildCode(maskPan(card.lastFour))}</li>`)}</ul>
<p class="muted">${language.text('lost.card')}</p>`,
    action: LOST_PATH,
    confirm: language.text('lost.confirm'),
    cancelPath: '/',
  });
}

export function buildReplaceQuestion({ frame, card }: { readonly frame: Frame; readonly card: CardSummary }): string {
  const { language } = frame;
  return buildQuestion({
    frame,
    heading: language.text('replace.button'),
    body: html`<p>!${buildName(card.product)} !${buildCode(maskPan(card.lastFour))}</p><p>${language.text('replace.means')}</p>`,
    action: `/cards/${card.position}/replace`,
    fields: { lastFour: card.lastFour },
    confirm: language.text('replace.confirm'),
    cancelPath: '/',
  });
}
