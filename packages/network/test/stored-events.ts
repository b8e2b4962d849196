/** The events that the network has stored, for tests. */
import { compileSchema, EVENT_DATA, type EventType } from '@payment-passkeys/protocol';
import { expect } from 'vitest';
import { moveForReader } from '../src/domain/events/mover.ts';
import type { TestNetwork } from './running-network.ts';

export interface StoredEvent {
  readonly to: string;
  readonly type: EventType;
  readonly by: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The events since the last call, by type and client. Each must be as its schema says, without further members. */
export async function takeEvents({ database: { pool }, client, now }: TestNetwork): Promise<readonly StoredEvent[]> {
  await moveForReader(pool, { clientId: client.registration.clientId, now });
  const { rows } = await pool.query<StoredEvent>(
    'DELETE FROM event RETURNING client_id AS to, type, triggered_by AS by, occurred_at AS at, data',
  );
  for (const { type, data } of rows) {
    const schema = EVENT_DATA[type];
    expect({ type, violations: compileSchema(schema).violations(data) }).toEqual({ type, violations: [] });
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(data)));
  }
  return rows.toSorted((a, b) => `${a.type} ${a.to}`.localeCompare(`${b.type} ${b.to}`));
}

/** `binding.created to test-bank by ISSUER`. */
export const summarise = (events: readonly StoredEvent[]): readonly string[] =>
  events.map(({ to, type, by }) => `${type} to ${to} by ${by}`);
