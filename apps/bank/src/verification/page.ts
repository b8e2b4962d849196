/** The screens of a cardholder who is adding a card at a shop. */
import { html } from 'ghtml';
import { buildPage, csrfField } from '../layout.ts';
import { directionOf, say, type VerificationLanguage, type VerificationText } from './language.ts';

interface Frame {
  readonly language: VerificationLanguage;
  readonly signedIn: { readonly displayName: string; readonly csrfToken: string };
  readonly merchantName: string;
}

export interface ConfirmPage extends Frame {
  /** Masked. */
  readonly card: string;
  /** Masked. */
  readonly mobile: string;
  /** Shown in demo mode, where nobody is sent anything. */
  readonly demoCode: string | undefined;
  /** A code was given before, and it was not the right one. */
  readonly wrong: boolean;
}

export function buildConfirmPage(page: ConfirmPage): string {
  const { language, signedIn, merchantName: merchant, card, mobile, demoCode, wrong } = page;
  const heading = say(language, 'heading');
  return framed(page, {
    title: heading,
    main: html`<h1>${heading}</h1>
<p class="lead">${say(language, 'lead', { merchant, card })}</p>
<div class="card">
<p class="note">${say(language, 'warning', { merchant })}</p>
<p>${say(language, 'sent', { mobile })}</p>
!${wrong ? html`<p class="alert" id="wrong" role="alert">${say(language, 'wrong')}</p>` : ''}
<form method="post" action="/verification/confirm" class="stack" id="confirm">
!${csrfField(signedIn.csrfToken)}
<div class="field"><label for="code">${say(language, 'code')}</label>
<input id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required dir="ltr" !${wrong ? 'aria-invalid="true" aria-describedby="wrong"' : ''}></div>
</form>
!${buildCancelForm(signedIn.csrfToken)}
<div class="actions"><button class="primary" type="submit" form="confirm">${say(language, 'confirm')}</button>
<button class="secondary" type="submit" form="cancel">${say(language, 'cancel')}</button></div>
!${demoCode ? html`<p class="demo">${say(language, 'demo', { code: demoCode })}</p>` : ''}
</div>`,
  });
}

export function buildNotYoursPage(page: Frame): string {
  const { language, signedIn, merchantName: merchant } = page;
  const heading = say(language, 'notYoursHeading');
  return framed(page, {
    title: heading,
    main: html`<h1>${heading}</h1>
<p class="lead">${say(language, 'notYours', { merchant })}</p>
!${buildCancelForm(signedIn.csrfToken)}
<p><button class="primary" type="submit" form="cancel">${say(language, 'back')}</button></p>`,
  });
}

/** On the way back to the network, which the browser goes by itself. */
export function buildLeavingPage({
  language,
  address,
}: {
  readonly language: VerificationLanguage;
  readonly address: string;
}): string {
  const heading = say(language, 'leavingHeading');
  return framed(
    { language },
    {
      title: heading,
      main: html`<h1>${heading}</h1><p><a class="primary" href="${address}">${say(language, 'goOn')}</a></p>`,
    },
  );
}

/** There is nobody to answer, or it is too late to. */
export function buildDeadEndPage({
  language,
  because,
}: {
  readonly language: VerificationLanguage;
  readonly because: 'INVALID' | 'EXPIRED';
}): string {
  const [heading, text] = (because === 'EXPIRED' ? ['overHeading', 'over'] : ['brokenHeading', 'broken']) as readonly [
    VerificationText,
    VerificationText,
  ];
  return framed(
    { language },
    {
      title: say(language, heading),
      main: html`<h1>${say(language, heading)}</h1><p class="lead">${say(language, text)}</p>`,
    },
  );
}

function framed(
  { language, signedIn }: Pick<Frame, 'language'> & Partial<Pick<Frame, 'signedIn'>>,
  { title, main }: { readonly title: string; readonly main: string },
): string {
  return buildPage({
    title,
    language,
    direction: directionOf(language),
    signedIn,
    main: html`<div class="column narrow">!${main}</div>`,
  });
}

function buildCancelForm(csrfToken: string): string {
  return html`<form method="post" action="/verification/cancel" id="cancel">!${csrfField(csrfToken)}</form>`;
}
