/**
 * Events as parts of the statements that make the facts (transactional outbox): there is never an event without its fact, nor a fact without
 * its event. mover.ts moves the events to the clients' logs.
 */
import type { EventType, SessionState } from '@payment-passkeys/protocol';
import { literals, type Sql, sql } from '@payment-passkeys/storage';
import { FACTS_OF_PASSKEY } from '../passkeys/authenticator-facts.ts';
import { activityFacts, ENDED_ACTIVITY } from './session-activity.ts';

/** Events that a statement stores. Each member is an expression over the columns of `from`; `from` is what follows FROM, with its WHERE. */
export interface StoredEvents<Name extends string> {
  readonly type: EventType | Sql<Name>;
  /** The client that gets the event. */
  readonly to: Sql<Name>;
  /** An Actor: 'ISSUER', 'MERCHANT', 'CARDHOLDER' or 'NETWORK'. */
  readonly by: Sql<Name>;
  /** A jsonb value, as EVENT_DATA of the protocol says. Members that are null are left out. */
  readonly data: Sql<Name>;
  /** A jsonb value that the mover counts: see session-activity.ts. It is not a part of the event. */
  readonly activity?: Sql<Name>;
  readonly from: Sql<Name>;
  /** True if the expressions read tables. */
  readonly readsTables?: boolean;
}

const COLUMNS = sql`client_id, type, triggered_by, occurred_at, data, activity`;

/**
 * The part `stored_events` of a statement's WITH: one row in the outbox for each row that the events select. `now` is when it happened. A
 * statement has this part once: pass all of its events in one call.
 */
export function storedEvents<Name extends string>(...events: readonly StoredEvents<Name>[]): Sql<Name | 'now'> {
  const selects = events.map(
    ({ type, to, by, data, activity = sql`NULL::jsonb`, from }) =>
      sql`SELECT ${to}, ${typeof type === 'string' ? literals([type]) : type}, ${by}, ${'now'}::timestamptz, jsonb_strip_nulls(${data}), ${activity} FROM ${from}`,
  );
  const rows: Sql<Name | 'now'> = {
    chunks: selects.flatMap(({ chunks }, position) => (position === 0 ? chunks : [' UNION ALL ', ...chunks])),
  };
  // A distributed engine breaks the SELECT of an INSERT that reads tables and is no UNION, so this SELECT is a part of its own.
  const [only, ...more] = events;
  if (only?.readsTables && more.length === 0)
    return sql`to_store (${COLUMNS}) AS MATERIALIZED (${rows}),
      stored_events AS (INSERT INTO outbox (${COLUMNS}) SELECT ${COLUMNS} FROM to_store RETURNING true)`;
  return sql`stored_events AS (INSERT INTO outbox (${COLUMNS}) ${rows} RETURNING true)`;
}

const ENDED_FACTS = sql`session_id, client_id, client_session_id, state, end_reason, passkey_id, binding_id`;

/** The columns that {@link sessionEnded} needs, for RETURNING of the UPDATE that ends a session. */
export const ENDED_SESSION: Sql<never> = sql`${ENDED_FACTS}, ${activityFacts()}`;

/** The same, if the statement sets this state. */
export const endedSession = (state: SessionState): Sql<never> => sql`${ENDED_FACTS}, ${activityFacts(state)}`;

/**
 * `session.ended` for each row of `from`, a part or a table expression with the columns {@link ENDED_SESSION}. `bindingId` is the client's
 * binding if it is not the session's own.
 */
export function sessionEnded<Name extends string = never>({
  from,
  by,
  bindingId = sql`ended.binding_id`,
}: {
  readonly from: Sql<Name>;
  readonly by: Sql<Name>;
  readonly bindingId?: Sql<Name>;
}): StoredEvents<Name> {
  return {
    type: 'session.ended',
    to: sql`ended.client_id`,
    by,
    data: sql`jsonb_build_object('authenticationSessionId', ended.session_id, 'clientSessionId', ended.client_session_id, 'state', ended.state,
      'status', CASE WHEN ended.state = 'bound' THEN 'ENROLLED' WHEN ended.state = 'approved' THEN 'AUTHENTICATED'
                     WHEN ended.end_reason = 'USER_CANCELLATION' THEN 'CANCELLED' WHEN ended.end_reason IS NOT NULL THEN 'ERROR' END,
      'reason', ended.end_reason, 'credentialId', ended.passkey_id, 'bindingId', ${bindingId})`,
    activity: ENDED_ACTIVITY,
    from: sql`${from} AS ended`,
  };
}

/**
 * Events for a binding's client, and for the issuer of the card if a merchant holds the binding. `from` is a part with the columns `binding_id,
 * passkey_id, client_id, issuer_id`, and those that `data` names; all expressions call it `changed`. `notTo` is the client that made the call: it
 * gets no event. Undefined if nobody is left out.
 */
