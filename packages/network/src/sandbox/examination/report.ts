/** The report: the states of the rows, from what is stored. Pure. */
import { addSeconds } from '@payment-passkeys/protocol';
import type { Examination, ExaminationRow, ExaminationSummary } from '@payment-passkeys/protocol/sandbox';
import { judge } from './judge/judge.ts';
import { findRow } from './rows/index.ts';
import { EXAMINATION_HOURS, type StoredExamination, type StoredRow, type WholeExamination } from './store.ts';

/** An examination whose rows are all judged is DONE, even if its end is not stored yet. */
export function buildReport(stored: WholeExamination, now: Date): Examination {
  const { faults, role } = stored;
  const endedAt = endOf(stored, now);
  const lastStarted = stored.rows.findLastIndex(({ started }) => started);
  const rows = stored.rows.flatMap((row, position) => {
    const described = describeRow(role, row, { over: position < lastStarted, ended: endedAt !== undefined });
    return described === undefined ? [] : [described];
  });
  const done = endedAt !== undefined || rows.every(({ state }) => state !== 'PENDING' && state !== 'PLAYING');
  return {
    ...summarise(stored, now),
    state: done ? 'DONE' : 'RUNNING',
    rows,
    faults: [...faults],
    passed: done && faults.length === 0 && rows.every(isPassed),
  };
}

export function summarise(stored: StoredExamination, now: Date): ExaminationSummary {
  const { examinationId, clientId, clientName, role, startedAt } = stored;
  const endedAt = endOf(stored, now);
  return {
    examinationId,
    role,
    clientId,
    clientName,
    state: endedAt === undefined ? 'RUNNING' : 'DONE',
    startedAt: startedAt.toISOString(),
    ...(endedAt !== undefined && { endedAt: endedAt.toISOString() }),
  };
}

function endOf({ startedAt, endedAt }: StoredExamination, now: Date): Date | undefined {
  const lapsesAt = addSeconds(startedAt, EXAMINATION_HOURS * 60 * 60);
  return endedAt ?? (lapsesAt <= now ? lapsesAt : undefined);
}

function isPassed({ state, needs }: ExaminationRow): boolean {
  return state === 'PASSED' || (state === 'NOT_REACHED' && needs !== undefined);
}

/** Undefined for a row that this version does not have any more. */
function describeRow(
  role: Examination['role'],
  { rowId, started, observed }: StoredRow,
  { over, ended }: { readonly over: boolean; readonly ended: boolean },
): ExaminationRow | undefined {
  const row = findRow(role, rowId);
  if (row === undefined) return undefined;
  const { id, needs, cardholder, afterwards, played, right, contract } = row;
  const published = {
    id,
    ...(needs !== undefined && { needs }),
    cardholder,
    ...(afterwards !== undefined && { afterwards }),
    played,
    right,
    contract,
  };
  if (!started) {
    return ended
      ? { ...published, state: 'NOT_REACHED', seen: 'The examination ended before a session met this row.' }
      : { ...published, state: 'PENDING' };
  }
  return { ...published, ...judge({ row, observed, over: over || ended }) };
}
