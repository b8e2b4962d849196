/** The webhooks of a registration: up to five addresses, each with the types of events that it takes. */
import { html, nothing, type TemplateResult } from 'lit';
import { textField } from '../../parts/fields.ts';
import type { WebhookDraft } from './draft.ts';
import type { DraftFields } from './draft-fields.ts';
import { say } from './texts.ts';

/** Copies of the protocol's numbers and families, because importing those would load the schemas. A test compares them. */
export const MOST_WEBHOOKS = 5;
export const EVENT_FAMILIES: readonly string[] = ['binding.*', 'passkey.*', 'payment.*', 'session.*', 'client.*'];

export function webhookFields({ draft, problem, change, leave }: DraftFields): TemplateResult {
  const { webhooks } = draft;
  const put = (position: number, webhook: WebhookDraft | undefined) =>
    change({ webhooks: webhooks.flatMap((old, at) => (at === position ? (webhook ?? []) : old)) });
  return html`<fieldset class="panel">
    <legend><h2>${say('groupWebhooks')}</h2></legend>
    ${webhooks.map((webhook, position) => {
      const pointer = `/webhooks/${position}/uri`;
      return html`<div class="webhook">
        <div @focusout=${() => leave(pointer)}>
          ${textField({
            name: `webhook${position}`,
            pointer,
            label: say('webhookAddress', { number: position + 1 }),
            value: webhook.uri,
            placeholder: 'https://bank.example/network/events',
            code: true,
            maxlength: 500,
            problem,
            onInput: (uri) => put(position, { ...webhook, uri }),
          })}
        </div>
        ${typeBoxes(webhook, position, (types) => {
          put(position, { ...webhook, types });
          leave(`/webhooks/${position}/types`);
        })}
        <button type="button" aria-label=${say('removeWebhook', { number: position + 1 })} @click=${() => {
          put(position, undefined);
          leave('/webhooks');
        }}>${say('remove')}</button>
      </div>`;
    })}
    ${
      webhooks.length >= MOST_WEBHOOKS
        ? nothing
        : html`<div><button type="button" @click=${() => change({ webhooks: [...webhooks, { uri: '', types: EVENT_FAMILIES }] })}>${say('addWebhook')}</button></div>`
    }
  </fieldset>`;
}

/** A registration from a file may have single types. Each of them gets a box too, so that it is not lost. */
function typeBoxes({ types }: WebhookDraft, position: number, put: (types: readonly string[]) => void): TemplateResult {
  const offered = [...new Set([...EVENT_FAMILIES, ...types])];
  return html`<div class="boxes" role="group" aria-label=${say('webhookTypes', { number: position + 1 })}>
    ${offered.map((type) => {
      const toggle = (event: Event) =>
        put((event.target as HTMLInputElement).checked ? [...types, type] : types.filter((other) => other !== type));
      return html`<label class="check"><input type="checkbox" .checked=${types.includes(type)} @change=${toggle} /><code>${type}</code></label>`;
    })}
  </div>`;
}