function ofBinding<Name extends string>({
  from,
  where = sql`true`,
  notTo,
  type,
  by,
  data,
  heldByIssuer = false,
}: BindingEvents<Name> & { readonly data: Sql<Name>; readonly notTo: Sql<Name> | undefined }): StoredEvents<Name> {
  const typeInSql = typeof type === 'string' ? literals([type]) : type;
  if (heldByIssuer)
    return { type: typeInSql, to: sql`changed.client_id`, by, data, from: sql`${from} AS changed WHERE ${where}` };
  return {
    type: sql`fact.type`,
    to: sql`hears.client_id`,
    by: sql`fact.triggered_by`,
    data: sql`fact.data`,
    // OFFSET 0: the data is built once, and not for each of the two clients.
    from: sql`(SELECT changed.client_id, changed.issuer_id, ${typeInSql} AS type,
                      ${by} AS triggered_by, ${data} AS data FROM ${from} AS changed WHERE ${where} OFFSET 0) AS fact,
              LATERAL (VALUES (fact.client_id), (fact.issuer_id)) AS hears (client_id)
              WHERE hears.client_id IS NOT NULL${notTo === undefined ? sql`` : sql` AND hears.client_id IS DISTINCT FROM ${notTo}`}`,
  };
}

export interface BindingEvents<Name extends string> {
  readonly type: EventType | Sql<Name>;
  readonly by: Sql<Name>;
  /** The name of a part of WITH. */
  readonly from: Sql<Name>;
  readonly where?: Sql<Name>;
  /** No merchant holds any of the bindings, so nobody but the client itself hears of it. */
  readonly heldByIssuer?: boolean;
}

/** The same as `statusOf` of bindings/status.ts. */
const STATUS = sql`
  CASE WHEN changed.pending_activation THEN 'PENDING_ACTIVATION' WHEN changed.suspended_by <> '{}' THEN 'SUSPENDED' ELSE 'ACTIVE' END`;

/** The kinds of a binding's accounts, in the statement's snapshot. */
const STORED_KINDS = sql`SELECT kind FROM binding_account WHERE binding_account.binding_id = changed.binding_id`;

/** What is known of the authenticator of a passkey that existed before the statement. The model's name is added when the event is read. */
export const AUTHENTICATOR_FACTS: Sql<never> = sql`(SELECT ${FACTS_OF_PASSKEY} FROM passkey WHERE passkey.passkey_id = changed.passkey_id)`;

/**
 * `binding.created` and `binding.updated`, for rows with `binding_id, passkey_id, client_id, issuer_id, card_last_four, suspended_by,
 * pending_activation`. The binding's client gets the event, and so does the issuer of the card if a merchant holds the binding. `newKinds` selects
 * the kinds of accounts that the statement itself adds, `storedKinds` those that it found if it deletes bindings first; `authenticator` is needed
 * for a passkey that the statement itself creates.
 */
export function bindingChanged<Name extends string = never>({
  newKinds,
  storedKinds = STORED_KINDS,
  authenticator = AUTHENTICATOR_FACTS,
  ...events
}: BindingEvents<Name> & {
  readonly newKinds?: Sql<Name>;
  readonly storedKinds?: Sql<Name>;
  readonly authenticator?: Sql<Name>;
}): StoredEvents<Name> {
  const kinds = newKinds === undefined ? storedKinds : sql`${newKinds} UNION ALL ${storedKinds}`;
  const stored = ofBinding<Name>({
    ...events,
    notTo: undefined,
    data: sql`jsonb_build_object('bindingId', changed.binding_id, 'credentialId', changed.passkey_id, 'status', ${STATUS},
      'accountTypes', (SELECT coalesce(jsonb_agg(DISTINCT kind), '[]') FROM (${kinds}) AS kinds),
      'panLastFour', changed.card_last_four,
      'heldBy', (SELECT jsonb_build_object('role', role, 'name', name) FROM client WHERE client.client_id = changed.client_id),
      'authenticator', ${authenticator})`,
  });
  return { ...stored, readsTables: true };
}

/**
 * `binding.suspended`, `binding.resumed`, `binding.deleted` and `binding.activated`, for rows with `binding_id, passkey_id, client_id, issuer_id,
 * suspended_by, pending_activation`. The binding's client and the issuer of the card get the event, but not the client `notTo`, which made the
 * call.
 */
export function bindingDecided<Name extends string = never>({
  reasonCode,
  ...events
}: BindingEvents<Name> & {
  readonly type: EventType;
  readonly reasonCode: Sql<Name>;
  readonly notTo: Sql<Name> | undefined;
}): StoredEvents<Name> {
  return ofBinding<Name>({
    ...events,
    data: sql`jsonb_build_object('bindingId', changed.binding_id, 'credentialId', changed.passkey_id, 'reasonCode', ${reasonCode},
      'status', ${events.type === 'binding.deleted' ? literals(['DELETED']) : STATUS}, 'suspendedBy', to_jsonb(changed.suspended_by))`,
  });
}
