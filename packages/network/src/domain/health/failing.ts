/** Clients whose sessions fail much more in the last three hours than in the same hours of the day before. */
import type { Pool } from 'pg';
import { endedOf, failuresOf, ratesOf, standsOut, sumOf } from '../activity/measures.ts';
import { type ActivityRow, readActivity, readClientNames } from '../activity/store.ts';
import { chooseWindow } from '../activity/window.ts';
import type { HealthProblem } from './problem.ts';

const HOUR_MILLISECONDS = 60 * 60 * 1000;
const COMPARED_MILLISECONDS = 3 * HOUR_MILLISECONDS;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;

export async function findFailingClients(pool: Pool, now: Date): Promise<readonly HealthProblem[]> {
  const read = async (to: Date) => {
    const window = chooseWindow(new Date(to.getTime() - COMPARED_MILLISECONDS), to, now);
    if (typeof window === 'string') throw new Error(`Three hours can be read: ${window}`);
    return readActivity(pool, { ...window, clientId: undefined, browserFamily: undefined }, now);
  };
  const [rows, before, names] = await Promise.all([
    read(now),
    read(new Date(now.getTime() - DAY_MILLISECONDS)),
    readClientNames(pool),
  ]);
  return rows.flatMap((row) => {
    const { clientId, kind } = row;
    if (clientId === null) return [];
    const ofKind = before.filter((other) => other.kind === kind && other.clientId !== null);
    const own = sumOf(ofKind.filter((other) => other.clientId === clientId));
    if (!standsOut(row, { before: own, others: sumOf(ofKind) })) return [];
    return [problemOf(row, { clientId, name: names.get(clientId) ?? clientId, usual: ratesOf(own)?.failed })];
  });
}

function problemOf(
  row: ActivityRow,
  { clientId, name, usual }: { readonly clientId: string; readonly name: string; readonly usual: number | undefined },
): HealthProblem {
  const what = row.kind === 'PAYMENT' ? 'payments' : 'enrolments';
  const percent = (share = 0) => `${Math.round(share * 100)} %`;
  const compared = usual === undefined ? '' : `; in the same hours yesterday, ${percent(usual)}`;
  return {
    kind: 'CLIENT_FAILING',
    severity: 'WRONG',
    clientId,
    about: name,
    text: `has had ${percent(ratesOf(row)?.failed)} of its ${what} fail in the last three hours, ${failuresOf(row)} of ${endedOf(row)}${compared}`,
    remedy: 'Look at the reasons on the overview, open one of the failed sessions, and tell the client.',
    screen: `/overview?clientId=${encodeURIComponent(clientId)}`,
    docs: 'what-the-overview-counts.md#what-stands-out',
  };
}
