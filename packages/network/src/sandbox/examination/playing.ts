/** The row that a request belongs to. It is read once for each request. */
import type { FastifyRequest } from 'fastify';
import type { Network } from '../../network.ts';
import type { Observation } from './observation.ts';
import { findRow, type Row } from './rows/index.ts';
import { findPlayingRow, observe, type PlayingRow } from './store.ts';

/** A row that a session has met, with what was recorded before this request. */
export interface Playing {
  readonly row: Row;
  readonly observed: readonly Observation[];
  /** Records an observation for the row. */
  note(observation: Observation): Promise<void>;
}

const found = new WeakMap<FastifyRequest, Promise<Playing | undefined>>();

/** Undefined for a session that has met no row, or whose examination has ended. */
export function findPlaying(
  request: FastifyRequest,
  sessionId: string | undefined,
  { pool, clock }: Pick<Network, 'pool' | 'clock'>,
): Promise<Playing | undefined> {
  const before = found.get(request);
  if (before !== undefined) return before;
  const search = async (): Promise<Playing | undefined> => {
    if (sessionId === undefined) return undefined;
    const stored = await findPlayingRow(pool, { sessionId, now: clock() });
    return stored && describePlaying(stored, pool);
  };
  const playing = search();
  found.set(request, playing);
  return playing;
}

function describePlaying(stored: PlayingRow, pool: Network['pool']): Playing | undefined {
  const row = findRow(stored.role, stored.rowId);
  if (row === undefined) return undefined;
  return { row, observed: stored.observed, note: (observation) => observe(pool, stored, observation) };
}
