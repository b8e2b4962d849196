/** The outcomes that clients have asked for, in the database: so that all processes of the network share them, and count them together. */
import type { SandboxStep } from '@payment-passkeys/protocol/sandbox';
import { column, execute, query, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';

/** The steps that are met after the session was made. */
export type LaterStep = Exclude<SandboxStep, 'sessions'>;

const KEEP = statement({
  text: sql`INSERT INTO sandbox_session_outcome (session_id, step, outcome)
            SELECT ${'sessionId'}::text, step, outcome FROM unnest(${'steps'}::text[], ${'outcomes'}::text[]) AS asked (step, outcome)
            ON CONFLICT (session_id, step) DO UPDATE SET outcome = excluded.outcome, met = 0`,
});

/** Stores what the session meets. An earlier outcome of the same step is replaced. */
export async function keepOutcomes(
  pool: Pool,
  asked: { readonly sessionId: string; readonly outcomes: ReadonlyMap<LaterStep, string> },
): Promise<void> {
  const { sessionId, outcomes } = asked;
  await execute(pool, KEEP, { sessionId, steps: [...outcomes.keys()], outcomes: [...outcomes.values()] });
}

const FOUND = { sessionId: column.text('session_id'), outcome: column.text('outcome') };

const FIND = statement({
  text: sql`SELECT session_id AS "sessionId", outcome FROM sandbox_session_outcome WHERE session_id = ${'sessionId'} AND step = ${'step'}`,
  returns: FOUND,
});
const FIND_AUTHENTICATORS = statement({
  text: sql`SELECT session_id AS "sessionId", outcome FROM session JOIN sandbox_session_outcome USING (session_id)
            WHERE session_id = ${'sessionId'} AND client_id = ${'clientId'} AND step = 'authenticators'`,
  returns: FOUND,
});

export interface FoundOutcome {
  readonly sessionId: string;
  readonly outcome: string;
}

/** What the page of this session meets. */
export async function findPageOutcome(
  pool: Pool,
  call: { readonly sessionId: string; readonly step: 'open' | 'result' },
): Promise<FoundOutcome | undefined> {
  const [found] = await query(pool, FIND, call);
  return found;
}

/** What the client's Authenticators call for this session meets. */
export async function findAuthenticatorsOutcome(
  pool: Pool,
  call: { readonly sessionId: string; readonly clientId: string },
): Promise<FoundOutcome | undefined> {
  const [found] = await query(pool, FIND_AUTHENTICATORS, call);
  return found;
}

const MEET = statement({
  text: sql`UPDATE sandbox_session_outcome SET met = met + 1
            WHERE session_id = ${'sessionId'} AND step = ${'step'} AND met < ${'times'}`,
});

/** True for the first `times` calls. Counts over all processes. */
export async function meetOfSession(
  pool: Pool,
  call: { readonly sessionId: string; readonly step: LaterStep; readonly times: number },
): Promise<boolean> {
  return (await execute(pool, MEET, call)) === 1;
}

const MEET_OF_CLIENT = statement({
  text: sql`INSERT INTO sandbox_client_outcome AS counted (client_id, outcome, met) VALUES (${'clientId'}, ${'outcome'}, 1)
            ON CONFLICT (client_id, outcome) DO UPDATE SET met = (counted.met + 1) % (${'times'}::integer + 1)
            RETURNING met <> 0 AS meets`,
  returns: { meets: column.boolean() },
});

/** True for `times` calls of the client, then false for one call, then the same again. Counts over all processes. */
export async function meetOfClient(
  pool: Pool,
  call: { readonly clientId: string; readonly outcome: string; readonly times: number },
): Promise<boolean> {
  const [row] = await query(pool, MEET_OF_CLIENT, call);
  return row?.meets ?? false;
}
