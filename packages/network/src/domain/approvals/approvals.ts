/** Four eyes: a change waits until a second operator approves it, and is made in the transaction of the approval. */
import { randomUUID } from 'node:crypto';
import { addSeconds } from '@payment-passkeys/protocol';
import {
  APPROVAL_SECONDS,
  type Approval,
  type AuditAction,
  type ChangeOutcome,
  type NamedOperator,
  type Operator,
} from '@payment-passkeys/protocol/console';
import { inTransaction, type Queryable } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { ServiceError } from '../../platform/errors/errors.ts';
import { cutPage } from '../../platform/http/cursor.ts';
import { type Author, operatorActor, operatorAuthor, writeEntry } from '../audit/entry.ts';
import type { ChangeContext } from './kind.ts';
import { KINDS_OF_CHANGE } from './kinds.ts';
import {
  buildApproval,
  hashRequest,
  type ProposedChange,
  type RequestContent,
  readContent,
  type StoredApproval,
  stateAt,
} from './request.ts';
import {
  type ApprovalPlace,
  type Decision,
  decideRequest,
  findRequest,
  findRequestsOfClient,
  findRole,
  listRequests,
  storeRequest,
} from './store.ts';

export interface Submission {
  readonly by: NamedOperator;
  /** Whether a change that needs approval waits for it. */
  readonly approvals: boolean;
  readonly now: Date;
  /** Only a deletion of passkeys calls it: see {@link ChangeContext}. */
  readonly onEnded?: ChangeContext['onEnded'];
}

/**
 * Makes the change (DONE), or stores a request for it (WAITING) if approvals are on and the change needs one. Throws what the kind's
 * `carryOut` throws.
 */
export async function submitChange(
  pool: Pool,
  proposed: ProposedChange,
  { by, approvals, now, onEnded = () => {} }: Submission,
): Promise<ChangeOutcome> {
  const author = operatorAuthor(by);
  return inTransaction(pool, async (connection) => {
    if (!approvals || !proposed.needsApproval) {
      await KINDS_OF_CHANGE[proposed.kind].carryOut(connection, proposed.change, { author, now, onEnded });
      return { outcome: 'DONE' };
    }
    const stored = await storeRequest(connection, buildRequest(proposed, by, now));
    await audit(connection, 'approval.requested', stored, { author, now });
    return { outcome: 'WAITING', approval: show(stored, now) };
  });
}

function buildRequest({ kind, subject, change, differences, waitsFor }: ProposedChange, by: NamedOperator, now: Date) {
  const content: RequestContent = { subjectName: subject.name, change, differences, waitsFor };
  const request = {
    approvalId: randomUUID(),
    kind,
    subjectId: subject.id,
    content: JSON.stringify(content),
    requestedBy: by.operatorId,
    requestedByName: by.name,
    requestedAt: now,
    lapsesAt: addSeconds(now, APPROVAL_SECONDS),
  };
  return { ...request, hash: hashRequest(request) };
}

/** What an operator decides on, and as whom. `hash` is the hash of the request as the operator has read it. */
export interface DecisionCall {
  readonly approvalId: string;
  readonly hash: string;
  readonly by: Operator;
  readonly now: Date;
  readonly onEnded?: ChangeContext['onEnded'];
}

const ACTIONS = {
  APPROVED: 'approval.approved',
  REJECTED: 'approval.rejected',
  WITHDRAWN: 'approval.withdrawn',
} as const satisfies Record<Decision, AuditAction>;

/**
 * Decides a request that waits, once: APPROVED makes its change in the same transaction. Throws {@link ServiceError}: APPROVAL_NOT_FOUND;
 * ROLE_NOT_ALLOWED if the role does not decide this kind; APPROVAL_OVER if it was decided, or has lapsed; APPROVAL_NEEDS_ANOTHER if the one who
 * asked approves or rejects; APPROVAL_REQUESTER_GONE if the one who asked is no operator any more, or has another role; APPROVAL_NOT_OWN if
 * another one withdraws; APPROVAL_ALTERED if the request differs from the one that the operator has read, or from the one that was made. With
 * APPROVED also what the kind's `carryOut` throws; the request then still waits.
 */
