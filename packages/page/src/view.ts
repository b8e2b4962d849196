/** The HTML of each state of the page. Makes no decisions. */
import type { Display, Reason, Scenario, VerifyOffer } from '@payment-passkeys/protocol';
import { fillText, formatAmount, splitText } from '@payment-passkeys/protocol/texts';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { accountList } from './accounts.ts';
import { canAsk, type Opened, type PageState } from './flow.ts';
import { ARROW, BAG, LOCK, NOTICE, PASSKEY, TICK } from './icons.ts';
import type { Language, Messages, TextName } from './language.ts';
import { panel, within } from './panel.ts';
import { hostOf } from './return-address.ts';

export interface Actions {
  choose(scenario: Scenario): void;
  decline(): void;
  giveUp(): void;
  retry(): void;
  /** Goes to the previous page; undefined if there is none. */
  readonly goBack: (() => void) | undefined;
}

export interface Scene extends Language {
  readonly actions: Actions;
  /** The loading state, which is part of the template. */
  readonly loading: Element;
  /** The network's name. */
  readonly network: string;
}

type In<At extends PageState['at']> = Extract<PageState, { at: At }>;

export function view(state: PageState, scene: Scene): TemplateResult {
  switch (state.at) {
    case 'loading':
      return html`${scene.loading}`;
    case 'framed':
      return framed(scene.messages);
    case 'offer':
      return offer(state, scene);
    case 'unsupported':
      return unsupported(state, scene);
    case 'working':
    case 'finishing':
      return busy(state, scene);
    case 'returning':
      return returning(state, scene.messages);
    case 'stopped':
      return stopped(state, scene);
  }
}

/** The state's heading, which is also the document's title. */
export function headingOf(state: PageState, messages: Messages): string {
  switch (state.at) {
    case 'loading':
      return messages.loading;
    case 'framed':
      return messages.framedHeading;
    case 'offer':
      return messages[OFFERS[state.opened.answer.scenario].heading];
    case 'unsupported':
      return state.opened.support.webauthn ? messages.noLockHeading : messages.unsupportedHeading;
    case 'working':
      return messages.workingHeading;
    case 'finishing':
      return state.report === 'CREDENTIAL'
        ? messages.savingHeading
        : state.report === 'CONSENT'
          ? headingAway(state.opened.answer, messages)
          : headingBack(state.opened.answer.display, messages);
    case 'returning':
      return headingOfReturn(state, messages);
    case 'stopped':
      return state.canRetry ? messages.unavailableHeading : messages.stoppedHeading;
  }
}

/** An additional announcement for screen readers. Every state is announced by the focus on its heading. */
export function announcementOf(state: PageState, messages: Messages): string {
  if (state.at === 'working') return messages.workingText;
  if (state.at === 'finishing' && state.report === 'CREDENTIAL') return messages.savingText;
  return '';
}

/** The texts of each offer: heading, button, and the button that leads to it as an alternative. */
const OFFERS = {
  CREATE: { heading: 'createHeading', action: 'createAction', instead: 'createAnotherAction' },
  USE: { heading: 'useHeading', action: 'useAction', instead: 'useAnotherAction' },
  PAY: { heading: 'payHeading', action: 'payAction', instead: 'payAction' },
  VERIFY: { heading: 'verifyHeading', action: 'agreeAction', instead: 'confirmAction' },
} as const satisfies Record<Scenario, { readonly [word in 'heading' | 'action' | 'instead']: TextName }>;

function headingOfReturn(state: In<'returning'>, messages: Messages): string {
  switch (state.outcome) {
    case 'ENROLLED':
      return messages.enrolledHeading;
    case 'APPROVED':
      return messages.approvedHeading;
    case 'ASKED':
      return fillText(messages.leavingHeading, { clientName: state.clientName ?? '' });
    case 'ENDED':
      return headingBack(state, messages);
  }
}

function headingAway(answer: Opened['answer'], messages: Messages): string {
  return fillText(messages.leavingHeading, { clientName: answer.scenario === 'VERIFY' ? answer.issuerName : '' });
}

