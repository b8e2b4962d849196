/**
 * The address bar, read once and wiped. Imported before everything else, so that the access token of the fragment is gone
 * before any other statement of the page runs. The one module with work at import: an `import` cannot be put after a statement.
 */

let address: string | undefined = wipe();

/** The fragment leaves the address bar and the history entry; path, query and the entry's state stay. */
function wipe(): string {
  const { href, pathname, search } = location;
  history.replaceState(history.state, '', pathname + search);
  return href;
}

/** The address that the page was opened with, fragment included. Undefined the second time: nobody keeps the token but the caller. */
export function takeAddress(): string | undefined {
  const taken = address;
  address = undefined;
  return taken;
}

/** Takes a new address that arrived without a page load: the same launch URL with another fragment only changes the hash. */
export function wipeAgain(): void {
  address = wipe();
}

/** Whether this history entry has opened its session before: true after a reload, when the token is rightly gone. */
export function wasOpened(): boolean {
  return (history.state as { opened?: unknown } | null)?.opened === true; // `any` in the DOM's own types
}

export function markOpened(): void {
  history.replaceState({ opened: true }, '');
}
