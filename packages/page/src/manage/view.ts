/** The HTML of each state of the cardholder's own page. Makes no decisions. */
import { fillText } from '@payment-passkeys/protocol/texts';
import { html, nothing, type TemplateResult } from 'lit/html.js';
import { LOCK, NOTICE, PASSKEY, TICK } from '../icons.ts';
import { panel, within } from '../panel.ts';
import type { End, Note, PageState, Removal } from './flow.ts';
import type { Language, Messages, TextName } from './language.ts';
import { clientRows, deviceRows, formatDate } from './rows.ts';

export interface Actions {
  use(): void;
  cancel(): void;
  ask(removal: Removal): void;
  keep(): void;
  confirm(): void;
  leave(): void;
  restart(): void;
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
  const { messages, actions, loading } = scene;
  switch (state.at) {
    case 'loading':
      return html`${loading}`;
    case 'framed':
      return brief(state, messages, { mark: NOTICE, kind: 'notice', text: messages.framedText });
    case 'unsupported':
      return brief(state, messages, { mark: NOTICE, kind: 'notice', text: messages.unsupportedText });
    case 'stopped':
      return brief(state, messages, {
        mark: NOTICE,
        kind: 'notice',
        text: messages.unavailableText,
        actions: button('primary', messages.retryAction, actions.restart),
      });
    case 'welcome':
    case 'working':
    case 'signing-in':
      return welcome(state, scene);
    case 'overview':
      return overview(state, scene);
    case 'asking':
    case 'removing':
      return question(state, scene);
    case 'over':
      return over(state, scene);
  }
}

/** The state's heading, which is also the document's title. */
export function headingOf(state: PageState, messages: Messages): string {
  switch (state.at) {
    case 'loading':
      return messages.loading;
    case 'framed':
      return messages.framedHeading;
    case 'unsupported':
      return messages.unsupportedHeading;
    case 'stopped':
      return messages.unavailableHeading;
    case 'welcome':
      return messages.welcomeHeading;
    case 'working':
      return messages.workingHeading;
    case 'signing-in':
      return messages.loading;
    case 'overview':
      return messages.overviewHeading;
    case 'asking':
      return questionOf(state.removal, messages);
    case 'removing':
      return messages.loading;
    case 'over':
      return messages[ENDS[state.end].heading];
  }
}

/** An additional announcement for screen readers. Every state is announced by the focus on its heading. */
export function announcementOf(state: PageState, messages: Messages): string {
  switch (state.at) {
    case 'welcome':
      return state.note === undefined ? '' : messages[NOTES[state.note]];
    case 'working':
      return messages.workingText;
    case 'overview':
      return state.removed === undefined ? '' : removalNote(state.removed, messages);
    case 'asking':
      return state.failed ? messages.failedNote : '';
    default:
      return '';
  }
}

const NOTES: { readonly [note in Note]: TextName } = { NOT_USED: 'notUsedNote', REFUSED: 'refusedNote' };

const ENDS = {
  LEFT: { heading: 'leftHeading', text: 'leftText', action: 'useAgainAction' },
  EXPIRED: { heading: 'leftHeading', text: 'expiredText', action: 'useAgainAction' },
  DELETED: { heading: 'deletedHeading', text: 'deletedText', action: undefined },
  UNKNOWN: { heading: 'unknownHeading', text: 'unknownText', action: 'useAnotherAction' },
} as const satisfies Record<
  End,
  { readonly heading: TextName; readonly text: TextName; readonly action: TextName | undefined }
>;

/** The sign-in. While the device or the network is busy, only the texts and the buttons change. */
function welcome(state: In<'welcome'> | In<'working'> | In<'signing-in'>, { messages, actions }: Scene) {
  return panel({
    top: html`<div class="who"><div class="mark">${PASSKEY}</div></div>`,
    heading: headingOf(state, messages),
    text: state.at === 'working' ? messages.workingText : state.at === 'welcome' ? messages.welcomeText : nothing,
    body: html`
      ${state.at === 'welcome' && state.note ? note(messages[NOTES[state.note]]) : nothing}
      <p class="privacy">${LOCK}<span>${messages.welcomePrivacy}</span></p>`,
    actions:
      state.at === 'welcome'
        ? button('primary', messages.useAction, actions.use)
        : html`${progress(headingOf(state, messages))}
          ${
            state.at === 'working'
              ? button('quiet', messages.cancelAction, actions.cancel)
              : html`<div class="room low"></div>`
          }`,
  });
}

