/** The command `sessions show`: what happened to a session, in plain words. */
import { describeStep, type SessionView, type TimelineStep } from '@payment-passkeys/protocol/console';
import { openAttestationTrust } from '../../domain/passkeys/attestation.ts';
import { viewSession } from '../../domain/session-search/view.ts';
import { readConfig } from '../../platform/config/config.ts';
import { type Call, type Command, report, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const SESSION_COMMANDS: readonly Command[] = [
  {
    name: 'sessions show',
    operands: ['ID'],
    options: ['json'],
    summary: 'what happened to a session, step by step;\nID is its authenticationSessionId',
    run: show,
  },
];

async function show(call: Call): Promise<void> {
  const [id = ''] = call.operands;
  const { findModel } = await openAttestationTrust(readConfig(call.env), call.clock);
  const view = await withDatabase(call, ({ pool }) => viewSession(id, { pool, findModel }));
  if (view === undefined) throw new UsageError(`There is no session ${id}.`);
  report(call, view, describe(view));
}

function describe(view: SessionView): readonly string[] {
  const { clientName, clientId, payment, browserFamily, reason, droppedSteps, timeline } = view;
  const outcome = reason === undefined ? view.outcome : `${view.outcome}, ${reason}`;
  const about = payment && `${payment.amount} ${payment.currency} to ${payment.merchantName}, order ${payment.orderId}`;
  return [
    `${view.authenticationSessionId}\t${view.kind}\t${outcome}`,
    `  ${clientName} (${clientId}), ${browserFamily === 'Unknown' ? 'no browser' : browserFamily}${about === undefined ? '' : `, ${about}`}`,
    '',
    ...timeline.flatMap((step) => describeLines(step, view)),
    ...(droppedSteps > 0 ? [`  ${droppedSteps} steps in the middle were dropped.`] : []),
  ];
}

function describeLines(step: TimelineStep, view: SessionView): readonly string[] {
  const { at, code, because, kid, traceId } = step;
  const { text, why } = describeStep(step, view);
  const facts = [code, because, kid && `key ${kid}`, traceId && `trace ${traceId}`].filter(
    (fact) => fact !== undefined,
  );
  const indent = ' '.repeat(at.length + 2);
  return [
    `${at}  ${text}`,
    ...(why === undefined ? [] : [`${indent}${why}`]),
    ...(facts.length === 0 ? [] : [`${indent}[${facts.join(', ')}]`]),
  ];
}
