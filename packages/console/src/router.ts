/** Which screen an address belongs to. Pure: the History API is used in navigation.ts. */
import type { OperatorRole } from '@payment-passkeys/protocol/console';
import type { ScreenModule } from './screen.ts';

export interface Route {
  /** `/sessions/:id`: a part that begins with a colon is any one part of the path, and has that name in `params`. */
  readonly path: string;
  /** The screen's title, and its name in the navigation. */
  readonly title: string;
  /** The roles that may see the screen. */
  readonly roles: readonly OperatorRole[];
  /** Present if the navigation has it. A screen that is reached from another one has none, and belongs to that one's entry. */
  readonly icon?: string;
  /** Only a network in sandbox mode has it. */
  readonly sandbox?: true;
  load(): Promise<ScreenModule>;
}

/** One address, read. */
export interface Place {
  readonly path: string;
  /** Undefined if no screen has the address. */
  readonly route: Route | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** Never throws, whatever the address is. */
export function readPlace(address: URL, routes: readonly Route[]): Place {
  const path = address.pathname.replace(/(?<=.)\/+$/, '');
  for (const route of routes) {
    const params = matchPath(route.path, path);
    if (params) return { path, route, params, query: address.searchParams };
  }
  return { path, route: undefined, params: {}, query: address.searchParams };
}

/** The values of the parts that begin with a colon; undefined if the path has another form. */
export function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const parts = path.split('/');
  if (wanted.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [position, name] of wanted.entries()) {
    const part = parts[position] ?? '';
    if (!name.startsWith(':')) {
      if (part !== name) return undefined;
      continue;
    }
    const value = decode(part);
    if (value === undefined || value === '') return undefined;
    params[name.slice(1)] = value;
  }
  return params;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}

/** The address to go to after the sign-in: `next` if it is a path of this console, else the start. */
export function readNext(query: URLSearchParams): string {
  const next = query.get('next') ?? '';
  // Neither //host nor /\host, which browsers read as another origin.
  return /^\/(?![/\\])/.test(next) && !next.startsWith('/sign-in') ? next : '/';
}

/** The path with a query of the values that are set. */
export function withQuery(path: string, values: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}