function overview(state: In<'overview'>, scene: Scene) {
  const { messages, actions, tag } = scene;
  const { synced, createdAt, bindings, devices } = state.overview;
  const created = synced ? messages.createdSynced : messages.createdUnsynced;
  return html`<section class="panel list">
    <h1 tabindex="-1">${messages.overviewHeading}</h1>
    ${state.removed === undefined ? nothing : html`<p class="note good">${TICK}<span>${removalNote(state.removed, messages)}</span></p>`}
    <p class="text">${fillText(created, { date: formatDate(createdAt, tag) })}</p>
    <h2>${messages.clientsHeading}</h2>
    ${bindings.length === 0 ? html`<p class="none">${messages.noClients}</p>` : clientRows(bindings, scene)}
    ${
      devices.length === 0
        ? nothing
        : html`<h2>${messages.devicesHeading}</h2>
            ${deviceRows(devices, scene)}`
    }
    <button type="button" class="delete" data-key="PASSKEY" @click=${() => actions.ask({ what: 'PASSKEY' })}>
      ${messages.deleteAction}
    </button>
    <div class="actions">${button('primary', messages.doneAction, actions.leave)}</div>
  </section>`;
}

/** Asks once more. While the network is busy, the buttons make room for the progress bar. */
function question(state: In<'asking'> | In<'removing'>, { messages, actions }: Scene) {
  const { removal } = state;
  return panel({
    top: html`<div class="who"><div class="mark notice">${NOTICE}</div></div>`,
    heading: questionOf(removal, messages),
    text: consequenceOf(state, messages),
    body: html`${state.at === 'asking' && state.failed ? note(messages.failedNote) : nothing}`,
    actions:
      state.at === 'removing'
        ? html`${progress(messages.loading)}
            <div class="room low"></div>`
        : html`${button(isHarmless(removal) ? 'primary' : 'primary danger', confirmationOf(removal, messages), actions.confirm)}
          ${button('quiet', messages.cancelAction, actions.keep)}`,
  });
}

/** Removing this device is harmless: it is recognised again when the passkey is used on it. */
function isHarmless(removal: Removal): boolean {
  return removal.what === 'DEVICE' && removal.device.thisDevice;
}

function questionOf(removal: Removal, messages: Messages): string {
  switch (removal.what) {
    case 'BINDING':
      return fillText(messages.removeHeading, { name: `\u2068${removal.binding.name}\u2069` });
    case 'DEVICE':
      return isHarmless(removal) ? messages.forgetHeading : messages.lostHeading;
    case 'PASSKEY':
      return messages.deleteHeading;
  }
}

function consequenceOf({ removal, overview }: In<'asking'> | In<'removing'>, messages: Messages): unknown {
  switch (removal.what) {
    case 'BINDING': {
      const { role, name } = removal.binding;
      return within(role === 'issuer' ? messages.removeBankText : messages.removeShopText, name);
    }
    case 'DEVICE':
      if (isHarmless(removal)) return messages.forgetText;
      return overview.synced ? messages.lostSyncedText : messages.lostUnsyncedText;
    case 'PASSKEY':
      return messages.deleteText;
  }
}

function confirmationOf(removal: Removal, messages: Messages): string {
  switch (removal.what) {
    case 'BINDING':
      return messages.removeAction;
    case 'DEVICE':
      return isHarmless(removal) ? messages.forgetAction : messages.lostConfirmAction;
    case 'PASSKEY':
      return messages.deleteConfirmAction;
  }
}

function removalNote(removal: Removal, messages: Messages): string {
  return removal.what === 'BINDING'
    ? fillText(messages.removedNote, { name: `\u2068${removal.binding.name}\u2069` })
    : messages.forgottenNote;
}

function over(state: In<'over'>, { messages, actions }: Scene) {
  const { text, action } = ENDS[state.end];
  const unknown = state.end === 'UNKNOWN';
  return brief(state, messages, {
    mark: unknown ? NOTICE : TICK,
    kind: unknown ? 'notice' : 'done',
    text: messages[text],
    ...(action && { actions: button('secondary', messages[action], actions.restart) }),
  });
}

function brief(
  state: PageState,
  messages: Messages,
  parts: {
    readonly mark: TemplateResult;
    readonly kind: 'notice' | 'done';
    readonly text: string;
    readonly actions?: TemplateResult;
  },
): TemplateResult {
  return panel({
    brief: true,
    top: html`<div class="mark ${parts.kind}">${parts.mark}</div>`,
    heading: headingOf(state, messages),
    text: parts.text,
    actions: parts.actions,
  });
}

function note(text: string): TemplateResult {
  return html`<p class="note">${NOTICE}<span>${text}</span></p>`;
}

function progress(label: string): TemplateResult {
  return html`<div class="progress" role="progressbar" aria-label=${label}></div>`;
}

function button(kind: string, text: string, act: () => void): TemplateResult {
  return html`<button type="button" class=${kind} @click=${() => act()}>${text}</button>`;
}
