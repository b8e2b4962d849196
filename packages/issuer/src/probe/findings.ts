/** What the probe says of one assumption. */
import type { AssumptionId } from './assumptions.ts';

/**
 * - `SEEN`: the endpoint does what the profile assumes.
 * - `DIFFERS`: it does something else; `seen` says what.
 * - `NOT_REACHED`: the probe cannot tell; `seen` says why.
 */
export type Verdict = 'SEEN' | 'DIFFERS' | 'NOT_REACHED';

/** The verdict on one row of the table in docs/moving-to-mastercard.md. */
export interface Finding {
  readonly id: AssumptionId;
  readonly verdict: Verdict;
  /** A sentence without any value of the account, key, token or proof. */
  readonly seen: string;
}

/** A setting of the profile, and the value that would correct it. */
export interface Correction {
  /** The option's name with dots: `fields.uri`. */
  readonly option: string;
  readonly value: string;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly seen: string;
  readonly corrections?: readonly Correction[];
}

export const seen = (text: string): Judgement => ({ verdict: 'SEEN', seen: text });
export const differs = (text: string, ...corrections: readonly Correction[]): Judgement => {
  return { verdict: 'DIFFERS', seen: text, corrections };
};
export const notReached = (why: string): Judgement => ({ verdict: 'NOT_REACHED', seen: why });
