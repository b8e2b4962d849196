/** What each state of the page looks like. Reads the state and the words, and decides nothing. */
import type { Display, Reason, Scenario } from '@payment-passkeys/protocol';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { accountList } from './accounts.ts';
import { canAsk, type Opened, type PageState } from './flow.ts';
import { ARROW, KEY, LOCK, NOTICE, TICK } from './icons.ts';
import { fill, pieces } from './language.ts';
import type { Messages } from './messages/messages.ts';
import { hostOf } from './return-address.ts';

export interface Actions {
  choose(scenario: Scenario): void;
  decline(): void;
  giveUp(): void;
  retry(): void;
}

export interface Scene {
  readonly messages: Messages;
  readonly actions: Actions;
  /** The loading state, which is in the page before any script is. */
  readonly loading: Element;
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
      return state.opened.answer.scenario === 'CREATE' ? messages.createHeading : messages.useHeading;
    case 'unsupported':
      return state.opened.support.webauthn ? messages.noLockHeading : messages.unsupportedHeading;
    case 'working':
      return messages.workingHeading;
    case 'finishing':
      return state.telling === 'CREDENTIAL'
        ? messages.savingHeading
        : headingBack(state.opened.answer.display, messages);
    case 'returning':
      return state.enrolled ? messages.enrolledHeading : headingBack(state, messages);
    case 'stopped':
      return state.canRetry ? messages.unavailableHeading : messages.stoppedHeading;
  }
}

/** What a state that nobody can see coming is announced with; the others are announced by the focus on their heading. */
export function announcementOf(state: PageState, messages: Messages): string {
  if (state.at === 'working') return messages.workingText;
  if (state.at === 'finishing' && state.telling === 'CREDENTIAL') return messages.savingText;
  return '';
}

function headingBack({ clientName }: { readonly clientName?: string }, messages: Messages): string {
  return clientName === undefined ? messages.returningHeading : fill(messages.returningToHeading, { clientName });
}

function offer(state: In<'offer'>, { messages, actions }: Scene): TemplateResult {
  const { opened } = state;
  const { display, scenario } = opened.answer;
  return panel({
    top: whoAsks(display, messages),
    heading: headingOf(state, messages),
    text: scenario === 'CREATE' ? messages.createText : messages.useText,
    body: html`${accountList(display, messages)}
      <p class="privacy">${LOCK}<span>${messages.privacy}</span></p>`,
    actions: html`
      <button type="button" class="primary" @click=${() => actions.choose(scenario)}>
        ${scenario === 'CREATE' ? messages.createAction : messages.useAction}
      </button>
      ${alternative(opened, messages, actions)}
      <button type="button" class="quiet" @click=${() => actions.decline()}>${messages.declineAction}</button>`,
  });
}

function alternative({ answer }: Opened, messages: Messages, actions: Actions) {
  const scenario = answer.alternative?.scenario;
  if (scenario === undefined) return nothing;
  return html`<button type="button" class="secondary" @click=${() => actions.choose(scenario)}>
    ${scenario === 'CREATE' ? messages.createAnotherAction : messages.useAnotherAction}
  </button>`;
}

/** While the device or the network is busy, everything but the words stays where it was in the offer. */
function busy(state: In<'working'> | In<'finishing'>, { messages, actions }: Scene): TemplateResult {
  const { display, alternative: other } = state.opened.answer;
  const text =
    state.at === 'working' ? messages.workingText : state.telling === 'CREDENTIAL' ? messages.savingText : '';
  return panel({
    top: whoAsks(display, messages),
    heading: headingOf(state, messages),
    text,
    body: html`${accountList(display, messages)}
      <p class="privacy">${LOCK}<span>${messages.privacy}</span></p>`,
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
  const create = canAsk(opened, 'CREATE');
  const use = canAsk(opened, 'USE');
  return panel({
    top: whoAsks(display, messages, html`<div class="mark notice">${NOTICE}</div>`),
    heading: headingOf(state, messages),
    text: within(opened.support.webauthn ? messages.noLockText : messages.unsupportedText, display.clientName),
    actions: html`
      <button type="button" class="primary" @click=${() => actions.giveUp()}>${messages.goBackAction}</button>
      ${use ? html`<button type="button" class="secondary" @click=${() => actions.choose('USE')}>${messages.useAnotherAction}</button>` : nothing}
      ${
        create
          ? html`<div class="pair">
              <button type="button" class="quiet" @click=${() => actions.choose('CREATE')}>${messages.createAction}</button>
              <button type="button" class="quiet" @click=${() => actions.decline()}>${messages.declineAction}</button>
            </div>`
          : nothing
      }`,
  });
}

function returning(state: In<'returning'>, messages: Messages): TemplateResult {
  const name = state.clientName ?? hostOf(state.to);
  return panel({
    brief: true,
    top: state.enrolled ? html`<div class="mark done">${TICK}</div>` : html`<div class="mark back">${ARROW}</div>`,
    heading: headingOf(state, messages),
    text: html`${state.enrolled ? html`${within(messages.returningToHeading, name ?? '')}<br />` : nothing}${messages.returningText}`,
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
    actions: state.canRetry
      ? html`<button type="button" class="primary" @click=${() => actions.retry()}>${messages.retryAction}</button>`
      : nothing,
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

function panel(parts: {
  readonly top: TemplateResult;
  readonly heading: string;
  readonly text: unknown;
  readonly body?: TemplateResult;
  readonly actions?: unknown;
  /** A message rather than a form: set in the middle. */
  readonly brief?: boolean;
}): TemplateResult {
  return html`<section class=${parts.brief ? 'panel brief' : 'panel'}>
    ${parts.top}
    <h1 tabindex="-1">${parts.heading}</h1>
    <p class="text">${parts.text}</p>
    ${parts.body ?? nothing}
    <div class="actions">${parts.actions ?? nothing}</div>
  </section>`;
}

function whoAsks(
  { clientName }: Display,
  messages: Messages,
  mark = html`<div class="mark">${KEY}</div>`,
): TemplateResult {
  return html`<div class="who">
    ${mark}
    <p><span>${messages.requestedBy}</span> <bdi>${clientName}</bdi></p>
  </div>`;
}

/** A message with the client's name in it, which may run in another direction than the sentence. */
function within(message: string, clientName: string): unknown {
  return pieces(message).map((piece, i) => (i % 2 === 1 ? html`<bdi>${clientName}</bdi>` : piece));
}