function headingBack({ clientName }: { readonly clientName?: string }, messages: Messages): string {
  return clientName === undefined ? messages.returningHeading : fillText(messages.returningToHeading, { clientName });
}

function offer(state: In<'offer'>, scene: Scene): TemplateResult {
  const { messages, actions } = scene;
  const { opened } = state;
  const { display, scenario } = opened.answer;
  return panel({
    top: whoAsks(display, messages),
    heading: headingOf(state, messages),
    text: textOf(opened.answer, messages),
    body: body(opened.answer, scene),
    actions: html`
      <button type="button" class="primary" @click=${() => actions.choose(scenario)}>
        ${messages[OFFERS[scenario].action]}
      </button>
      ${alternative(opened, messages, actions)}
      <button type="button" class="quiet" @click=${() => actions.decline()}>${messages.declineAction}</button>`,
  });
}

function textOf(answer: Opened['answer'], messages: Messages): unknown {
  switch (answer.scenario) {
    case 'CREATE':
      return messages.createText;
    case 'USE':
      return messages.useText;
    case 'PAY':
      return messages.payText;
    case 'VERIFY':
      return within(messages.verifyText, answer.issuerName);
  }
}

/** The accounts, the amount, the documents. They stay in place while the device is busy. */
function body(answer: Opened['answer'], scene: Scene): TemplateResult {
  const { messages, network } = scene;
  const { display, scenario } = answer;
  const { payment, locale } = display;
  return html`${
    payment && (scenario === 'PAY' || scenario === 'VERIFY')
      ? html`<p class="amount">
          <span class="unseen">${messages.amount}</span> <bdi>${formatAmount(payment, locale)}</bdi>
          <small>${fillText(messages.order, { number: `\u2068${payment.orderId}\u2069` })}</small>
        </p>`
      : nothing
  }
  ${accountList(display, scene, scenario === 'PAY' ? messages.payingWith : messages.accounts)}
  ${
    scenario === 'VERIFY'
      ? html`<p class="agreement">
          ${splitText(messages.agreement).map((piece, i) => (i % 2 === 0 ? piece : piece === 'network' ? html`<bdi>${network}</bdi>` : documentLink(answer, piece, messages)))}
        </p>`
      : html`<p class="privacy">${LOCK}<span>${messages.privacy}</span></p>`
  }`;
}