export async function decide(pool: Pool, decision: Decision, call: DecisionCall): Promise<Approval> {
  const { approvalId, hash, by, now, onEnded = () => {} } = call;
  return inTransaction(pool, async (connection) => {
    const { operatorId, name: operatorName } = by;
    const decided = await decideRequest(connection, decision, { approvalId, hash, operatorId, operatorName, now });
    if (decided === undefined) throw await explain(connection, decision, call);
    // The statement has compared the operator's hash with the stored one. This compares the stored one with the request.
    if (hashRequest(decided) !== decided.hash) throw new ServiceError({ code: 'APPROVAL_ALTERED' });
    const { roles, carryOut } = KINDS_OF_CHANGE[decided.kind];
    if (decision !== 'WITHDRAWN' && !roles.includes(by.role)) {
      throw new ServiceError({ code: 'ROLE_NOT_ALLOWED', sourceType: 'SERVICE' }, { roles });
    }
    const requester = operatorActor({ operatorId: decided.requestedBy, name: decided.requestedByName });
    const onBehalfOf = decision === 'WITHDRAWN' ? undefined : requester;
    const author = { ...operatorAuthor(by), onBehalfOf };
    await audit(connection, ACTIONS[decision], decided, { author, now });
    if (decision === 'APPROVED') {
      const role = await findRole(connection, decided.requestedBy);
      if (role === undefined || !roles.includes(role)) throw new ServiceError({ code: 'APPROVAL_REQUESTER_GONE' });
      await carryOut(connection, readContent(decided).change, { author, now, onEnded });
    }
    return show(decided, now);
  });
}

/** Why the statement has decided nothing. */
async function explain(connection: Queryable, decision: Decision, call: DecisionCall): Promise<ServiceError> {
  const stored = await findRequest(connection, call.approvalId);
  if (stored === undefined) return new ServiceError({ code: 'APPROVAL_NOT_FOUND' });
  if (stateAt(stored, call.now) !== 'WAITING') return new ServiceError({ code: 'APPROVAL_OVER' });
  const own = stored.requestedBy === call.by.operatorId;
  if (decision === 'WITHDRAWN' && !own) return new ServiceError({ code: 'APPROVAL_NOT_OWN' });
  if (decision !== 'WITHDRAWN' && own) return new ServiceError({ code: 'APPROVAL_NEEDS_ANOTHER' });
  return new ServiceError({ code: 'APPROVAL_ALTERED' });
}

const PAGE = 50;

/** A page of requests, the newest first: those that wait, or all. `before` is the place of the last one of the page before. */
export async function readApprovals(
  database: Queryable,
  { all, before, now }: { readonly all: boolean; readonly before: ApprovalPlace | undefined; readonly now: Date },
): Promise<{ readonly items: readonly Approval[]; readonly next: ApprovalPlace | undefined }> {
  const found = await listRequests(database, { all, before, limit: PAGE + 1, now });
  const { rows, last } = cutPage(found, PAGE);
  return {
    items: rows.map((stored) => show(stored, now)),
    next: last && { requestedAt: last.requestedAt, approvalId: last.approvalId },
  };
}

/** The requests of a client that wait. */
export async function readApprovalsOfClient(
  database: Queryable,
  of: { readonly clientId: string; readonly now: Date },
): Promise<readonly Approval[]> {
  return (await findRequestsOfClient(database, of)).map((stored) => show(stored, of.now));
}

const show = (stored: StoredApproval, now: Date): Approval =>
  buildApproval(stored, KINDS_OF_CHANGE[stored.kind].subjectKind, now);

async function audit(
  connection: Queryable,
  action: AuditAction,
  { approvalId, kind, subjectId, hash }: StoredApproval,
  { author, now }: { readonly author: Author; readonly now: Date },
): Promise<void> {
  const subject = { kind: 'approval', id: approvalId } as const;
  await writeEntry(connection, { ...author, action, subject, after: { kind, subjectId, hash }, now });
}
