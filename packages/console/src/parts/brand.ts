/** Whose console it is: the mark, the network's name, and whether it is a sandbox. */
import type { Me } from '@payment-passkeys/protocol/console';
import { html, nothing, type TemplateResult } from 'lit';
import { logo } from '../icons.ts';
import { say } from '../texts.ts';

export function brand({ networkName, mode }: Me): TemplateResult {
  return html`${logo}<span class="network">${networkName}</span>${mode === 'sandbox' ? html`<span class="badge">${say('sandbox')}</span>` : nothing}`;
}
