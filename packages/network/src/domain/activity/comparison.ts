/** The counts of clients and browsers, compared with those of an earlier time. Pure. */
import type { SessionKind } from '@payment-passkeys/protocol/console';
import { standsOut, sumOf } from './measures.ts';
import type { Counts, PartyCounts } from './store.ts';

export interface Compared {
  readonly counts: Counts;
  readonly before: Counts;
}

export function ofKind<Row extends { readonly kind: SessionKind }>(
  rows: readonly Row[],
  kind: SessionKind,
): readonly Row[] {
  return rows.filter((row) => row.kind === kind);
}

/** The counts of each client, or of each browser family, that has `rows`. */
export function compareParties(
  by: 'clientId' | 'browserFamily',
  rows: readonly PartyCounts[],
  rowsBefore: readonly PartyCounts[],
): ReadonlyMap<string, Compared> {
  const now = Map.groupBy(rows, (row) => row[by]);
  const before = Map.groupBy(rowsBefore, (row) => row[by]);
  return new Map([...now].map(([name, own]) => [name, { counts: sumOf(own), before: sumOf(before.get(name) ?? []) }]));
}

/** Each client that has rows of the kind, and whether it stands out: see {@link standsOut}. */
export function compareClients(
  kind: SessionKind,
  rows: readonly PartyCounts[],
  rowsBefore: readonly PartyCounts[],
): readonly { readonly clientId: string; readonly compared: Compared; readonly standsOut: boolean }[] {
  const before = ofKind(rowsBefore, kind);
  const others = sumOf(before);
  return [...compareParties('clientId', ofKind(rows, kind), before)].map(([clientId, compared]) => ({
    clientId,
    compared,
    standsOut: standsOut(compared.counts, { before: compared.before, others }),
  }));
}
