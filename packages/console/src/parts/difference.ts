/** What a change changes: each field with its value before and after, line by line. Lines that went or came are marked by a sign and a colour. */
import { html, nothing, type TemplateResult } from 'lit';
import { reasonWords } from '../binding-reason.ts';
import { icon } from '../icons.ts';
import { roleName } from '../operator.ts';
import { find, say } from '../texts.ts';

export interface DifferenceRow {
  readonly field: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface DifferenceOptions {
  readonly label: string;
  /** The heads of the two sides: "Before" and "After" unless given. */
  readonly before?: string;
  readonly after?: string;
  readonly rows: readonly DifferenceRow[];
  /** The fields that wait for a second person. */
  readonly waitsFor?: readonly string[];
}

export function difference({
  label,
  before = say('before'),
  after = say('after'),
  rows,
  waitsFor = [],
}: DifferenceOptions): TemplateResult {
  return html`<table role="table" class="difference" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${[say('field'), before, after].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
    <tbody role="rowgroup">
      ${rows.map(inWords).map(
        (row) => html`<tr role="row">
          <th role="rowheader" scope="row">${fieldName(row.field)}${waitsFor.includes(row.field) ? html` <span class="lock" title=${say('needsSecond')}>${icon('operators')}<span class="unseen">${say('needsSecond')}</span></span>` : nothing}</th>
          <td role="cell"><span class="label" aria-hidden="true">${before}</span>${lines(row.before, row.after, 'del')}</td>
          <td role="cell"><span class="label" aria-hidden="true">${after}</span>${lines(row.after, row.before, 'ins')}</td>
        </tr>`,
      )}
    </tbody>
  </table>`;
}

/** An operator's role and the reason of a change are shown in words, as everywhere. */
function inWords(row: DifferenceRow): DifferenceRow {
  const words = WORDS[row.field];
  return words === undefined ? row : { ...row, before: row.before.map(words), after: row.after.map(words) };
}

const WORDS: Readonly<Record<string, (value: string) => string>> = {
  role: roleName,
  reasonCode: reasonWords,
};

/** In words, with the member's name as a registration has it. */
function fieldName(field: string): TemplateResult {
  const words = find(`field.${field}`);
  return words === undefined
    ? html`<code>${field}</code>`
    : html`<span class="words">${words}</span> <code class="soft">${field}</code>`;
}

/** Lines that both sides have are plain. */
function lines(these: readonly string[], those: readonly string[], tag: 'del' | 'ins'): TemplateResult {
  if (these.length === 0) return html`<span class="soft">${say('none')}</span>`;
  const view = (line: string) => {
    if (those.includes(line)) return html`<li>${line}</li>`;
    return tag === 'del' ? html`<li><del>${line}</del></li>` : html`<li><ins>${line}</ins></li>`;
  };
  return html`<ul class="lines">${these.map(view)}</ul>`;
}
