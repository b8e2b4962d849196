/** What the screens say of a session in a few words. Pure. */
import type { SessionRow, SessionView, TimelineStep } from '@payment-passkeys/protocol/console';
import { formatAmount } from '@payment-passkeys/protocol/texts';
import { LANGUAGE } from '../../language.ts';
import type { MarkKind } from '../../parts/mark.ts';
import { find, say } from './texts.ts';

export type Outcome = SessionRow['outcome'];

export const OUTCOME_MARKS: Readonly<Record<Outcome, MarkKind>> = {
  OPEN: 'busy',
  SUCCEEDED: 'good',
  CANCELLED: 'quiet',
  FAILED: 'bad',
  UNBOUND: 'bad',
  EXPIRED: 'quiet',
  SUPERSEDED: 'quiet',
  STEPPED_UP: 'notice',
};

export function outcomeWords(outcome: Outcome): string {
  return find(`outcome.${outcome}`) ?? outcome;
}

/** Why it was cancelled or failed, by itself: "The device did not use the passkey". */
export function reasonWords(reason: string): string | undefined {
  const clause = find(`reason.${reason}`);
  return clause && clause.charAt(0).toLocaleUpperCase() + clause.slice(1);
}

/** "Payment of $18.00", or "Enrolment". */
export function subjectWords({ payment }: Pick<SessionRow, 'payment'>): string {
  return payment === undefined ? say('enrolment') : say('paymentOf', { amount: formatAmount(payment, LANGUAGE) });
}

/**
 * What happened, in one sentence with the placeholders `{subject}` and `{when}`: "Payment of $18.00 failed {when}: the device did not use the
 * passkey." The reason is as precise as the timeline is.
 */
export function sentenceOf(
  session: Pick<SessionView, 'kind' | 'outcome' | 'reason' | 'timeline' | 'clientName'>,
): string {
  const { outcome, kind, clientName } = session;
  const clause = clauseOf(session);
  const sentence = find(`sentence.${outcome}.${kind}`) ?? find(`sentence.${outcome}`) ?? '';
  const whole = clause === undefined ? sentence : `${sentence}: ${clause}`;
  return `${whole.replaceAll('{client}', () => clientName)}.`;
}

/** Why a session was cancelled or failed. */
function clauseOf({
  outcome,
  reason,
  timeline,
}: Pick<SessionView, 'outcome' | 'reason' | 'timeline'>): string | undefined {
  if (outcome !== 'CANCELLED' && outcome !== 'FAILED') return undefined;
  const end: TimelineStep | undefined = timeline.findLast(
    ({ step, decision }) => step === 'END' && decision === 'ACCEPTED',
  );
  const revocation = end?.revocation;
  if (revocation !== undefined) return find(`revocation.${revocation}.${end?.by}`) ?? find(`revocation.${revocation}`);
  if (end?.by === 'ISSUER') return say('notConfirmed');
  return reason && find(`reason.${reason}`);
}

/** When the session ended, or began if it has not ended. A STEPPED_UP one has its result at the beginning, and later only expires. */
export function timeOf({ outcome, endedAt, createdAt }: Pick<SessionRow, 'outcome' | 'endedAt' | 'createdAt'>): string {
  return outcome === 'STEPPED_UP' ? createdAt : (endedAt ?? createdAt);
}
