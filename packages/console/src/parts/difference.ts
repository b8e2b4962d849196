/** What a change changes: each field with its value before and after, line by line. Lines that went or came are marked by a sign and a colour. */
import { html, nothing, type TemplateResult } from 'lit';
import { icon } from './icons.ts';

export interface DifferenceRow {
  readonly field: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface DifferenceOptions {
  readonly label: string;
  /** The heads of the columns. */
  readonly field: string;
  readonly before: string;
  readonly after: string;
  /** Shown for a side without lines. */
  readonly nothing: string;
  readonly rows: readonly DifferenceRow[];
  /** Fields that have a mark, and what it says. */
  readonly marked?: readonly string[];
  readonly mark?: string;
}

export function difference({
  label,
  field,
  before,
  after,
  nothing: none,
  rows,
  marked = [],
  mark,
}: DifferenceOptions): TemplateResult {
  return html`<table role="table" class="difference" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${[field, before, after].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) => html`<tr role="row">
          <th role="rowheader" scope="row"><code>${row.field}</code>${marked.includes(row.field) ? html` <span class="lock" title=${mark ?? nothing}>${icon('operators')}<span class="unseen">${mark}</span></span>` : nothing}</th>
          <td role="cell"><span class="label" aria-hidden="true">${before}</span>${lines(row.before, row.after, { tag: 'del', none })}</td>
          <td role="cell"><span class="label" aria-hidden="true">${after}</span>${lines(row.after, row.before, { tag: 'ins', none })}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** Lines that the other side has too are plain. */
function lines(
  these: readonly string[],
  those: readonly string[],
  { tag, none }: { tag: 'del' | 'ins'; none: string },
): TemplateResult {
  if (these.length === 0) return html`<span class="soft">${none}</span>`;
  const view = (line: string) => {
    if (those.includes(line)) return html`<li>${line}</li>`;
    return tag === 'del' ? html`<li><del>${line}</del></li>` : html`<li><ins>${line}</ins></li>`;
  };
  return html`<ul class="lines">${these.map(view)}</ul>`;
}
