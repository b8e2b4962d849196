/** Numbers with bars, each with its share: a funnel, outcomes, reasons. Every row leads to what it counts. */
import { html, nothing, type TemplateResult } from 'lit';
import { formatNumber, formatShare } from '../language.ts';

export interface Bar {
  readonly label: unknown;
  readonly count: number;
  /** 0 to 1. */
  readonly share: number;
  /** The length, from 0 to 1, as a part of the longest possible bar; by default the share. */
  readonly length?: number;
  readonly href?: string;
  /** The colour of the bar: the accent unless given. */
  readonly tone?: 'good' | 'bad' | 'quiet';
}

interface BarsOptions {
  /** What the rows are. */
  readonly label: string;
  /** The heads of the columns, for screen readers. */
  readonly heads: readonly [label: string, count: string, share: string];
  readonly rows: readonly Bar[];
}

export function bars({ label, heads, rows }: BarsOptions): TemplateResult {
  const [name, count, share] = heads;
  return html`<table role="table" class="bars" aria-label=${label}>
    <thead role="rowgroup" class="unseen"><tr role="row">
      <th role="columnheader" scope="col">${name}</th><th role="columnheader" scope="col">${count}</th><th role="columnheader" scope="col">${share}</th>
    </tr></thead>
    <tbody role="rowgroup">${rows.map((row) => view(row))}</tbody>
  </table>`;
}

function view({ label, count, share, length = share, href, tone }: Bar): TemplateResult {
  const number = formatNumber(count);
  return html`<tr role="row">
    <th role="rowheader" scope="row">${label}<svg class="length ${tone ?? ''}" width="100%" height="6" aria-hidden="true"><rect class="whole" width="100%" height="6" rx="3" /><rect width="${Math.max(length * 100, count > 0 ? 0.75 : 0)}%" height="6" rx="3" /></svg></th>
    <td role="cell" class="numeric">${href === undefined || count === 0 ? number : html`<a href=${href}>${number}</a>`}</td>
    <td role="cell" class="numeric soft">${Number.isFinite(share) ? formatShare(share) : nothing}</td>
  </tr>`;
}
