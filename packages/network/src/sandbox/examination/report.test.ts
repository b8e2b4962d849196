import { addSeconds } from '@payment-passkeys/protocol';
import { expect, test } from 'vitest';
import { buildReport } from './report.ts';
import type { StoredRow, WholeExamination } from './store.ts';

const START = new Date('2026-11-29T12:00:00Z');
const HOUR = 60 * 60;
const waiting: StoredRow = { rowId: 'proof-forged', started: false, observed: [] };
const met: StoredRow = { ...waiting, started: true };
const played: StoredRow = { ...met, observed: [{ kind: 'PLAYED' }] };
const taken: StoredRow = {
  rowId: 'event-repeated',
  started: true,
  observed: [{ kind: 'PLAYED' }, { kind: 'DELIVERY', status: 204 }],
};

const stored = (rows: readonly StoredRow[], changes: Partial<WholeExamination> = {}): WholeExamination => ({
  examinationId: `exm_${'0'.repeat(32)}`,
  clientId: 'bank',
  clientName: 'Bank',
  role: 'ISSUER',
  startedAt: START,
  endedAt: null,
  faults: [],
  rows,
  ...changes,
});
const statesOf = (rows: readonly StoredRow[], now = START) =>
  buildReport(stored(rows), now).rows.map(({ state }) => state);

test('a row is judged when a later one has its session', () => {
  expect(statesOf([played, waiting])).toEqual(['PLAYING', 'PENDING']);
  expect(statesOf([played, met])).toEqual(['PASSED', 'PLAYING']);
  expect(statesOf([met, played])).toEqual(['NOT_REACHED', 'PLAYING']);
});

test('it is DONE when every row is judged, and after 24 hours', () => {
  expect(buildReport(stored([played, taken]), START)).toMatchObject({ state: 'DONE', passed: true });
  expect(buildReport(stored([taken, waiting]), addSeconds(START, 24 * HOUR - 1)).state).toBe('RUNNING');
  const lapsed = buildReport(stored([taken, waiting]), addSeconds(START, 24 * HOUR));
  expect(lapsed).toMatchObject({ state: 'DONE', passed: false, endedAt: '2026-11-30T12:00:00.000Z' });
  expect(lapsed.rows.map(({ state }) => state)).toEqual(['PASSED', 'NOT_REACHED']);
});

test('it is passed without a fault only; a row that needs a browser may be left out', () => {
  const fault = { request: 'POST /authentication/sessions', seen: 'x', right: 'y', contract: '§6' };
  expect(buildReport(stored([taken], { faults: [fault] }), START).passed).toBe(false);
  const report = { rowId: 'pay-report-refused', started: false, observed: [] };
  const event = { ...taken, rowId: 'pay-event-repeated' };
  expect(buildReport(stored([report, event], { role: 'MERCHANT', endedAt: START }), START).passed).toBe(true);
});

test('a row that this version does not have any more is left out', () => {
  expect(statesOf([{ ...taken, rowId: 'gone' }, taken])).toEqual(['PASSED']);
});
