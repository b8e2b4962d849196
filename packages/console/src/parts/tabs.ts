/** Views of one screen, each with an address of its own. */
import { html, nothing, type TemplateResult } from 'lit';

interface Tab {
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

export function tabs(label: string, entries: readonly Tab[]): TemplateResult {
  return html`<nav class="tabs" aria-label=${label}>
    ${entries.map((tab) => html`<a href=${tab.href} aria-current=${tab.current ? 'page' : nothing}>${tab.label}</a>`)}
  </nav>`;
}
