/** The screens of a cardholder who is adding a card at a shop. */
import { csrfField } from '@payment-passkeys/web';
import { html } from 'ghtml';
import type { BareFrame, Frame } from '../frame.ts';
import { buildPage } from '../layout.ts';

interface ShopRequestPage {
  readonly frame: Frame;
  readonly merchantName: string;
}

export interface ConfirmPage extends ShopRequestPage {
  /** Masked. */
  readonly card: string;
  /** Masked. */
  readonly mobile: string;
  /** Shown in demo mode, which sends no message. */
  readonly demoCode: string | undefined;
  /** The code that was entered before was wrong. */
  readonly wrong: boolean;
}

export function buildConfirmPage(page: ConfirmPage): string {
  const { frame, merchantName: merchant, card, mobile, demoCode, wrong } = page;
  const { language } = frame;
  const heading = language.text('verify.heading');
  return buildNarrowPage(frame, {
    title: heading,
    main: html`<h1>${heading}</h1>
<p class="lead">${language.text('verify.lead', { merchant, card })}</p>
<div class="card">
<p class="note">${language.text('verify.warning', { merchant })}</p>
<p>${language.text('verify.sent', { mobile })}</p>
!${wrong ? html`<p class="alert" id="wrong" role="alert">${language.text('verify.wrong')}</p>` : ''}
<form method="post" action="/verification/confirm" class="stack" id="confirm">
!${csrfField(frame)}
<div class="field"><label for="code">${language.text('verify.code')}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required dir="ltr" !${wrong ? 'aria-invalid="true" aria-describedby="wrong"' : ''}></div>
</form>
!${buildCancelForm(frame)}
<div class="actions"><button class="primary" type="submit" form="confirm">${language.text('verify.confirm')}</button>
<button class="secondary" type="submit" form="cancel">${language.text('verify.cancel')}</button></div>
!${demoCode ? html`<p class="demo">${language.text('verify.demo', { code: demoCode })}</p>` : ''}
</div>`,
  });
}

export function buildNotYoursPage(page: ShopRequestPage): string {
  const { frame, merchantName: merchant } = page;
  const { language } = frame;
  const heading = language.text('verify.notYoursHeading');
  return buildNarrowPage(frame, {
    title: heading,
    main: html`<h1>${heading}</h1>
<p class="lead">${language.text('verify.notYours', { merchant })}</p>
!${buildCancelForm(frame)}
<p><button class="primary" type="submit" form="cancel">${language.text('verify.back')}</button></p>`,
  });
}

/** Shown until the browser has gone back to the network, without a click. */
export function buildLeavingPage({ frame, address }: { readonly frame: BareFrame; readonly address: string }): string {
  const { language } = frame;
  const heading = language.text('verify.leavingHeading');
  return buildNarrowPage(frame, {
    title: heading,
    main: html`<h1>${heading}</h1><p><a class="primary" href="${address}">${language.text('verify.goOn')}</a></p>`,
  });
}

/** The request cannot be answered: it is not the network's, or it has expired. */
export function buildDeadEndPage({
  frame,
  because,
}: {
  readonly frame: Frame;
  readonly because: 'INVALID' | 'EXPIRED';
}): string {
  const { language } = frame;
  const expired = because === 'EXPIRED';
  const heading = language.text(expired ? 'verify.overHeading' : 'verify.brokenHeading');
  const text = language.text(expired ? 'verify.over' : 'verify.broken');
  return buildNarrowPage(frame, { title: heading, main: html`<h1>${heading}</h1><p class="lead">${text}</p>` });
}

function buildNarrowPage(
  frame: BareFrame | Frame,
  { title, main }: { readonly title: string; readonly main: string },
): string {
  return buildPage({ frame, title, main: html`<div class="column narrow">!${main}</div>` });
}

function buildCancelForm(frame: Frame): string {
  return html`<form method="post" action="/verification/cancel" id="cancel">!${csrfField(frame)}</form>`;
}
