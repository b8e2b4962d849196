/** The head of a screen. */
import { html, nothing, type TemplateResult } from 'lit';

/** The screen's only `h1`, with what can be done on the right, and a link back above. */
export function heading(title: unknown, actions?: TemplateResult, above?: TemplateResult): TemplateResult {
  return html`<div class="head">${above === undefined ? nothing : html`<div class="above">${above}</div>`}
    <h1 tabindex="-1">${title}</h1>${actions === undefined ? nothing : html`<div class="actions">${actions}</div>`}</div>`;
}
