/** The common part of a pending payment and a pending added card, and the check of who may complete them. */
import { isMisconfigured, isSameBrowser, type Pending as KitPending } from '@payment-passkeys/kit';
import { ADVICE, type CardAdvice, type IgnoredBecause } from './advice.ts';
import type { RefusedProof } from './refused-proof.ts';

/** The stored record. It holds no account reference and no secret, only the SHA-256 (lower-case hex) of state and cookie. */
export interface Pending extends KitPending {
  /** The shop's own id of the shopper or of a guest's session. */
  readonly shopperId: string;
}

/** The browser and shopper of a return. */
export interface Visitor {
  /** The value of our cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
  /** The shopper who is signed in, if known. */
  readonly shopperId: string | undefined;
}

/** Whether the visitor may complete the pending record, decided before the callback's result is read. */
export type Admission<Stored extends Pending> =
  | { readonly ok: true; readonly pending: Stored }
  | { readonly ok: false; readonly because: IgnoredBecause };

export function admitVisitor<Stored extends Pending>(
  pending: Stored | undefined,
  { browser, shopperId }: Visitor,
): Admission<Stored> {
  if (pending === undefined) return { ok: false, because: 'UNKNOWN' };
  if (!isSameBrowser(browser, pending.browserHash)) return { ok: false, because: 'OTHER_BROWSER' };
  const isOther = shopperId !== undefined && shopperId !== pending.shopperId;
  return isOther ? { ok: false, because: 'OTHER_SHOPPER' } : { ok: true, pending };
}

/** A return that changed nothing. `PROOF_REFUSED` has the reason, for the shop's log. */
export type IgnoredReturn = {
  readonly status: 'IGNORED';
  readonly because: IgnoredBecause;
  readonly advice: CardAdvice;
} & Partial<RefusedProof>;

export function ignoredOutcome(because: IgnoredBecause): IgnoredReturn {
  return { status: 'IGNORED', because, advice: ADVICE.ignored[because] };
}

/**
 * The outcome of a refused proof. If the shop configured a wrong issuer or audience, every proof is refused, so the advice is not to try
 * again.
 */
export function refusedOutcome(refused: RefusedProof): IgnoredReturn {
  const advice = isMisconfigured(refused) ? ADVICE.wrongNetwork : ADVICE.ignored.PROOF_REFUSED;
  return { status: 'IGNORED', because: 'PROOF_REFUSED', ...refused, advice };
}
