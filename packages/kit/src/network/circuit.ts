/** A circuit breaker: while the network is down, calls fail at once, so that cardholders do not wait for a deadline each. */

/** The circuit opens after this many calls in a row without a usable answer. */
const FAILURES_TO_OPEN = 5;
/** How long the circuit stays open; then one call is made as a probe. */
const OPEN_MILLISECONDS = 10_000;
/** A `Retry-After` keeps the circuit open for at most this long: a mistake of the network must not block a client for a day. */
const MAX_OPEN_MILLISECONDS = 60_000;

export interface Circuit {
  /**
   * Asks for permission to call. 0: the caller may call, and must report the result. More than 0: the network is down; try again after so
   * many milliseconds. After the pause exactly one caller is admitted until it reports its result.
   */
  enter(): number;
  /** The network answered, even if with a refusal: the circuit closes. */
  answered(): void;
  /**
   * The network did not answer. `retryAfterMilliseconds` is the network's own value, if it gave one. Returns whether the circuit is open
   * now.
   */
  failed(retryAfterMilliseconds?: number): boolean;
  /** No call was made: another caller may probe. */
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
