/** Asks the network again where it did not answer: with backoff and jitter, behind a circuit, under one deadline. */

import { KitError } from '../kit-error.ts';
import type { Circuit } from './circuit.ts';
import type { Timers } from './timers.ts';

const MAX_ATTEMPTS = 3;
/** Before the second attempt; twice as long before the third. Half of it is jitter, so that clients do not come back in step. */
const BACKOFF_MILLISECONDS = 200;

export interface RetryPolicy {
  readonly circuit: Circuit;
  /** Whom it asks, for messages: an origin. */
  readonly network: string;
  readonly clock: () => Date;
  readonly timers: Timers;
  /** From 0 up to 1: for jitter, not for secrets. */
  readonly random: () => number;
}

/**
 * Resolves to the first answer. Only `NETWORK_UNREACHABLE` is tried again, so `attempt` has to be safe to make twice: either the same
 * call is idempotent, or each attempt is a new one. A `Retry-After` is waited for if the deadline allows, and else handed on.
 * Rejects with the last attempt's error, or at once while the circuit is open.
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
