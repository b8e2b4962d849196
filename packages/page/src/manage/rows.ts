/** The rows of the overview: banks and shops, and devices. */
import type { ManagedBinding, ManagedDevice } from '@payment-passkeys/protocol';
import { fillText, splitText } from '@payment-passkeys/protocol/texts';
import { html, nothing, svg, type TemplateResult } from 'lit/html.js';
import { ACCOUNTS, BAG, draw } from '../icons.ts';
import { keyOf, type Removal } from './flow.ts';
import type { Language, Messages } from './language.ts';

/** Not in icons.ts, so that it is not part of the hosted page. */
const BANK = draw(
  svg`<path d="M3.5 9.5 12 4.25l8.5 5.25v.75h-17ZM6 10.5v7M10 10.5v7M14 10.5v7M18 10.5v7M3.5 19.75h17"/>`,
);

interface RowScene extends Language {
  readonly network: string;
  readonly actions: { ask(removal: Removal): void };
}

/** A day in the cardholder's time zone, in the page's language. */
export function formatDate(time: string, tag: string): string {
  return new Intl.DateTimeFormat(tag, { dateStyle: 'medium' }).format(new Date(time));
}

export function clientRows(bindings: readonly ManagedBinding[], scene: RowScene): TemplateResult {
  return html`<ul class="rows">
    ${bindings.map((binding) => clientRow(binding, scene))}
  </ul>`;
}

function clientRow(binding: ManagedBinding, scene: RowScene): TemplateResult {
  const { messages, tag } = scene;
  const { role, name, panLastFour, createdAt, lastUsedAt, pendingActivation, suspendedBy } = binding;
  return html`<li>
    ${role === 'issuer' ? BANK : BAG}
    <div class="row">
      <p>
        <strong><bdi>${name}</bdi></strong>
        ${pendingActivation ? html`<small class="blocked">${messages.waitsForBank}</small>` : nothing}
        ${suspendedBy.map((actor) => html`<small class="blocked">${blockedBy(actor, scene)}</small>`)}
        <small>${role === 'issuer' ? messages.bank : messages.shop}${panLastFour && html` · ${cardEnding(panLastFour, messages)}`}</small>
        ${dates({ since: createdAt, lastUsedAt, tag, messages })}
      </p>
      ${removeButton({ what: 'BINDING', binding }, { text: messages.removeAction, label: fillText(messages.removeNamed, { name }) }, scene)}
    </div>
  </li>`;
}

function blockedBy(actor: ManagedBinding['suspendedBy'][number], { messages, network }: RowScene): string {
  switch (actor) {
    case 'ISSUER':
      return messages.blockedByIssuer;
    case 'MERCHANT':
      return messages.blockedByMerchant;
    case 'CARDHOLDER':
      return messages.blockedByCardholder;
    case 'NETWORK':
      return fillText(messages.blockedByNetwork, { network: `\u2068${network}\u2069` });
  }
}

/** The digits keep their order in a text from right to left. */
function cardEnding(digits: string, messages: Messages): unknown {
  return splitText(messages.cardEnding).map((piece, i) => (i % 2 === 1 ? html`<bdi dir="ltr">${digits}</bdi>` : piece));
}

export function deviceRows(devices: readonly ManagedDevice[], scene: RowScene): TemplateResult {
  return html`<ul class="rows">
    ${devices.map((device) => deviceRow(device, scene))}
  </ul>`;
}

function deviceRow(device: ManagedDevice, scene: RowScene): TemplateResult {
  const { messages, tag } = scene;
  const { thisDevice, firstUsedAt, lastUsedAt } = device;
  const text = thisDevice ? messages.forgetAction : messages.lostAction;
  return html`<li>
    ${ACCOUNTS.MOBILE}
    <div class="row">
      <p id=${device.appInstanceId}>
        <strong>${thisDevice ? messages.thisDevice : messages.otherDevice}</strong>
        ${dates({ since: firstUsedAt, lastUsedAt, tag, messages })}
      </p>
      ${removeButton({ what: 'DEVICE', device }, { text, describedBy: device.appInstanceId }, scene)}
    </div>
  </li>`;
}

function dates(given: {
  readonly since: string;
  readonly lastUsedAt: string | undefined;
  readonly tag: string;
  readonly messages: Messages;
}): TemplateResult {
  const { since, lastUsedAt, tag, messages } = given;
  return html`<small>${fillText(messages.since, { date: formatDate(since, tag) })}</small>
    ${lastUsedAt && html`<small>${fillText(messages.lastUsed, { date: formatDate(lastUsedAt, tag) })}</small>`}`;
}

/** For assistive technology, where the text alone does not say what is removed: `label` is another name, `describedBy` the id of the row. */
function removeButton(
  removal: Removal,
  { text, label, describedBy }: { readonly text: string; readonly label?: string; readonly describedBy?: string },
  { actions }: RowScene,
): TemplateResult {
  return html`<button
    type="button"
    class="remove"
    data-key=${keyOf(removal)}
    aria-label=${label ?? nothing}
    aria-describedby=${describedBy ?? nothing}
    @click=${() => actions.ask(removal)}
  >
    ${text}
  </button>`;
}
