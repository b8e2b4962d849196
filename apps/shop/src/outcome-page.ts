/** Nothing was paid, or no card was added: why, in plain words, and what the shopper may do. */
import type { Advice } from '@payment-passkeys/merchant/server';
import { html } from 'ghtml';
import { buildPage, type Frame } from './layout.ts';

export interface FailedPage {
  readonly frame: Frame;
  readonly heading: 'failedHeading' | 'cardFailedHeading';
  readonly advice: Advice;
  /** Of the closed sets of reasons: it may be told on the phone. */
  readonly code: string;
  /** Where trying again starts; absent where it would be of no use. */
  readonly again: string | undefined;
}

export function buildFailedPage({ frame, heading, advice, code, again }: FailedPage): string {
  const { language } = frame;
  const title = language.say(heading);
  return buildPage({
    ...frame,
    title,
    main: html`<div class="column narrow"><h1>${title}</h1>
<p class="lead">${language.say(`advice${advice}`)}</p>
<p class="muted">${language.say('reason')}: <code dir="ltr">${code}</code></p>
<p class="actions">!${again ? html`<a class="primary" href="${again}">${language.say('tryAgain')}</a>` : ''}<a class="secondary" href="/">${language.say('toStart')}</a></p></div>`,
  });
}

/** The network or a store did not answer: nothing is lost, and the same address completes. */
export function buildUnfinishedPage({ frame, again }: { readonly frame: Frame; readonly again: string }): string {
  const { language } = frame;
  const title = language.say('problemHeading');
  return buildPage({
    ...frame,
    title,
    main: html`<div class="column narrow"><h1>${title}</h1><p class="lead">${language.say('networkDown')}</p>
<p><a class="primary" href="${again}">${language.say('reload')}</a></p></div>`,
  });
}
