/** Approvals (four eyes): changes at the console that wait for a second operator. `GET /api/approvals`, `POST /api/approvals/{id}/…`. */
import Type, { type Static } from 'typebox';
import { Text, Timestamp, Uuid } from '../fields.ts';

/** Takes GET; answers an {@link ApprovalPage}. `{id}/approve`, `{id}/reject` and `{id}/withdraw` take an {@link ApprovalDecision}. */
export const APPROVALS_PATH = '/api/approvals';

/** How long a request for approval can be decided. Then it lapses. */
export const APPROVAL_SECONDS = 24 * 60 * 60;

/** What can wait for approval: a new client, a change of a client, a client's resumption, an operator's role, a deletion of several passkeys. */
export const APPROVAL_KINDS = [
  'client.add',
  'client.change',
  'client.resume',
  'operator.role',
  'passkeys.delete',
] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/** A request is decided once, and its state does not change after that. */
export const APPROVAL_STATES = ['WAITING', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'LAPSED'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** A changed field, in readable lines. A key is shown by its fingerprint. */
export const Difference = Type.Object({
  /** The field's name in the registration, such as `callbackDomains`. */
  field: Type.String({ maxLength: 64 }),
  before: Type.Array(Type.String({ maxLength: 1000 })),
  after: Type.Array(Type.String({ maxLength: 1000 })),
});
export type Difference = Static<typeof Difference>;

/** The operator who made a request or a decision, with the name of that time. */
export const NamedOperator = Type.Object({ operatorId: Type.String({ maxLength: 64 }), name: Text(100) });
export type NamedOperator = Static<typeof NamedOperator>;

/** A request for approval. Nothing has changed until its state is APPROVED. */
export const Approval = Type.Object({
  approvalId: Uuid,
  kind: Type.Enum(APPROVAL_KINDS),
  /** The client or the operator that is changed. Of several passkeys the first one; `name` is their number. */
  subject: Type.Object({
    kind: Type.Enum(['client', 'operator', 'passkey']),
    id: Type.String({ maxLength: 64 }),
    name: Text(100),
  }),
  state: Type.Enum(APPROVAL_STATES),
  /** SHA-256 of the whole request, in hexadecimal. An approval names it, so that it approves exactly what was read. */
  hash: Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64 }),
  requestedBy: NamedOperator,
  requestedAt: Timestamp,
  lapsesAt: Timestamp,
  /** Who approved, rejected or withdrew it, and when. Absent while it waits, and if it lapsed. */
  decidedBy: Type.Optional(NamedOperator),
  decidedAt: Type.Optional(Timestamp),
  /** What changes when it is approved. */
  differences: Type.Array(Difference),
  /** The fields for which it waits; empty for a resumption, a role and a deletion, which always wait. */
  waitsFor: Type.Array(Type.String({ maxLength: 64 })),
});
export type Approval = Static<typeof Approval>;

/** The query of `GET /api/approvals`. `waiting`: the requests that wait. `all`: also those that are over, the newest first. */
export const ApprovalsQuery = Type.Object({
  state: Type.Optional(Type.Enum(['waiting', 'all'])),
  /** The `next` of the page before. */
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 300 })),
});
export type ApprovalsQuery = Static<typeof ApprovalsQuery>;

export const ApprovalPage = Type.Object({
  items: Type.Array(Approval),
  next: Type.Optional(Type.String({ maxLength: 300 })),
});
export type ApprovalPage = Static<typeof ApprovalPage>;

/** The body of `POST /api/approvals/{id}/approve`, `…/reject` and `…/withdraw`: the `hash` of the request that the operator has read. */
export const ApprovalDecision = Type.Object({ hash: Approval.properties.hash });
export type ApprovalDecision = Static<typeof ApprovalDecision>;

/** The answer to a change: it was made (DONE), or it waits for a second operator (WAITING). */
export const ChangeOutcome = Type.Object({
  outcome: Type.Enum(['DONE', 'WAITING']),
  /** With WAITING. */
  approval: Type.Optional(Approval),
});
export type ChangeOutcome = Static<typeof ChangeOutcome>;
