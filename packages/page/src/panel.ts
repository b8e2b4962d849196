/** A screen of a page: icon, heading, text, content, actions. */
import { splitText } from '@payment-passkeys/protocol/texts';
import { html, nothing, type TemplateResult } from 'lit/html.js';

export function panel(parts: {
  readonly top: TemplateResult;
  readonly heading: string;
  readonly text: unknown;
  readonly body?: TemplateResult;
  readonly actions?: unknown;
  /** A short message, which is centred. */
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

/** A text that contains a client's name, isolated: the name may have another direction than the text. */
export function within(message: string, clientName: string): unknown {
  return splitText(message).map((piece, i) => (i % 2 === 1 ? html`<bdi>${clientName}</bdi>` : piece));
}
