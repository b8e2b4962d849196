/** The address bar: links of the console change the screen without loading the page. */

export interface Navigation {
  address(): URL;
  /** Goes to a path of the console, with a new entry in the browser's history. */
  go(path: string): void;
  /** Like `go`, in place of the current entry: for filters, and after a sign-in. */
  replace(path: string): void;
}

/** Calls `changed` after each change of the address. */
export function startNavigation(changed: () => void): Navigation {
  const move = (path: string, method: 'pushState' | 'replaceState') => {
    history[method](null, '', path);
    changed();
  };
  addEventListener('popstate', changed);
  document.addEventListener('click', (event) => {
    const link = plainClick(event);
    if (!link) return;
    event.preventDefault();
    move(link.pathname + link.search + link.hash, 'pushState');
  });
  return {
    address: () => new URL(location.href),
    go: (path) => move(path, 'pushState'),
    replace: (path) => move(path, 'replaceState'),
  };
}

/** The link of a click that the browser would follow in this tab, inside the console. */
function plainClick(event: MouseEvent): HTMLAnchorElement | undefined {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download')) return undefined;
  // The server answers these itself; a fragment alone is a place on this page.
  if (link.dataset.outside !== undefined) return undefined;
  if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return undefined;
  return link;
}
