/** The report as a page to print (A4): its own style sheet, no script, no external file. */
import type { Examination, ExaminationRow, RowState } from '@payment-passkeys/protocol/sandbox';
import { hashSource } from '../../platform/pages/hosted-page.ts';
import { escapeHtml } from '../../platform/pages/html.ts';

const STYLE = `
:root { color-scheme: light; --ink: #1c2430; --soft: #566072; --line: #d6dbe3; --good: #1b6b3a; --bad: #a4262c; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; color: var(--ink); background: #fff;
  font: 1rem/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; }
p { margin: 0 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1rem 0 0; }
dt { color: var(--soft); }
dd { margin: 0; }
ul, ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li { padding: .75rem 0; border-bottom: 1px solid var(--line); break-inside: avoid; }
h3 { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 1rem; font-size: 1rem; margin: 0; }
code { font: .95em ui-monospace, "DejaVu Sans Mono", monospace; }
.state { font-weight: 600; }
.PASSED, .passed { color: var(--good); }
.FAILED, .failed { color: var(--bad); }
.PENDING, .PLAYING, .NOT_REACHED { color: var(--soft); }
.result { font-size: 1.15rem; font-weight: 600; }
.note { color: var(--soft); }
:is(ul, ol) + .note { margin-top: 1.5rem; }
b { font-weight: 600; }
@page { size: A4; margin: 18mm 16mm; }
@media print { body { padding: 0; max-width: none; font-size: 10pt; } h2 { break-after: avoid; } }
`;

export const REPORT_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src ${hashSource(STYLE)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
};

const WORDS: { readonly [State in RowState]: string } = {
  PENDING: 'Waiting',
  PLAYING: 'In progress',
  PASSED: 'Passed',
  FAILED: 'Failed',
  NOT_REACHED: 'Not reached',
};

/** The whole document. */
export function buildReportPage(report: Examination): string {
  const { clientName, clientId, role, rows, faults, startedAt, endedAt, examinationId } = report;
  const failed = rows.filter(({ state }) => state === 'FAILED');
  const others = rows.filter(({ state }) => state !== 'FAILED');
  const title = `Examination of ${clientName}`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>
<h1>${escapeHtml(title)}</h1>
<p class="result ${report.passed ? 'passed' : failed.length + faults.length > 0 ? 'failed' : ''}">${describeResult(report)}</p>
<dl>
<dt>Client</dt><dd>${escapeHtml(clientName)} <code>${escapeHtml(clientId)}</code></dd>
<dt>Role</dt><dd>${role === 'ISSUER' ? 'Issuer' : 'Merchant'}</dd>
<dt>Started</dt><dd>${showTime(startedAt)}</dd>
<dt>Ended</dt><dd>${endedAt === undefined ? 'Not yet' : showTime(endedAt)}</dd>
<dt>Examination</dt><dd><code>${escapeHtml(examinationId)}</code></dd>
</dl>
${section('In all requests', 'ul', faults.map(showFault))}
${section('Failed', 'ol', failed.map(showRow))}
${section(failed.length > 0 ? 'Other rows' : 'Rows', 'ol', others.map(showRow))}
<p class="note">The network sees the requests of a client, not its pages. A row that passed shows that the client made no wrong request. § names a section of the contract.</p>
</main></body></html>
`;
}

/** In one sentence: "Not passed: 3 of 40 rows passed, 1 failed, 36 not reached." */
export function describeResult({ state, passed, rows, faults }: Examination): string {
  const count = (wanted: RowState) => rows.filter((row) => row.state === wanted).length;
  const counts = [
    `${count('PASSED')} of ${rows.length} rows passed`,
    count('FAILED') > 0 ? `${count('FAILED')} failed` : '',
    count('NOT_REACHED') > 0 ? `${count('NOT_REACHED')} not reached` : '',
    faults.length > 0 ? `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in other requests` : '',
  ].filter((part) => part !== '');
  const result = state === 'RUNNING' ? 'In progress' : passed ? 'Passed' : 'Not passed';
  return `${result}: ${counts.join(', ')}.`;
}

function section(title: string, list: 'ol' | 'ul', items: readonly string[]): string {
  return items.length === 0 ? '' : `<h2>${title}</h2><${list}>${items.join('\n')}</${list}>`;
}

function showRow({ id, state, played, seen, right, contract, needs }: ExaminationRow): string {
  return `<li><h3><code>${escapeHtml(id)}</code><span class="state ${state}">${WORDS[state]}</span></h3>
<p>${escapeHtml(played)}${needs === undefined ? '' : ' Only a browser can reach this row.'}</p>
${seen === undefined ? '' : `<p><b>Seen:</b> ${escapeHtml(seen)}</p>`}
<p class="note"><b>Right:</b> ${escapeHtml(right)} (${escapeHtml(contract)})</p></li>`;
}

function showFault({ request, seen, right, contract }: Examination['faults'][number]): string {
  return `<li><h3><code>${escapeHtml(request)}</code><span class="state FAILED">${WORDS.FAILED}</span></h3>
<p><b>Seen:</b> ${escapeHtml(seen)}</p>
<p class="note"><b>Right:</b> ${escapeHtml(right)} (${escapeHtml(contract)})</p></li>`;
}

/** In UTC, to the second. */
function showTime(time: string): string {
  return escapeHtml(`${time.slice(0, 19).replace('T', ' ')} UTC`);
}
