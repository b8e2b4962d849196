/** How an enrolment ended, in plain words: what happened, and what the customer can do. */
import type { NextStep } from '@payment-passkeys/issuer/server';
import { html } from 'ghtml';
import type { Frame } from '../frame.ts';
import type { Language } from '../language.ts';
import { buildCode, buildPage } from '../layout.ts';
import { buildDevice } from './device.ts';
import { type Ending, NEW_PATH } from './endings.ts';
import type { PaymentPasskey } from './records.ts';
import { BACK, BAD, GOOD } from './signs.ts';

export function buildReadyPage({
  frame,
  accounts,
  device,
}: { readonly frame: Frame } & Pick<PaymentPasskey, 'accounts' | 'device'>): string {
  const { language } = frame;
  const heading = language.text('ready.heading');
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow outcome">
!${GOOD}
<h1>${heading}</h1>
<p class="lead">${language.text('ready.lead')}</p>
<section class="card" aria-labelledby="works"><h2 id="works">${language.text('ready.worksFor')}</h2>
<ul class="shared">!${accounts.map((account) => html`<li>!${buildCode(account)}</li>`)}</ul>
<p class="muted">!${language.html('ready.keptOn', { device: buildDevice(device, language) })}</p></section>
<p class="actions"><a class="primary" href="/">${language.text('outcome.toAccounts')}</a>
<a class="secondary" href="/passkeys/consents">${language.text('receipts.heading')}</a></p>
</div>`,
  });
}

/** The page of an enrolment that ended without a passkey. `again` is the address of the button "Try again"; default: the registration screen. */
export function buildEndingPage({
  frame,
  ending,
  again = NEW_PATH,
}: {
  readonly frame: Frame;
  readonly ending: Ending;
  readonly again?: string;
}): string {
  const { language } = frame;
  const { code, nextStep, ifThatFails, mayTryAgain } = ending;
  const heading = language.text(ending.heading);
  return buildPage({
    frame,
    title: heading,
    main: html`<div class="column narrow outcome">
!${ending.cancelled ? BACK : BAD}
<h1>${heading}</h1>
<p class="lead">${language.text(ending.text)}</p>
!${buildAdvice({ nextStep, ifThatFails }, language)}
<p class="actions">!${mayTryAgain ? html`<a class="primary" href="${again}">${language.text('outcome.tryAgain')}</a>` : ''}
<a class="${mayTryAgain ? 'secondary' : 'primary'}" href="/">${language.text('outcome.toAccounts')}</a></p>
<p class="code">!${language.html('outcome.code', { code: html`<code translate="no">${code}</code>` })}</p>
</div>`,
  });
}

function buildAdvice({ nextStep, ifThatFails }: Pick<Ending, 'nextStep' | 'ifThatFails'>, language: Language): string {
  if (nextStep === 'NONE') return '';
  const otherwise = ifThatFails && sayStep(ifThatFails, language);
  return html`<section class="card" aria-labelledby="next"><h2 id="next">${language.text('outcome.next')}</h2>
<p>${sayStep(nextStep, language)}</p>
!${otherwise ? html`<p class="muted">!${language.html('outcome.otherwise', { step: html`${otherwise}` })}</p>` : ''}</section>`;
}

/** The bank's sentence for a next step. It names the buttons by their labels. */
function sayStep(step: NextStep, language: Language): string {
  if (step === 'NONE') return '';
  return language.text(`step.${step}`, {
    tryAgain: language.text('outcome.tryAgain'),
    existing: language.text('network.existing'),
    use: language.text('network.use'),
  });
}