/** In a new tab, so that the session stays open in this one. */
function documentLink({ documents }: VerifyOffer, name: string, messages: Messages): TemplateResult {
  const [type, text] =
    name === 'terms' ? ['TERMS_AND_CONDITIONS', messages.terms] : ['PRIVACY_POLICY', messages.privacyNotice];
  const uri = documents.complianceResources.find(({ complianceType }) => complianceType === type)?.uri;
  return html`<a href=${uri ?? nothing} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

/** The sentence above "Agree and continue" as text, for the record of the consent. */
export function agreementOf(messages: Messages, network: string): string {
  return fillText(messages.agreement, { terms: messages.terms, privacy: messages.privacyNotice, network });
}

function alternative({ answer, support }: Opened, messages: Messages, actions: Actions) {
  const scenario = answer.alternative?.scenario;
  // After the issuer's verification a passkey is made, and that needs a screen lock.
  if (scenario === undefined || (scenario === 'VERIFY' && !support.platform)) return nothing;
  return html`<button type="button" class="secondary" @click=${() => actions.choose(scenario)}>
    ${messages[OFFERS[scenario].instead]}
  </button>`;
}

/** The device or the network is busy. Only the texts change; everything else stays in the place that it has in the offer. */
function busy(state: In<'working'> | In<'finishing'>, scene: Scene): TemplateResult {
  const { messages, actions } = scene;
  const { display, alternative: other } = state.opened.answer;
  const text = state.at === 'working' ? messages.workingText : state.report === 'CREDENTIAL' ? messages.savingText : '';
  return panel({
    top: whoAsks(display, messages),
    heading: headingOf(state, messages),
    text,
    body: body(state.opened.answer, scene),
    actions: html`
      <div class="progress" role="progressbar" aria-label=${headingOf(state, messages)}></div>
      ${other === undefined ? nothing : html`<div class="room"></div>`}
      ${
        state.at === 'working'
          ? html`<button type="button" class="quiet" @click=${() => actions.decline()}>${messages.declineAction}</button>`
          : html`<div class="room low"></div>`
      }`,
  });
}

function unsupported(state: In<'unsupported'>, { messages, actions }: Scene): TemplateResult {
  const { opened } = state;
  const { display } = opened.answer;
  // Using a passkey on another device needs no screen lock here. Creating one is offered too: the browser may be wrong about the lock.
  const other = (['USE', 'CREATE'] as const).find((scenario) => canAsk(opened, scenario));
  return panel({
    top: whoAsks(display, messages, html`<div class="mark notice">${NOTICE}</div>`),
    heading: headingOf(state, messages),
    text: within(opened.support.webauthn ? messages.noLockText : messages.unsupportedText, display.clientName),
    actions: html`
      <button type="button" class="primary" @click=${() => actions.giveUp()}>${messages.goBackAction}</button>
      ${
        other === undefined
          ? nothing
          : html`<button type="button" class="secondary" @click=${() => actions.choose(other)}>
              ${other === 'USE' ? messages.useAnotherAction : messages.createAction}
            </button>`
      }`,
  });
}

function returning(state: In<'returning'>, messages: Messages): TemplateResult {
  const name = state.clientName ?? hostOf(state.to);
  const done = state.outcome === 'ENROLLED' || state.outcome === 'APPROVED';
  return panel({
    brief: true,
    top: done ? html`<div class="mark done">${TICK}</div>` : html`<div class="mark back">${ARROW}</div>`,
    heading: headingOf(state, messages),
    text: html`${done ? html`${within(messages.returningToHeading, name ?? '')}<br />` : nothing}${messages.returningText}`,
    actions: html`<a class="primary" href=${state.to}
      >${name === undefined ? messages.continueAction : within(messages.continueToAction, name)}</a
    >`,
  });
}

function stopped(state: In<'stopped'>, { messages, actions }: Scene): TemplateResult {
  return panel({
    brief: true,
    top: html`<div class="mark notice">${NOTICE}</div>`,
    heading: headingOf(state, messages),
    text: state.canRetry ? messages.unavailableText : messages[TEXT_BY_REASON[state.reason] ?? 'failedText'],
    body: html`<p class="code">${messages.code} <code>${state.reason}</code></p>`,
    actions: html`
      ${state.canRetry ? html`<button type="button" class="primary" @click=${() => actions.retry()}>${messages.retryAction}</button>` : nothing}
      ${
        actions.goBack === undefined
          ? nothing
          : html`<button type="button" class=${state.canRetry ? 'quiet' : 'primary'} @click=${actions.goBack}>${messages.goBackAction}</button>`
      }`,
  });
}

const TEXT_BY_REASON: { readonly [reason in Reason]?: 'incompleteText' | 'expiredText' } = {
  INVALID_QUERY_PARAMS: 'incompleteText',
  PERMISSION_DENIED: 'expiredText',
  NOT_FOUND: 'expiredText',
};

function framed(messages: Messages): TemplateResult {
  return panel({
    brief: true,
    top: html`<div class="mark notice">${NOTICE}</div>`,
    heading: messages.framedHeading,
    text: messages.framedText,
  });
}

function whoAsks(
  { clientName, payment }: Display,
  messages: Messages,
  mark = html`<div class="mark">${payment === undefined ? PASSKEY : BAG}</div>`,
): TemplateResult {
  return html`<div class="who">
    ${mark}
    <p>
      <span>${payment === undefined ? messages.requestedBy : messages.paymentTo}</span> <bdi>${clientName}</bdi>
      ${payment && html`<small dir="ltr">${hostOf(payment.merchantOrigin)}</small>`}
    </p>
  </div>`;
}
