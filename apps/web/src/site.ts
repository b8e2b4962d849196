/** The names that distinguish one website's cookies and tables from another's. */

export interface Site {
  /** The prefix of its cookies and tables: `bank` gives `__Host-bank_session` and `bank_session`. */
  readonly name: string;
  /** The table of the users. A constant of the program, because it is written into SQL. */
  readonly userTable: string;
  /** The key column of `userTable`. Also a constant. */
  readonly userIdColumn: string;
}

/** For every cookie of a site. Lax, not strict: the callback is a cross-site navigation and needs the session. */
export const COOKIE_ATTRIBUTES = { httpOnly: true, secure: true, sameSite: 'lax', path: '/' } as const;

/** With the prefix `__Host-`: no other host can set such a cookie (RFC 6265bis §4.1.3.2). */
export function cookieName({ name }: Pick<Site, 'name'>, cookie: string): string {
  return `__Host-${name}_${cookie}`;
}

export function sessionCookieName(site: Pick<Site, 'name'>): string {
  return cookieName(site, 'session');
}
