/** The command `approvals list`: what waits for a second operator at the console. Requests are decided there, by people who are signed in. */
import type { Approval } from '@payment-passkeys/protocol/console';
import { readApprovals } from '../../domain/approvals/approvals.ts';
import { type Call, type Command, report } from './command.ts';
import { printable } from './differences.ts';
import { withDatabase } from './with-database.ts';

export const APPROVAL_COMMANDS: readonly Command[] = [
  {
    name: 'approvals list',
    operands: [],
    options: ['json'],
    summary: 'the changes at the console that wait for a second operator',
    run: printApprovals,
  },
];

async function printApprovals(call: Call): Promise<void> {
  const { items } = await withDatabase(call, ({ pool }) =>
    readApprovals(pool, { all: false, before: undefined, now: call.clock() }),
  );
  if (items.length === 0 && !call.options.json) return call.log('Nothing waits for approval.');
  report(call, items, items.flatMap(describe));
}

function describe({ kind, subject, requestedBy, lapsesAt, differences }: Approval): readonly string[] {
  return [
    [kind, subject.id, subject.name, `asked for by ${requestedBy.name}`, `until ${lapsesAt}`].join('\t'),
    ...printable(differences),
  ];
}
