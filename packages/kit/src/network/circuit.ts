/** A circuit breaker: while the network is down, cardholders are told so at once instead of after a deadline each. */

/** So many calls in a row without a usable answer open the circuit. */
const FAILURES_TO_OPEN = 5;
/** For so long nobody is let through; then one call is, as a probe. */
const OPEN_MILLISECONDS = 10_000;
/** The longest that a `Retry-After` keeps the circuit open: a slip of the network's must not shut a client out for a day. */
const MAX_OPEN_MILLISECONDS = 60_000;

export interface Circuit {
  /**
   * Asks to be let through. 0: go ahead, and say how it ended. More: the network is down, ask again in so many milliseconds.
   * Once the pause is over exactly one caller is let through, until its end is told.
   */
  enter(): number;
  /** The network answered, be it a refusal: closed from now on. */
  answered(): void;
  /** It did not. `retryAfterMilliseconds` is the network's own wish, where it had one. Whether nobody is let through now. */
  failed(retryAfterMilliseconds?: number): boolean;
  /** It was not asked after all: somebody else may probe. */
  notAsked(): void;
}

export function createCircuit({ clock }: { readonly clock: () => Date }): Circuit {
  let failures = 0;
  let openUntil = 0;
  let probing = false;
  return {
    enter() {
      if (failures < FAILURES_TO_OPEN) return 0;
      const now = clock().getTime();
      if (now < openUntil) return openUntil - now;
      if (probing) return OPEN_MILLISECONDS;
      probing = true;
      return 0;
    },
    answered() {
      failures = 0;
      probing = false;
    },
    failed(retryAfterMilliseconds = 0) {
      failures += 1;
      probing = false;
      const pause = Math.min(Math.max(OPEN_MILLISECONDS, retryAfterMilliseconds), MAX_OPEN_MILLISECONDS);
      openUntil = clock().getTime() + pause;
      return failures >= FAILURES_TO_OPEN;
    },
    notAsked() {
      probing = false;
    },
  };
}
