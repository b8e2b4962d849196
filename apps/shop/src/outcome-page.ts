/** The page for a payment or a card that failed or is not finished: why, in plain words, and what the shopper can do. */
import type { Advice } from '@payment-passkeys/merchant/server';
import { html } from 'ghtml';
import { type ErrorExplanation, tellAdvice, tellWhy, type WhyCode } from './explanations.ts';
import type { Frame } from './frame.ts';
import type { Language } from './language.ts';
import { buildPage } from './layout.ts';

export interface FailedPage {
  readonly frame: Frame;
  readonly of: 'PAYMENT' | 'CARD';
  readonly why: WhyCode;
  readonly advice: Advice;
  /** A code that the shopper can tell the support. */
  readonly code: string;
  /** The page on which the shopper can start again. */
  readonly again: string;
  /** The unpaid order, if it is known. */
  readonly order?: UnpaidOrder | undefined;
}

interface UnpaidOrder {
  /** The page on which the shopper can confirm without a passkey. */
  readonly stepUpPath: string;
  /** HTML. */
  readonly summary: string;
}

/** Advice for which starting again here cannot help. */
const ELSEWHERE: ReadonlySet<Advice> = new Set(['CONTACT_US', 'SWITCH_BROWSER', 'SIGN_IN']);

export function buildFailedPage({ frame, of, why, advice, code, again, order }: FailedPage): string {
  const { language } = frame;
  const label = language.text(of === 'CARD' && advice === 'NONE' ? 'addCard' : 'tryAgain');
  const actions: Action[] = ELSEWHERE.has(advice) ? [] : [{ address: again, label }];
  if (advice === 'STEP_UP' && order) {
    actions.unshift({ address: order.stepUpPath, label: language.text('confirmOtherWay') });
  }
  return buildOutcomePage(frame, {
    title: language.text(of === 'PAYMENT' ? 'failedHeading' : 'cardFailedHeading'),
    why,
    advice: tellAdvice(advice, { language, again: label, of }),
    actions,
    summary: order?.summary,
    code,
  });
}

/** An error on the return. If it is temporary, the same address completes the payment later. */
export function buildUnfinishedPage({
  frame,
  explanation,
  again,
}: {
  readonly frame: Frame;
  readonly explanation: ErrorExplanation;
  readonly again: string;
}): string {
  const { language } = frame;
  const { why, advice, code } = explanation;
  const label = language.text('reload');
  const passes = advice === 'RELOAD';
  return buildOutcomePage(frame, {
    title: language.text(passes ? 'unfinishedHeading' : 'problemHeading'),
    why,
    advice: tellAdvice(advice, { language, again: label, of: 'CARD' }),
    actions: passes ? [{ address: again, label }] : [],
    summary: undefined,
    code,
  });
}

interface Action {
  readonly address: string;
  readonly label: string;
}

interface Outcome {
  readonly title: string;
  readonly why: WhyCode;
  readonly advice: string;
  /** The first is the primary one. A link to the start is added. */
  readonly actions: readonly Action[];
  /** HTML: the unpaid order. */
  readonly summary: string | undefined;
  readonly code: string;
}

/** Not shown as an alarm: most shoppers chose "not now" themselves. */
function buildOutcomePage(frame: Frame, { title, why, advice, actions, summary, code }: Outcome): string {
  const { language } = frame;
  const links = [...actions, { address: '/', label: language.text('toStart') }].map(
    ({ address, label }, at) => html`<a class="${at === 0 ? 'primary' : 'secondary'}" href="${address}">${label}</a>`,
  );
  const reason = tellWhy(why, language);
  return buildPage({
    ...frame,
    title,
    main: html`<div class="column narrow"><h1>${title}</h1>!${reason === undefined ? '' : html`<p class="lead">${reason}</p>`}
<section class="panel" aria-labelledby="next"><h2 id="next">${language.text('nextHeading')}</h2><p>${advice}</p>
<p class="actions">!${links}</p></section>
!${summary ?? ''}
<p class="help">!${buildHelp(code, language)}</p></div>`,
  });
}

/** The code, small, for the support. */
export function buildHelp(code: string, language: Language): string {
  return html`${language.text('help')} <code dir="ltr">${code}</code>`;
}
