/** The filters of a search of sessions, and the place in the list where a page begins. */
import { compileSchema } from '@payment-passkeys/protocol';
import { FUNNEL_STEPS, type SessionSearch } from '@payment-passkeys/protocol/console';
import { type Sql, sql, type Values } from '@payment-passkeys/storage';
import Type from 'typebox';
import { readCursor, writeCursor } from '../../platform/http/cursor.ts';
import { SESSION_KIND, SESSION_OUTCOME, SESSION_STEP } from '../events/session-activity.ts';

type FilterValue = 'clientId' | 'kind' | 'reason' | 'outcome' | 'browserFamily' | 'step';

/**
 * A condition on `session`. A value that is null applies to every session. A filter by step leaves out sessions that were answered with STEP_UP,
 * as the overview does.
 */
export const FILTERED: Sql<FilterValue> = sql`(${'clientId'}::text IS NULL OR session.client_id = ${'clientId'})
  AND (${'kind'}::text IS NULL OR ${SESSION_KIND} = ${'kind'})
  AND (${'reason'}::text IS NULL OR session.end_reason = ${'reason'})
  AND (${'outcome'}::text IS NULL OR ${SESSION_OUTCOME} = ${'outcome'})
  AND (${'browserFamily'}::text IS NULL OR coalesce(session.browser_family, 'Unknown') = ${'browserFamily'})
  AND (${'step'}::integer IS NULL OR (${SESSION_STEP} >= ${'step'} AND session.next_step IS DISTINCT FROM 'STEP_UP'))`;

export function filterValues({
  clientId,
  kind,
  reason,
  outcome,
  browserFamily,
  step,
}: SessionSearch): Values<FilterValue> {
  return { clientId, kind, reason, outcome, browserFamily, step: step && FUNNEL_STEPS.indexOf(step) };
}

/**
 * Where a page begins: with the sessions that were started before `at`, or at that time with a lower id. Without `id`, it begins with all sessions
 * of that time.
 */
export interface Place {
  readonly at: Date;
  readonly id: string | undefined;
}

/** No session is later. */
const LATEST: Place = { at: new Date('9999-01-01T00:00:00Z'), id: undefined };

type PlaceValue = 'since' | 'placeAt' | 'placeId';

/** The order of a list: the newest first. */
export const NEWEST_FIRST: Sql<never> = sql`ORDER BY created_at DESC, session_id COLLATE "C" DESC`;

/** A condition on `session`: within the time of the search, and after the pages before. An index by created_at is read from the place on. */
export const IN_TIME: Sql<PlaceValue> = sql`session.created_at >= ${'since'}::timestamptz AND session.created_at <= ${'placeAt'}::timestamptz
  AND (session.created_at < ${'placeAt'}::timestamptz OR ${'placeId'}::text IS NULL OR session.session_id COLLATE "C" < ${'placeId'})`;

export function placeValues(since: Date, { at, id }: Place): Values<PlaceValue> {
  return { since, placeAt: at, placeId: id };
}

/** `to` itself is not within the time: no id is lower than the empty one. */
export function firstPlace({ to }: SessionSearch): Place {
  return to === undefined ? LATEST : { at: new Date(to), id: '' };
}

const cursorSchema = compileSchema(
  Type.Object({
    /** Epoch milliseconds. */
    at: Type.Integer({ minimum: 0, maximum: LATEST.at.getTime() }),
    id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: 64 })),
  }),
);

/** The text of a cursor. It contains only what a row of the list shows. */
export function writePlace({ at, id }: Place): string {
  return writeCursor({ at: at.getTime(), id });
}

/** Undefined without a cursor. Throws {@link ServiceError} INVALID_FIELD if it does not have the form that {@link writePlace} gives it. */
export function readPlace(cursor: string | undefined): Place | undefined {
  const place = readCursor(cursor, { schema: cursorSchema, sourceType: 'BODY' });
  return place && { at: new Date(place.at), id: place.id };
}
