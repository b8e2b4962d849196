/** A table that becomes a list of cards on a narrow screen. */
import { html, nothing, type TemplateResult } from 'lit';
import { classMap } from 'lit/directives/class-map.js';
import { repeat } from 'lit/directives/repeat.js';

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => unknown;
  /** Right-aligned, with figures of one width. */
  readonly numeric?: boolean;
  /** The row's header, and the title of its card. One column has it. */
  readonly main?: boolean;
  /** Buttons at the end of the row. The label is for screen readers only. */
  readonly actions?: boolean;
}

export interface TableOptions<Row> {
  /** What the table lists, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** Tells rows apart, so that focus stays where it is when a row is added. */
  readonly key: (row: Row) => string;
}

/** The ARIA roles are written out, because the style of the cards (`display`) removes the elements' own roles. */
export function table<Row>({ label, columns, rows, key }: TableOptions<Row>): TemplateResult {
  const classes = ({ numeric = false, actions = false, main = false }: Column<Row>, blank = false) =>
    classMap({ numeric, actions, main, blank });
  const cell = (column: Column<Row>, row: Row) => {
    const content = column.cell(row);
    if (column.main) return html`<th role="rowheader" scope="row" class=${classes(column)}>${content}</th>`;
    // On a card, an empty cell is left out with its label.
    const blank = content === undefined || content === '' || content === nothing;
    return html`<td role="cell" class=${classes(column, blank)}>
      ${column.actions ? nothing : html`<span class="label" aria-hidden="true">${column.label}</span>`}${content}
    </td>`;
  };
  return html`<table role="table" aria-label=${label}>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((column) => html`<th role="columnheader" scope="col" class=${classes(column)}>${column.actions ? html`<span class="unseen">${column.label}</span>` : column.label}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${repeat(rows, key, (row) => html`<tr role="row">${columns.map((column) => cell(column, row))}</tr>`)}
    </tbody>
  </table>`;
}

/** Names and values, one below the other: the facts of one thing. A value of undefined is left out. */
export function facts(entries: readonly (readonly [string, unknown])[]): TemplateResult {
  const shown = entries.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">${shown.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
