/** Compares the events with the facts at the end of a run: never an event without its fact, never a fact without its event. */
import type { Pool } from 'pg';
import type { FinalState } from './final-state.ts';

export interface FinalEvent {
  readonly clientId: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads all events: those in the clients' logs, and those that are not moved there yet. */
export async function readFinalEvents(pool: Pool): Promise<readonly FinalEvent[]> {
  const { rows } = await pool.query<FinalEvent>(
    `SELECT client_id AS "clientId", type, data FROM outbox UNION ALL SELECT client_id, type, data FROM event`,
  );
  return rows;
}

/** Sentences that describe violations; empty when there are none. Pure. */
export function findEventFaults({ sessions, bindings }: FinalState, events: readonly FinalEvent[]): readonly string[] {
  const facts = [
    ...sessions.map(({ clientId, sessionId, state }) => `session.ended ${clientId} ${sessionId} ${state}`),
    ...sessions
      .filter(({ state }) => state === 'approved')
      .map(({ clientId, sessionId }) => `payment.approved ${clientId} ${sessionId}`),
    ...bindings.map(({ clientId, bindingId }) => `binding.created ${clientId} ${bindingId}`),
  ];
  const clients = new Map(sessions.map(({ sessionId, clientId }) => [sessionId, clientId]));
  const holders = new Map(bindings.map(({ bindingId, clientId }) => [bindingId, clientId]));
  const told = events.flatMap(({ clientId, type, data }) => {
    const { authenticationSessionId: sessionId, bindingId, state } = data as Record<string, string>;
    // The card's issuer also gets the events of a shop's binding and payment. Such an event is left out, unless its fact does not exist.
    const holder = type === 'binding.created' ? holders.get(bindingId ?? '') : clients.get(sessionId ?? '');
    if (holder !== undefined && holder !== clientId) return [];
    switch (type) {
      case 'session.ended':
        return [`${type} ${clientId} ${sessionId} ${state}`];
      case 'payment.approved':
        return [`${type} ${clientId} ${sessionId}`];
      case 'binding.created':
        return [`${type} ${clientId} ${bindingId}`];
      default:
        return [];
    }
  });
  const [known, heard] = [new Set(facts), new Set(told)];
  return [
    ...facts.filter((fact) => !heard.has(fact)).map((fact) => `no event says: ${fact}`),
    ...told.filter((event) => !known.has(event)).map((event) => `an event without its fact: ${event}`),
    ...told.filter((event, position) => told.indexOf(event) !== position).map((event) => `told twice: ${event}`),
  ];
}
