/** The filters of a list. On a narrow screen they are folded until one is set. */
import { html, type TemplateResult } from 'lit';
import { say, sayCount } from './texts.ts';

export function folded(filters: TemplateResult, count: number): TemplateResult {
  const open = count > 0 || matchMedia('(min-width: 60rem)').matches;
  return html`<details class="fold" ?open=${open}>
    <summary>${count === 0 ? say('filters') : sayCount('filtersSet', count)}</summary>
    ${filters}
  </details>`;
}
