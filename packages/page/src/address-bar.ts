/**
 * Reads the address bar once, and removes the fragment with the access token from it. This happens at import, and this module is imported first,
 * so that no other code of the page runs before it.
 */

let wiped: { readonly address?: string; readonly failure?: unknown } = wipe();

/**
 * Removes the fragment from the address bar and the history entry, and keeps path, query and the entry's state. A browser may refuse it: Safari
 * does after a hundred calls in half a minute. {@link takeAddress} throws the failure, because nothing catches it at import.
 */
function wipe(): typeof wiped {
  try {
    const { href, pathname, search } = location;
    history.replaceState(history.state, '', pathname + search);
    return { address: href };
  } catch (failure) {
    return { failure };
  }
}

/**
 * The address that the page was opened with, with its fragment. Undefined when called again, so that only the first caller has the token. Throws
 * if the fragment could not be removed: a token that stays visible is not used.
 */
export function takeAddress(): string | undefined {
  const taken = wiped;
  wiped = {};
  if ('failure' in taken) throw taken.failure;
  return taken.address;
}

/** Reads a new address that came without a page load: only its fragment has changed. */
export function wipeAgain(): void {
  wiped = wipe();
}

/** Whether this history entry has opened its session before: true after a reload. The token is missing then, which is no error. */
export function wasOpened(): boolean {
  try {
    return history.state.opened === true; // throws if the entry has no state, too
  } catch {
    return false;
  }
}

/** Marks this history entry as opened. If the browser refuses it, only the error text after a reload is less precise. */
export function markOpened(): void {
  try {
    history.replaceState({ opened: true }, '');
  } catch {}
}
