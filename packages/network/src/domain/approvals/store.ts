/** Requests for approval in the database. */
import { type ApprovalKind, AUDIT_MONTHS, type OperatorRole } from '@payment-passkeys/protocol/console';
import {
  column,
  columnNames,
  execute,
  newValues,
  notNull,
  nullable,
  type Queryable,
  query,
  rowValues,
  type Sql,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import { auditEntry, authorValues } from '../audit/entry.ts';
import type { StoredApproval } from './request.ts';

const REQUEST = {
  approvalId: column.uuid('approval_id'),
  kind: column.text<ApprovalKind>('kind'),
  subjectId: column.text('subject_id'),
  content: column.text('content'),
  hash: column.text('hash'),
  requestedBy: column.text('requested_by'),
  requestedByName: column.text('requested_by_name'),
  requestedAt: column.timestamptz('requested_at'),
  lapsesAt: column.timestamptz('lapses_at'),
};

const APPROVAL = {
  ...REQUEST,
  state: column.text<StoredApproval['state']>('state'),
  decidedBy: nullable(column.text('decided_by')),
  decidedByName: nullable(column.text('decided_by_name')),
  decidedAt: nullable(column.timestamptz('decided_at')),
};

const STORE = statement({
  text: sql`INSERT INTO approval (${columnNames(REQUEST)}) VALUES (${newValues(REQUEST)}) RETURNING ${selectList(APPROVAL)}`,
  returns: APPROVAL,
});

export type NewApproval = Pick<StoredApproval, keyof typeof REQUEST>;

export async function storeRequest(connection: Queryable, request: NewApproval): Promise<StoredApproval> {
  const [stored] = await query(connection, STORE, rowValues(REQUEST, request));
  if (stored === undefined) throw new Error('An INSERT of one row returns it.');
  return stored;
}

/** Has an effect only if the request still waits and is exactly the one that the operator has read. */
const decide = (state: Sql<never>, who: Sql<'operatorId'>) =>
  statement({
    text: sql`UPDATE approval SET state = ${state}, decided_by = ${'operatorId'}, decided_by_name = ${'operatorName'}, decided_at = ${'now'}::timestamptz
              WHERE approval_id = ${'approvalId'} AND state = 'WAITING' AND lapses_at > ${'now'}::timestamptz AND hash = ${'hash'} AND ${who}
              RETURNING ${selectList(APPROVAL)}`,
    returns: APPROVAL,
  });

const BY_ANOTHER = sql`requested_by <> ${'operatorId'}`;
const DECISIONS = {
  APPROVED: decide(sql`'APPROVED'`, BY_ANOTHER),
  REJECTED: decide(sql`'REJECTED'`, BY_ANOTHER),
  WITHDRAWN: decide(sql`'WITHDRAWN'`, sql`requested_by = ${'operatorId'}`),
} as const;

/** The decisions on a request that waits. */
export type Decision = keyof typeof DECISIONS;

/**
 * Decides a waiting request with the hash `hash`. APPROVED and REJECTED need another operator than the one who asked; WITHDRAWN needs the one who
 * asked. Of several decisions at the same time, one has an effect. Undefined if the request was not decided.
 */
export async function decideRequest(
  connection: Queryable,
  decision: Decision,
  values: {
    readonly approvalId: string;
    readonly hash: string;
    readonly operatorId: string;
    readonly operatorName: string;
    readonly now: Date;
  },
): Promise<StoredApproval | undefined> {
  return (await query(connection, DECISIONS[decision], values))[0];
}

const ROLE = statement({
  text: sql`SELECT role FROM operator WHERE operator_id = ${'operatorId'} AND removed_at IS NULL AND role IS NOT NULL FOR SHARE`,
  returns: { role: notNull(column.text<OperatorRole>()) },
});

/** The operator's role, which cannot change until the end of the transaction. Undefined for one who was removed or has no role. */
export async function findRole(connection: Queryable, operatorId: string): Promise<OperatorRole | undefined> {
  return (await query(connection, ROLE, { operatorId }))[0]?.role;
}

const BY_ID = statement({
  text: sql`SELECT ${selectList(APPROVAL)} FROM approval WHERE approval_id = ${'approvalId'}`,
  returns: APPROVAL,
});

export async function findRequest(database: Queryable, approvalId: string): Promise<StoredApproval | undefined> {
  return (await query(database, BY_ID, { approvalId }))[0];
}

const PAGE = statement({
  text: sql`SELECT ${selectList(APPROVAL)} FROM approval
            WHERE (${'all'}::boolean OR state = 'WAITING' AND lapses_at > ${'now'}::timestamptz)
              AND (${'beforeTime'}::timestamptz IS NULL OR (requested_at, approval_id) < (${'beforeTime'}::timestamptz, ${'beforeId'}::uuid))
            ORDER BY requested_at DESC, approval_id DESC LIMIT ${'limit'}`,
  returns: APPROVAL,
});

export interface ApprovalPlace {
  readonly requestedAt: Date;
  readonly approvalId: string;
}

/** The newest first: those that wait, or all. */
export async function listRequests(
  database: Queryable,
  page: {
    readonly all: boolean;
    readonly before: ApprovalPlace | undefined;
    readonly limit: number;
    readonly now: Date;
  },
): Promise<readonly StoredApproval[]> {
  const { all, before, limit, now } = page;
  return query(database, PAGE, { all, now, limit, beforeTime: before?.requestedAt, beforeId: before?.approvalId });
}

const OF_CLIENT = statement({
  text: sql`SELECT ${selectList(APPROVAL)} FROM approval
            WHERE subject_id = ${'clientId'} AND kind LIKE 'client.%' AND state = 'WAITING' AND lapses_at > ${'now'}::timestamptz
            ORDER BY requested_at DESC, approval_id DESC`,
  returns: APPROVAL,
});

/** The requests of a client that wait, the newest first. */
export async function findRequestsOfClient(
  database: Queryable,
  { clientId, now }: { readonly clientId: string; readonly now: Date },
): Promise<readonly StoredApproval[]> {
  return query(database, OF_CLIENT, { clientId, now });
}

const LAPSE = statement({
  text: sql`WITH lapsed AS (UPDATE approval SET state = 'LAPSED' WHERE state = 'WAITING' AND lapses_at <= ${'now'}::timestamptz
                            RETURNING approval_id, kind, subject_id, hash),
                 ${auditEntry({
                   action: 'approval.lapsed',
                   subject: { kind: 'approval', id: sql`approval_id::text` },
                   after: sql`jsonb_build_object('kind', kind, 'subjectId', subject_id, 'hash', hash)`,
                   from: sql`lapsed`,
                 })}
            SELECT FROM lapsed`,
});

/** Ends the requests that nobody has decided in time, each with its entry of the audit trail. Returns their number. */
export async function lapseRequests(database: Queryable, now: Date): Promise<number> {
  return execute(database, LAPSE, { ...authorValues({ actor: { kind: 'NETWORK' } }), now });
}

const FORGET = statement({
  text: sql`DELETE FROM approval WHERE requested_at < ${'now'}::timestamptz - make_interval(months => ${AUDIT_MONTHS})`,
});

/** Deletes requests that are as old as the oldest entries of the audit trail. Returns their number. */
export async function forgetRequests(database: Queryable, now: Date): Promise<number> {
  return execute(database, FORGET, { now });
}
