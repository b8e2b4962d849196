/** The audit trail at the console: `GET /api/audit`, `GET /api/audit/export`. */
import Type, { type Static } from 'typebox';
import { Text, Timestamp, Uuid } from '../fields.ts';
import { AUDIT_ACTIONS, AUDIT_SUBJECTS } from './closed-lists.ts';

/** Entries and signed heads are deleted after this many months. */
export const AUDIT_MONTHS = 24;

/** Who made a change. A cardholder's id is the id of the passkey. */
export const AuditActor = Type.Union([
  Type.Object({ kind: Type.Literal('OPERATOR'), id: Text(64), name: Text(100) }),
  Type.Object({ kind: Type.Literal('CLIENT'), id: Text(64) }),
  Type.Object({ kind: Type.Literal('CARDHOLDER'), id: Text(64) }),
  /** The account of the machine on which the command was run. */
  Type.Object({ kind: Type.Literal('COMMAND_LINE'), name: Text(100) }),
  /** The service itself. */
  Type.Object({ kind: Type.Literal('NETWORK') }),
]);
export type AuditActor = Static<typeof AuditActor>;

const Hash = Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64 });
/** Only what changed, without accounts and secrets. */
const State = Type.Record(Type.String(), Type.Unknown());

/** One entry of the chain. Its members are those of its line in an export, in this order. */
export const AuditEntry = Type.Object({
  /** From 1, without gaps. */
  position: Type.Integer({ minimum: 1 }),
  /** The hash of the entry before; zeros for the first. */
  previous: Hash,
  id: Uuid,
  at: Timestamp,
  actor: AuditActor,
  action: Type.Enum(AUDIT_ACTIONS),
  subject: Type.Object({ kind: Type.Enum(AUDIT_SUBJECTS), id: Text(64) }),
  /** Who asked for the change, if it was not the actor: the operator who requested an approval. */
  onBehalfOf: Type.Optional(AuditActor),
  before: Type.Optional(State),
  after: Type.Optional(State),
  /** SHA-256, in hexadecimal, of the line without this member. */
  hash: Hash,
});
export type AuditEntry = Static<typeof AuditEntry>;

/** The query of `GET /api/audit`. */
export const AuditQuery = Type.Object({
  /** The id of an operator, a client or a passkey, or the account of the machine. */
  actor: Type.Optional(Text(100)),
  action: Type.Optional(Type.Enum(AUDIT_ACTIONS)),
  /** The id of what was changed. */
  subject: Type.Optional(Text(64)),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
  /** The `next` of the page before. */
  cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', maxLength: 15 })),
});
export type AuditQuery = Static<typeof AuditQuery>;

/** The most entries of a page. */
export const AUDIT_PAGE = 50;

/** Entries, the youngest first. */
export const AuditPage = Type.Object({
  items: Type.Array(AuditEntry, { maxItems: AUDIT_PAGE }),
  next: Type.Optional(Type.String()),
  /** The last head that was signed: everything up to its position is proven. Absent until the first is signed. */
  head: Type.Optional(Type.Object({ position: Type.Integer({ minimum: 0 }), signedAt: Timestamp })),
});
export type AuditPage = Static<typeof AuditPage>;
