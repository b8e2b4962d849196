/** The chain of the audit trail: entries get their positions here, in the order in which the chainer finds them. */
import type { AuditAction, AuditActor, AuditEntry, AuditSubject } from '@payment-passkeys/protocol/console';
import {
  column,
  execute,
  inTransaction,
  nullable,
  type Queryable,
  query,
  selectList,
  sql,
  statement,
} from '@payment-passkeys/storage';
import type { Pool, PoolClient } from 'pg';
import { buildLine, hashLine, NO_ENTRY } from './line.ts';

/** What one transaction moves at most. */
const MOVED_ENTRIES = 500;

/** The number of the chain's advisory lock: any number that nothing else in this database takes. */
const LOCK_NUMBER = 7_041_106;

const LOCK = statement({ text: sql`SELECT FROM (SELECT pg_advisory_xact_lock(${LOCK_NUMBER})) AS locked` });

/** Until the end of the transaction, nobody else adds an entry or a head. The next statement sees all that were added. */
export async function lockChain(connection: PoolClient): Promise<void> {
  await execute(connection, LOCK, {});
}

const LINK = { position: column.bigint('position'), hash: column.bytea('hash') };

/** The end of the chain. If every entry was cut, that is the last head. */
const LAST = statement({
  text: sql`SELECT ${selectList(LINK)}
            FROM ((SELECT position, hash FROM audit_entry ORDER BY position DESC LIMIT 1)
                  UNION ALL (SELECT position, hash FROM audit_head ORDER BY head_id DESC LIMIT 1)) AS known
            ORDER BY position DESC LIMIT 1`,
  returns: LINK,
});

/** An entry's place: its position, and the hash of its line. */
export interface Link {
  readonly position: number;
  readonly hash: Buffer;
}

/** The last entry of the chain; position 0 if there is none. */
export async function findLast(database: Queryable): Promise<Link> {
  return (await query(database, LAST, {}))[0] ?? { position: 0, hash: NO_ENTRY };
}

const PENDING = {
  id: column.uuid('entry_id'),
  at: column.timestamptz('at'),
  actor: column.jsonb<AuditActor>('actor'),
  action: column.text<AuditAction>('action'),
  subjectKind: column.text<AuditSubject>('subject_kind'),
  subjectId: column.text('subject_id'),
  onBehalfOf: nullable(column.jsonb<AuditActor>('on_behalf_of')),
  before: nullable(column.jsonb<AuditEntry['before']>('before')),
  after: nullable(column.jsonb<AuditEntry['after']>('after')),
};

const SELECT_PENDING = statement({
  text: sql`SELECT ${selectList(PENDING)} FROM audit_pending ORDER BY at, arrival LIMIT ${MOVED_ENTRIES}`,
  returns: PENDING,
});

const ADD = statement({
  text: sql`INSERT INTO audit_entry (position, entry_id, at, actor_kind, actor_id, action, subject_kind, subject_id, line, hash)
            SELECT * FROM unnest(${'positions'}::bigint[], ${'ids'}::uuid[], ${'times'}::timestamptz[], ${'actorKinds'}::text[],
                                 ${'actorIds'}::text[], ${'actions'}::text[], ${'subjectKinds'}::text[], ${'subjectIds'}::text[],
                                 ${'lines'}::text[], ${'hashes'}::bytea[])`,
});

const REMOVE_PENDING = statement({ text: sql`DELETE FROM audit_pending WHERE entry_id = ANY (${'ids'}::uuid[])` });

const HAS_PENDING = statement({ text: sql`SELECT FROM audit_pending LIMIT 1` });

/**
 * Moves every entry that was committed before the call to the chain. Returns how many. Safe beside other processes: one at a time moves, and a
 * crash at any point leaves the entries either pending or in the chain.
 */
export async function chainEntries(pool: Pool): Promise<number> {
  if ((await execute(pool, HAS_PENDING, {})) === 0) return 0;
  for (let total = 0; ; ) {
    const moved = await inTransaction(pool, moveEntries);
    total += moved;
    if (moved < MOVED_ENTRIES) return total;
  }
}

async function moveEntries(connection: PoolClient): Promise<number> {
  await lockChain(connection);
  const pending = await query(connection, SELECT_PENDING, {});
  let last = await findLast(connection);
  const added = pending.map((entry) => {
    const position = last.position + 1;
    const line = buildLine(entry, { position, previous: last.hash });
    last = { position, hash: hashLine(line) };
    return { ...last, line, entry };
  });
  const ids = pending.map(({ id }) => id);
  await execute(connection, ADD, {
    positions: added.map(({ position }) => position),
    ids,
    times: pending.map(({ at }) => at),
    actorKinds: pending.map(({ actor }) => actor.kind),
    actorIds: pending.map(({ actor }) => actorId(actor)),
    actions: pending.map(({ action }) => action),
    subjectKinds: pending.map(({ subjectKind }) => subjectKind),
    subjectIds: pending.map(({ subjectId }) => subjectId),
    lines: added.map(({ line }) => line),
    hashes: added.map(({ hash }) => hash),
  });
  await execute(connection, REMOVE_PENDING, { ids });
  return added.length;
}

/** The text by which a search finds an actor. */
function actorId(actor: AuditActor): string {
  if ('id' in actor) return actor.id;
  return 'name' in actor ? actor.name : actor.kind;
}
