/** What a kind of change is: who asks for it, who approves it, and what carries it out. */
import type { Approval, OperatorRole } from '@payment-passkeys/protocol/console';
import type { PoolClient } from 'pg';
import type { Author } from '../audit/entry.ts';

/**
 * Makes the change, in the transaction of its approval: if it throws, nothing is stored, and the request still waits. If the change replaces
 * something, it has to check that this is still what the operators have seen.
 */
export type CarryOut = (connection: PoolClient, change: unknown, context: ChangeContext) => Promise<void>;

export interface ChangeContext {
  readonly author: Author;
  readonly now: Date;
  /** Gets the clients of the sessions that the change has ended, once for each session. For metrics. */
  readonly onEnded: (clientIds: readonly string[]) => void;
}

export interface KindOfChange {
  readonly subjectKind: Approval['subject']['kind'];
  /** Who may ask for it, and who may approve and reject it. */
  readonly roles: readonly OperatorRole[];
  readonly carryOut: CarryOut;
}
