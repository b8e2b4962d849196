/** What a kind of change is: who asks for it, who approves it, and what carries it out. */
import type { Approval, OperatorRole } from '@payment-passkeys/protocol/console';
import type { PoolClient } from 'pg';
import type { Author } from '../audit/entry.ts';

/**
 * Makes the change, in the transaction of its approval: if it throws, nothing is stored, and the request still waits. It has to check that
 * what the change was made from has not changed since.
 */
export type CarryOut = (
  connection: PoolClient,
  change: unknown,
  context: { readonly author: Author; readonly now: Date },
) => Promise<void>;

export interface KindOfChange {
  readonly subjectKind: Approval['subject']['kind'];
  /** Who may ask for it, and who may approve and reject it. */
  readonly roles: readonly OperatorRole[];
  readonly carryOut: CarryOut;
}
