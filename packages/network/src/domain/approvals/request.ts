/** A request for approval, as it is stored, and its hash. */
import { hash } from 'node:crypto';
import type {
  Approval,
  ApprovalKind,
  ApprovalState,
  Difference,
  NamedOperator,
} from '@payment-passkeys/protocol/console';

/** A change that an operator asks for, and that is not made yet. */
export interface ProposedChange {
  readonly kind: ApprovalKind;
  readonly subject: { readonly id: string; readonly name: string };
  /** What is carried out, as JSON: the kind's `carryOut` reads it. */
  readonly change: object;
  readonly differences: readonly Difference[];
  /** The fields for which a second operator is needed. */
  readonly waitsFor: readonly string[];
  /** False: the change is made at once, also if approvals are on. */
  readonly needsApproval: boolean;
}

/** The columns that the hash covers. */
export interface ApprovalRequest {
  readonly approvalId: string;
  readonly kind: ApprovalKind;
  readonly subjectId: string;
  /** JSON of a {@link RequestContent}. */
  readonly content: string;
  readonly requestedBy: string;
  readonly requestedByName: string;
  readonly requestedAt: Date;
  readonly lapsesAt: Date;
}

export interface RequestContent {
  readonly subjectName: string;
  readonly change: object;
  readonly differences: readonly Difference[];
  readonly waitsFor: readonly string[];
}

export interface StoredApproval extends ApprovalRequest {
  readonly hash: string;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly decidedByName: string | null;
  readonly decidedAt: Date | null;
}

/** SHA-256, in hexadecimal, of everything that was asked for, by whom and when. The decision is not part of it. */
export function hashRequest(request: ApprovalRequest): string {
  const { approvalId, kind, subjectId, content, requestedBy, requestedByName, requestedAt, lapsesAt } = request;
  const times = [requestedAt.toISOString(), lapsesAt.toISOString()];
  const members = [approvalId, kind, subjectId, content, requestedBy, requestedByName, ...times];
  return hash('sha256', JSON.stringify(members), 'hex');
}

/** A request that nobody has decided in time has lapsed, also before `lapseRequests` has stored it. */
export function stateAt({ state, lapsesAt }: Pick<StoredApproval, 'state' | 'lapsesAt'>, now: Date): ApprovalState {
  return state === 'WAITING' && lapsesAt <= now ? 'LAPSED' : state;
}

/** The caller has to verify the request's hash first. */
export function readContent({ content }: Pick<ApprovalRequest, 'content'>): RequestContent {
  return JSON.parse(content) as RequestContent; // written by this program, and its hash was verified
}

/** The request as the console shows it. */
export function buildApproval(stored: StoredApproval, subjectKind: Approval['subject']['kind'], now: Date): Approval {
  const { subjectName, differences, waitsFor } = readContent(stored);
  const { approvalId, kind, subjectId, hash: shown, requestedBy, decidedBy, decidedAt } = stored;
  return {
    approvalId,
    kind,
    subject: { kind: subjectKind, id: subjectId, name: subjectName },
    state: stateAt(stored, now),
    hash: shown,
    requestedBy: nameOperator(requestedBy, stored.requestedByName),
    requestedAt: stored.requestedAt.toISOString(),
    lapsesAt: stored.lapsesAt.toISOString(),
    ...(decidedBy !== null && { decidedBy: nameOperator(decidedBy, stored.decidedByName ?? decidedBy) }),
    ...(decidedAt !== null && { decidedAt: decidedAt.toISOString() }),
    differences: [...differences],
    waitsFor: [...waitsFor],
  };
}

const nameOperator = (operatorId: string, name: string): NamedOperator => ({ operatorId, name });
