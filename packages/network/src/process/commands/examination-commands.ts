/** The commands `examine …`: examine a client of a network in sandbox mode, and read the report. */
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Examination, ExaminationRow } from '@payment-passkeys/protocol/sandbox';
import type { Pool } from 'pg';
import { findClient } from '../../domain/clients/store.ts';
import { readConfig } from '../../platform/config/config.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { type Call, type Command, CommandError, report, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

/** `examine report` comes first, because its first word also names `examine`. */
export const EXAMINATION_COMMANDS: readonly Command[] = [
  {
    name: 'examine report',
    operands: ['ID'],
    options: ['html', 'json'],
    summary: 'the report of an examination; with --html also as a page to print',
    run: show,
  },
  {
    name: 'examine',
    operands: ['CLIENT'],
    options: ['role', 'json'],
    summary:
      'examine a client: each session that it starts meets the next row. Shows the rows until\nthe last is judged, or the examination is ended',
    run: examine,
  },
];

/** How often the rows are read again. */
const PAUSE_MILLISECONDS = 1_000;

async function examine(call: Call): Promise<void> {
  const [clientId = ''] = call.operands;
  const { beginExamination, readReport, describeResult } = await loadExamination(call);
  const role = call.options.role?.toUpperCase();
  if (role !== 'ISSUER' && role !== 'MERCHANT') throw new UsageError('--role has to be ISSUER or MERCHANT.');
  await withDatabase(call, async ({ pool }) => {
    const network = { pool, clock: call.clock };
    const client = await findClient(pool, clientId);
    if (client === undefined) throw new UsageError(`There is no client ${clientId}.`);
    const begun = await beginExamination(client, { role }, network).catch((error: unknown) => {
      if (error instanceof ServiceError) throw new UsageError(`${clientId} is not a client with the role ${role}.`);
      throw error;
    });
    call.log(`Examination ${begun.examinationId} of ${begun.clientName}: ${begun.rows.length} rows.`);
    const done = await watch(begun, { call, pool, read: readReport });
    report(call, done, [describeResult(done)]);
    if (!done.passed) process.exitCode = 1;
  });
}

/** Logs each change of a row until the examination is done. */
async function watch(
  begun: Examination,
  { call, pool, read }: { readonly call: Call; readonly pool: Pool; readonly read: ReadReport },
): Promise<Examination> {
  let shown = begun;
  for (;;) {
    const current = await read({ examinationId: begun.examinationId }, { pool, clock: call.clock });
    for (const [at, row] of current.rows.entries()) {
      const before = shown.rows[at]?.state;
      const isLeftOver = before === 'PENDING' && row.state === 'NOT_REACHED';
      if (row.state !== before && !isLeftOver) call.log(describeRow(row));
    }
    if (current.state === 'DONE') return current;
    const next = current.rows.find(({ state }) => state === 'PENDING');
    const before = shown.rows.find(({ state }) => state === 'PENDING');
    if (next !== undefined && (shown === begun || next.id !== before?.id)) call.log(describeNext(next));
    shown = current;
    await pause(PAUSE_MILLISECONDS);
  }
}

async function show(call: Call): Promise<void> {
  const [examinationId = ''] = call.operands;
  const { readReport, buildReportPage, describeResult } = await loadExamination(call);
  const found = await withDatabase(call, ({ pool }) =>
    readReport({ examinationId }, { pool, clock: call.clock }).catch((error: unknown) => {
      if (error instanceof ServiceError) throw new UsageError(`There is no examination ${examinationId}.`);
      throw error;
    }),
  );
  const { html } = call.options;
  if (html !== undefined) await writeFile(html, buildReportPage(found));
  report(call, found, [
    ...found.rows.map(describeRow),
    ...found.faults.map(({ seen, request }) => `FAILED  ${request}: ${seen}`),
    describeResult(found),
  ]);
}

type ReadReport = Awaited<ReturnType<typeof loadExamination>>['readReport'];

/** Only a network in sandbox mode has examinations. */
async function loadExamination({ env }: Call) {
  if (readConfig(env).mode !== 'sandbox') throw new CommandError('The network does not run in sandbox mode.');
  const { beginExamination, readReport } = await import('../../sandbox/examination/examine.ts');
  const { buildReportPage, describeResult } = await import('../../sandbox/examination/page.ts');
  return { beginExamination, readReport, buildReportPage, describeResult };
}

function describeRow({ id, state, seen, right }: ExaminationRow): string {
  const line = `${state.padEnd(12)}${id}`;
  if (state !== 'FAILED') return seen === undefined ? line : `${line}: ${seen}`;
  return `${line}: ${seen ?? ''} Right: ${right}`;
}

function describeNext({ id, cardholder, played }: ExaminationRow): string {
  const { do: action, device, returns } = cardholder;
  const twice = returns === 'TWICE' ? ', and loads the return twice' : '';
  return `Next: ${id}. ${played} Start a session; the cardholder does ${action} on ${device === 'SAME' ? 'the same device' : 'a new device'}${twice}.`;
}
