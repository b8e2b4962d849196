/** Retries a call without a usable answer: with backoff and jitter, behind a circuit breaker, under one deadline. */

import { KitError } from '../kit-error.ts';
import type { Circuit } from './circuit.ts';
import type { Timers } from './timers.ts';

const MAX_ATTEMPTS = 3;
/** The wait before the second attempt; it doubles before the third. Half of it is jitter, so that clients do not retry at the same time. */
const BACKOFF_MILLISECONDS = 200;

export interface RetryPolicy {
  readonly circuit: Circuit;
  /** The network's origin, for messages. */
  readonly network: string;
  readonly clock: () => Date;
  readonly timers: Timers;
  /** Returns a number from 0 up to 1, for jitter; not for secrets. */
  readonly random: () => number;
}

/**
 * Resolves to the first answer. Retries only `NETWORK_UNREACHABLE`, so `attempt` must be safe to repeat: the call is idempotent, or each
 * attempt is a new one. Waits for a `Retry-After` if the deadline allows, and otherwise passes it to the caller. Rejects with the last
 * attempt's error, or at once while the circuit is open.
 */
export async function retry<Answer>({
  attempt,
  deadline,
  policy,
}: {
  readonly attempt: () => Promise<Answer>;
  readonly deadline: Date;
  readonly policy: RetryPolicy;
}): Promise<Answer> {
  const { circuit, clock, timers, random, network } = policy;
  for (let attempts = 1; ; attempts += 1) {
    const closedFor = circuit.enter();
    if (closedFor > 0) throw notAsked(network, closedFor);
    try {
      const answer = await attempt();
      circuit.answered();
      return answer;
    } catch (error) {
      if (!(error instanceof KitError) || !error.code.startsWith('NETWORK_')) {
        circuit.notAsked();
        throw error;
      }
      if (error.code !== 'NETWORK_UNREACHABLE') {
        circuit.answered();
        throw error;
      }
      const wished = error.retryAfterSeconds === undefined ? undefined : error.retryAfterSeconds * 1000;
      const isOpen = circuit.failed(wished);
      const pause = (wished ?? 0) + BACKOFF_MILLISECONDS * 2 ** (attempts - 1) * (0.5 + random() / 2);
      if (isOpen || attempts === MAX_ATTEMPTS || clock().getTime() + pause >= deadline.getTime()) throw error;
      await timers.wait(pause);
    }
  }
}

function notAsked(network: string, milliseconds: number): KitError {
  const retryAfterSeconds = Math.ceil(milliseconds / 1000);
  return new KitError('NETWORK_UNREACHABLE', `not asked: ${network} did not answer just now`, {
    retryAfterSeconds,
  });
}
