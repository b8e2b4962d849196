/**
 * Suspends, resumes, deletes and activates bindings (contract §12, §14). Each change is one statement: it locks the bindings in the order of their
 * ids, changes them, ends the open sessions that would use them, and stores the events and the entries of the audit trail. The same change again
 * changes nothing.
 */
import type { Actor, BindingAction, BindingReasonCode } from '@payment-passkeys/protocol';
import { column, outer, query, type Sql, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { type AuditAction, type AuditedChange, type Author, auditEntry, authorValues } from '../audit/entry.ts';
import {
  byAdmission,
  chooseByAdmission,
  type NonceClaim,
  type NonceVerdict,
  nonceValues,
  readVerdict,
  VERDICT,
} from '../clients/nonce-store.ts';
import { bindingDecided, sessionEnded, storedEvents } from '../events/outbox.ts';
import { revokedSessions } from './revoked-sessions.ts';
import { SCOPES, type Scope, type ScopeKind, scopeValues } from './scope.ts';

export interface Decision {
  readonly action: BindingAction;
  /** The kind of party that decides. */
  readonly by: Actor;
  /** Who decided, for the audit trail. */
  readonly author: Author;
  readonly reasonCode: BindingReasonCode;
  readonly now: Date;
}

export interface ChangedBinding {
  readonly bindingId: string;
  readonly suspendedBy: readonly Actor[];
  readonly pendingActivation: boolean;
  readonly deleted: boolean;
}

export interface BindingChange {
  /** Unless it is CONSUMED, nothing was changed. */
  readonly verdict: NonceVerdict;
  /** Every binding of the scope, changed or not, also those that were deleted before. */
  readonly bindings: readonly ChangedBinding[];
  /** The ids of the bindings that this call has changed. */
  readonly changedIds: readonly string[];
  /** The clients of the sessions that ended, once for each session. */
  readonly endedClients: readonly string[];
}

export const BY = sql`${'by'}::text`;
export const REASON_CODE = sql`${'reasonCode'}::text`;

/**
 * The part `target`: the rows of `found`, locked one after the other, in their latest version. `next` is the set of parties that suspend it after
 * the change.
 */
const targeted = <Name extends string>(lock: Sql<never>, next: Sql<Name>, more: Sql<never> = sql``): Sql<Name> => sql`
  target AS (SELECT held.*, ${next} AS next${more}
             FROM (SELECT binding_id FROM found ORDER BY binding_id) AS one,
               LATERAL (SELECT binding_id, passkey_id, client_id, card_index, issuer_id, card_last_four, suspended_by, pending_activation, created_at,
                          last_used_at
                        FROM binding WHERE binding.binding_id = one.binding_id ${lock}) AS held)`;

/** The part `target` for {@link deletedBindings}. It reads the kinds of the accounts, because a distributed engine has deleted them after `changed`. */
export const targetedForDeletion: Sql<never> = targeted(
  sql`FOR UPDATE`,
  sql`held.suspended_by`,
  sql`, ARRAY(SELECT DISTINCT kind FROM binding_account AS account WHERE account.binding_id = held.binding_id ORDER BY kind) AS kinds`,
);

/** The part `changed`: the bindings of `target`, or those that `which` selects from it, are deleted, and a tombstone of each is kept. */
export const deletedBindings = (
  which = sql`SELECT binding_id FROM target`,
): Sql<'by' | 'reasonCode' | 'requestHash' | 'now'> => sql`
  changed AS (DELETE FROM binding WHERE binding_id = ANY (ARRAY(${which})) AND EXISTS (SELECT FROM admitted)
              RETURNING binding_id, passkey_id, client_id, issuer_id, card_last_four, suspended_by, pending_activation, created_at, last_used_at),
  tombstone AS (INSERT INTO deleted_binding (binding_id, passkey_id, client_id, issuer_id, last_four, account_kinds, suspended_by, created_at,
                                             last_used_at, deleted_at, deleted_by, reason_code, request_hash)
                SELECT changed.binding_id, changed.passkey_id, changed.client_id, changed.issuer_id, changed.card_last_four, target.kinds,
                       changed.suspended_by, changed.created_at, changed.last_used_at, ${'now'}, ${BY}, ${REASON_CODE}, ${'requestHash'}::bytea
                FROM changed JOIN target USING (binding_id) RETURNING true)`;

// With the array PostgreSQL looks up by key. Without it, PostgreSQL would read the whole of a table that it estimates as small.
const SUSPENSION_CHANGED = sql`
  changed AS (UPDATE binding SET suspended_by = (SELECT next FROM target WHERE target.binding_id = binding.binding_id)
              WHERE binding_id = ANY (ARRAY(SELECT binding_id FROM target WHERE next <> suspended_by)) AND EXISTS (SELECT FROM admitted)
              RETURNING binding_id, passkey_id, client_id, issuer_id, suspended_by, pending_activation)`;

const ACTIVATED = sql`
  changed AS (UPDATE binding SET pending_activation = false
              WHERE binding_id = ANY (ARRAY(SELECT binding_id FROM target WHERE pending_activation)) AND EXISTS (SELECT FROM admitted)
              RETURNING binding_id, passkey_id, client_id, issuer_id, suspended_by, pending_activation)`;

/** An entry for each binding of the part `changed`. */
export const auditedBindings = (action: AuditAction): AuditedChange<'reasonCode'> => ({
  action,
  subject: { kind: 'binding', id: sql`changed.binding_id` },
  before: sql`jsonb_build_object('suspendedBy', to_jsonb(target.suspended_by))`,
  after: sql`jsonb_build_object('suspendedBy', ${action === 'binding.deleted' ? sql`NULL::jsonb` : sql`to_jsonb(changed.suspended_by)`},
    'credentialId', changed.passkey_id, 'reasonCode', ${REASON_CODE})`,
  from: sql`changed JOIN target USING (binding_id)`,
});

const NO_SESSION = sql`ended AS (SELECT NULL::text AS client_id WHERE false)`;

/** The parts of each action after `found`, its events, and its action in the audit trail. */
const ACTIONS = {
  SUSPEND: {
    audited: 'binding.suspended',
    parts: sql`${targeted(
      sql`FOR NO KEY UPDATE`,
      sql`ARRAY(SELECT DISTINCT actor FROM unnest(held.suspended_by || ${BY}) AS actor ORDER BY actor)`,
    )}, ${SUSPENSION_CHANGED}, ${revokedSessions('SUSPENSION')}`,
    events: [
      bindingDecided<'by' | 'reasonCode' | 'callerId'>({
        type: 'binding.suspended',
        by: BY,
        from: sql`changed`,
        reasonCode: REASON_CODE,
        notTo: sql`${'callerId'}::text`,
      }),
      sessionEnded({ from: sql`ended`, by: BY }),
    ],
  },
  RESUME: {
    audited: 'binding.resumed',
    parts: sql`${targeted(sql`FOR NO KEY UPDATE`, sql`array_remove(held.suspended_by, ${BY})`)}, ${SUSPENSION_CHANGED}, ${NO_SESSION}`,
    events: [
      bindingDecided<'by' | 'reasonCode' | 'callerId'>({
        type: 'binding.resumed',
        by: BY,
        from: sql`changed`,
        reasonCode: REASON_CODE,
        notTo: sql`${'callerId'}::text`,
      }),
    ],
  },
  DELETE: {
    audited: 'binding.deleted',
    parts: sql`${targetedForDeletion}, ${revokedSessions('DELETION')}, ${deletedBindings()}`,
    events: [
      bindingDecided<'by' | 'reasonCode' | 'callerId'>({
        type: 'binding.deleted',
        by: BY,
        from: sql`changed`,
        reasonCode: REASON_CODE,
        notTo: sql`${'callerId'}::text`,
      }),
      sessionEnded({ from: sql`ended`, by: BY }),
    ],
  },
  ACTIVATE: {
    audited: 'binding.activated',
    parts: sql`${targeted(sql`FOR NO KEY UPDATE`, sql`held.suspended_by`)}, ${ACTIVATED}, ${NO_SESSION}`,
    events: [
      bindingDecided<'by' | 'reasonCode' | 'callerId'>({
        type: 'binding.activated',
        by: BY,
        from: sql`changed`,
        reasonCode: REASON_CODE,
        notTo: sql`${'callerId'}::text`,
      }),
    ],
  },
} as const satisfies Record<BindingAction, unknown>;

const RESULT = {
  bindingId: column.text('binding_id'),
  suspendedBy: column.textArray('suspended_by'),
  pendingActivation: column.boolean('pending_activation'),
  deleted: column.boolean('deleted'),
};

const RETURNED = {
  ...VERDICT,
  changedIds: column.textArray(sql`ARRAY(SELECT binding_id FROM changed)`),
  endedClients: column.textArray(sql`ARRAY(SELECT client_id FROM ended)`),
  /** Another statement deleted one of the found bindings after this statement's snapshot was taken. */
  vanished: column.boolean(sql`(SELECT count(*) FROM found) > (SELECT count(*) FROM target)`),
};

/** A distributed engine also sees the tombstones that this statement itself stores: they are left out. */
const NOT_JUST_NOW = sql` AND NOT EXISTS (SELECT FROM target WHERE target.binding_id = deleted_binding.binding_id)`;

const changes = (action: BindingAction, kind: ScopeKind) =>
  byAdmission((admission) =>
    statement({
      name: `binding-${action.toLowerCase()}-${kind.toLowerCase()}-${admission.name}`,
      text: sql`WITH ${admission.parts}, found AS (${SCOPES[kind].found}), ${ACTIONS[action].parts}, ${storedEvents(...ACTIONS[action].events)},
                     ${auditEntry(auditedBindings(ACTIONS[action].audited))},
                     result AS (SELECT binding_id, next AS suspended_by, ${action === 'ACTIVATE' ? sql`false` : sql`pending_activation`} AS pending_activation,
                                       ${action === 'DELETE' ? sql`true` : sql`false`} AS deleted FROM target
                                UNION ALL
                                SELECT binding_id, suspended_by, false, true FROM deleted_binding WHERE ${SCOPES[kind].deleted}${action === 'DELETE' ? NOT_JUST_NOW : sql``})
                SELECT ${selectList(RETURNED)}, ${selectList(RESULT)} FROM (SELECT) AS answer LEFT JOIN result ON true ORDER BY binding_id`,
      returns: { ...RETURNED, ...outer(RESULT) },
    }),
  );

/** The scopes that a change may have. */
export type ChangeScope = Extract<Scope, { readonly kind: 'BINDING' | 'ACCOUNT' | 'PASSKEY' }>;

const ofAction = (action: BindingAction) => ({
  BINDING: changes(action, 'BINDING'),
  ACCOUNT: changes(action, 'ACCOUNT'),
  PASSKEY: changes(action, 'PASSKEY'),
});

const CHANGES = {
  SUSPEND: ofAction('SUSPEND'),
  RESUME: ofAction('RESUME'),
  DELETE: ofAction('DELETE'),
  ACTIVATE: ofAction('ACTIVATE'),
};

/**
 * Makes the change for every binding of the scope, and consumes the nonce of the request. After it returns, no payment is approved with what was
 * suspended or deleted. A deleted binding is neither suspended, resumed nor activated. The caller of this function checks whether the client may
 * activate.
 *
 * A payment that was being approved may have made a binding after the statement's snapshot was taken. So the change is made again until it finds
 * the same bindings twice.
 */
export async function changeBindings(
  pool: Pool,
  change: { readonly scope: ChangeScope; readonly decision: Decision },
  nonceClaim: NonceClaim | undefined,
): Promise<BindingChange> {
  let made = await changeOnce(pool, change, nonceClaim);
  if (made.verdict !== 'CONSUMED') return made;
  const oneAlone = change.scope.kind === 'BINDING' || !['SUSPEND', 'DELETE'].includes(change.decision.action);
  for (let before = oneAlone ? made.bindings.length : 0; made.bindings.length > before; ) {
    before = made.bindings.length;
    const again = await changeOnce(pool, change, undefined);
    made = withEarlier(again, made);
  }
  return made;
}

async function changeOnce(
  pool: Pool,
  { scope, decision }: { readonly scope: ChangeScope; readonly decision: Decision },
  nonceClaim: NonceClaim | undefined,
): Promise<BindingChange> {
  const { action, by, author, reasonCode, now } = decision;
  const values = { ...scopeValues(scope), ...nonceValues(nonceClaim), ...authorValues(author), by, reasonCode, now };
  const rows = await query(pool, chooseByAdmission(CHANGES[action][scope.kind], nonceClaim), values);
  const [first] = rows;
  const verdict = readVerdict(first);
  const { changedIds = [], endedClients = [] } = first ?? {};
  if (first?.vanished && verdict === 'CONSUMED') {
    const again = await changeOnce(pool, { scope, decision }, undefined); // its snapshot has the tombstone
    return withEarlier(again, { changedIds, endedClients });
  }
  const bindings = rows.flatMap(({ bindingId, suspendedBy, pendingActivation, deleted }) =>
    bindingId === null
      ? []
      : [
          {
            bindingId,
            suspendedBy: readActors(suspendedBy),
            pendingActivation: pendingActivation === true,
            deleted: deleted === true,
          },
        ],
  );
  return { verdict, bindings, changedIds, endedClients };
}

/** The result of the last attempt, with what the attempts before it have changed and ended. */
function withEarlier(
  last: BindingChange,
  { changedIds, endedClients }: Pick<BindingChange, 'changedIds' | 'endedClients'>,
): BindingChange {
  return {
    ...last,
    changedIds: [...changedIds, ...last.changedIds],
    endedClients: [...endedClients, ...last.endedClients],
  };
}

/** The table's constraint admits no other values. */
export function readActors(suspendedBy: readonly string[] | null): readonly Actor[] {
  return (suspendedBy ?? []) as readonly Actor[];
}
