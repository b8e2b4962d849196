/**
 * Entries of the audit trail, written with the change: there is never a change without its entry, nor an entry without its change. chain.ts
 * moves them to the chain.
 */
import type { AuditAction, AuditActor, AuditSubject, NamedOperator } from '@payment-passkeys/protocol/console';
import { execute, literals, type Queryable, type Sql, sql, statement, type Values } from '@payment-passkeys/storage';

export type { AuditAction, AuditActor, AuditSubject } from '@payment-passkeys/protocol/console';

/** Who made the change, and on whose behalf. */
export interface Author {
  readonly actor: AuditActor;
  /** Who asked for it, if somebody else did. */
  readonly onBehalfOf?: AuditActor | undefined;
}

/** An operator, as the author of what they do at the console. */
export function operatorAuthor(operator: NamedOperator): Author {
  return { actor: operatorActor(operator) };
}

export function operatorActor({ operatorId, name }: NamedOperator): AuditActor {
  return { kind: 'OPERATOR', id: operatorId, name };
}

/** A change that a statement makes. Each member is an expression over the columns of `from`; `from` is what follows FROM, with its WHERE. */
export interface AuditedChange<Name extends string> {
  readonly action: AuditAction | Sql<Name>;
  readonly subject: { readonly kind: AuditSubject; readonly id: Sql<Name> };
  /** A jsonb object of what changed, from before the change, without accounts and secrets. Members that are null are left out. */
  readonly before?: Sql<Name>;
  /** The same object from after the change. */
  readonly after?: Sql<Name>;
  /** One entry for each row. */
  readonly from: Sql<Name>;
}

type AuthorValue = 'auditActor' | 'auditOnBehalfOf' | 'now';

const NOTHING = sql`NULL::jsonb`;

/**
 * The part `audited` of a statement's WITH: one entry for each row that the changes select. `now` is when it happened; {@link authorValues}
 * are the other values. A statement has this part once: pass all of its changes in one call.
 */
export function auditEntry<Name extends string>(...changes: readonly AuditedChange<Name>[]): Sql<Name | AuthorValue> {
  return entries<Name | AuthorValue>(changes, {
    actor: sql`${'auditActor'}::jsonb`,
    onBehalfOf: sql`${'auditOnBehalfOf'}::jsonb`,
  });
}

/** {@link auditEntry}, but the author of each entry is the operator of its row, which has the columns `operator_id` and `name`. */
export function entryOfOperator<Name extends string>(...changes: readonly AuditedChange<Name>[]): Sql<Name | 'now'> {
  const actor = sql`jsonb_build_object('kind', 'OPERATOR', 'id', operator_id, 'name', name)`;
  return entries<Name | 'now'>(changes, { actor, onBehalfOf: NOTHING });
}

function entries<Name extends string>(
  changes: readonly AuditedChange<Name>[],
  author: { readonly actor: Sql<Name>; readonly onBehalfOf: Sql<Name> },
): Sql<Name | 'now'> {
  const selects = changes.map(
    ({ action, subject, before = NOTHING, after = NOTHING, from }) =>
      sql`SELECT ${'now'}::timestamptz, ${author.actor}, ${typeof action === 'string' ? literals([action]) : action},
            ${literals([subject.kind])}, ${subject.id}, ${author.onBehalfOf}, jsonb_strip_nulls(${before}), jsonb_strip_nulls(${after})
          FROM ${from}`,
  );
  const rows = selects.flatMap(({ chunks }, position) => (position === 0 ? chunks : [' UNION ALL ', ...chunks]));
  return sql`audited AS (INSERT INTO audit_pending (at, actor, action, subject_kind, subject_id, on_behalf_of, before, after) ${{ chunks: rows }} RETURNING true)`;
}

/** The values of {@link auditEntry}, except `now`. */
export function authorValues({ actor, onBehalfOf }: Author): Values<Exclude<AuthorValue, 'now'>> {
  return { auditActor: actor, auditOnBehalfOf: onBehalfOf };
}

const WRITE = statement({
  text: sql`INSERT INTO audit_pending (at, actor, action, subject_kind, subject_id, on_behalf_of, before, after)
            VALUES (${'now'}, ${'actor'}::jsonb, ${'action'}, ${'subjectKind'}, ${'subjectId'}, ${'onBehalfOf'}::jsonb, ${'before'}::jsonb,
                    ${'after'}::jsonb)`,
});

/** An entry of a change that is not made by one statement. */
export interface Entry extends Author {
  readonly action: AuditAction;
  readonly subject: { readonly kind: AuditSubject; readonly id: string };
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  readonly now: Date;
}

/** Writes an entry in the transaction that makes the change: pass its connection. */
export async function writeEntry(connection: Queryable, { subject, ...entry }: Entry): Promise<void> {
  const { actor, onBehalfOf, action, before, after, now } = entry;
  const { kind: subjectKind, id: subjectId } = subject;
  await execute(connection, WRITE, { actor, onBehalfOf, action, subjectKind, subjectId, before, after, now });
}
