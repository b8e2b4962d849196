/** Clients whose sessions fail much more in the last three hours than in the same hours of the day before. */
import { SESSION_KINDS, type SessionKind } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import { compareClients } from '../activity/comparison.ts';
import { endedOf, failuresOf, ratesOf } from '../activity/measures.ts';
import { type Counts, readClientNames, readParties } from '../activity/store.ts';
import { chooseWindow } from '../activity/window.ts';
import type { HealthProblem } from './problem.ts';

const HOUR_MILLISECONDS = 60 * 60 * 1000;
const COMPARED_MILLISECONDS = 3 * HOUR_MILLISECONDS;
const DAY_MILLISECONDS = 24 * HOUR_MILLISECONDS;

export async function findFailingClients(pool: Pool, now: Date): Promise<readonly HealthProblem[]> {
  const read = async (to: Date) => {
    const window = chooseWindow(new Date(to.getTime() - COMPARED_MILLISECONDS), to, now);
    if (typeof window === 'string') throw new Error(`Three hours can be read: ${window}`);
    return readParties(pool, { ...window, clientId: undefined, browserFamily: undefined }, now);
  };
  const [rows, before, names] = await Promise.all([
    read(now),
    read(new Date(now.getTime() - DAY_MILLISECONDS)),
    readClientNames(pool),
  ]);
  return SESSION_KINDS.flatMap((kind) =>
    compareClients(kind, rows, before)
      .filter(({ standsOut }) => standsOut)
      .map(({ clientId, compared }) => {
        const name = names.get(clientId) ?? clientId;
        return problemOf(compared.counts, { kind, clientId, name, usual: ratesOf(compared.before)?.failed });
      }),
  );
}

function problemOf(
  row: Counts,
  {
    kind,
    clientId,
    name,
    usual,
  }: {
    readonly kind: SessionKind;
    readonly clientId: string;
    readonly name: string;
    readonly usual: number | undefined;
  },
): HealthProblem {
  const what = kind === 'PAYMENT' ? 'payments' : 'enrolments';
  const percent = (share = 0) => `${Math.round(share * 100)}%`;
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
