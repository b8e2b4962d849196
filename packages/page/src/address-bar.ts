/**
 * The address bar, read once and wiped. Imported before everything else, so that the access token of the fragment is gone
 * before any other statement of the page runs. The one module with work at import: an `import` cannot be put after a statement.
 */

let wiped: { readonly address?: string; readonly failure?: unknown } = wipe();

/**
 * The fragment leaves the address bar and the history entry; path, query and the entry's state stay. A browser may refuse it (Safari after
 * a hundred in half a minute); here nobody would see that, so {@link takeAddress} tells.
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
 * The address that the page was opened with, fragment included. Undefined the second time: nobody keeps the token but the caller.
 * Throws where it could not be wiped: a token that stays in sight is not used.
 */
export function takeAddress(): string | undefined {
  const taken = wiped;
  wiped = {};
  if ('failure' in taken) throw taken.failure;
  return taken.address;
}

/** Takes a new address that arrived without a page load: the same launch URL with another fragment only changes the hash. */
export function wipeAgain(): void {
  wiped = wipe();
}

/** Whether this history entry has opened its session before: true after a reload, when the token is rightly gone. */
export function wasOpened(): boolean {
  try {
    return history.state.opened === true; // throws also where the entry has no state
  } catch {
    return false;
  }
}

/** A browser that refuses takes away the better words after a reload, and nothing else. */
export function markOpened(): void {
  try {
    history.replaceState({ opened: true }, '');
  } catch {}
}
