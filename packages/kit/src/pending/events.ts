/** The parts that both kits need for `onEvent`. */
import type { RefusedProof } from '../proofs/refused-proof.ts';
import { type Pending, secondsSince } from './pending.ts';

/** Calls the host's hook. An error of the hook is dropped: counting must not stop an enrolment or a payment. */
export function emit<Event>(onEvent: ((event: Event) => void) | undefined, event: Event): void {
  try {
    onEvent?.(event);
  } catch {
    // dropped, as the docstring says
  }
}

/** The fields that describe a return's outcome in events. */
export interface ReturnDescription<Refusal extends string> extends Partial<RefusedProof<Refusal>> {
  /** The reason of a failure, or why the return was ignored; absent for a success. */
  readonly reason?: string;
  /** Seconds since the start, if the pending record was found. */
  readonly secondsAway?: number;
}

export function describeReturn<Refusal extends string>(
  outcome: { readonly status: string; readonly because?: string; readonly reason?: string } & Partial<
    RefusedProof<Refusal>
  >,
  stored: Pending | undefined,
  at: Date,
): ReturnDescription<Refusal> {
  const reason = outcome.because ?? outcome.reason;
  const { proofRefusal, proofAudience } = outcome;
  return {
    ...(reason !== undefined && { reason }),
    ...(proofRefusal && { proofRefusal }),
    ...(proofAudience && { proofAudience }),
    ...(stored && { secondsAway: secondsSince(stored, at) }),
  };
}
