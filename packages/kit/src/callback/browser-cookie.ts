/** A return belongs to the browser that left (contract §3): the cookie that ties what is pending to one browser. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BINDING_ANSWER_SECONDS, PENDING_ENROLMENT_SECONDS } from '@payment-passkeys/protocol';
import { parseCookie } from 'cookie';

/** The cookie that ties a callback to the browser that started. `__Host-`: only this origin can set it. */
export const BROWSER_COOKIE_NAME = '__Host-payment-passkey';

/** The same form for the cookie's value and for `state`: 256 random bits, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Attributes as Express, Fastify and the `cookie` package take them, but for `maxAge`: seconds here, as in Set-Cookie. */
export interface BrowserCookie {
  readonly name: typeof BROWSER_COOKIE_NAME;
  readonly value: string;
  readonly attributes: {
    readonly httpOnly: true;
    readonly secure: true;
    /** Not strict: the callback is a cross-site navigation. */
    readonly sameSite: 'lax';
    readonly path: '/';
    /** Seconds. As long as the outcome of what starts now can be asked for. */
    readonly maxAge: number;
  };
}

/**
 * The cookie to set before the browser leaves. A browser that has one keeps its value, so that two tabs can be away side by side;
 * a value that is not one of ours is replaced.
 */
export function buildBrowserCookie(existing: string | undefined): BrowserCookie {
  return {
    name: BROWSER_COOKIE_NAME,
    value: existing !== undefined && isSecret(existing) ? existing : newSecret(),
    attributes: {
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      path: '/',
      maxAge: PENDING_ENROLMENT_SECONDS + BINDING_ANSWER_SECONDS,
    },
  };
}

/** The cookie as a `Set-Cookie` header's value (RFC 6265 §4.1). */
export function serializeBrowserCookie({ name, value, attributes }: BrowserCookie): string {
  return `${name}=${value}; Path=${attributes.path}; Max-Age=${attributes.maxAge}; HttpOnly; Secure; SameSite=Lax`;
}

/**
 * Our cookie's value in a `Cookie` header; undefined unless it is there exactly once. A browser holds one `__Host-` cookie of a name, so
 * where there are two, one was planted, and nobody can tell which. Read pair by pair, because the parser keeps the first of a name only.
 * Around a name only spaces and tabs are taken off (RFC 6265bis §5.7): with U+00A0 before it, it is another cookie, which a sibling
 * domain may set without what `__Host-` asks for.
 */
export function readBrowserCookie(header: string | null | undefined): string | undefined {
  const values = (typeof header === 'string' ? header : '').split(';').flatMap((pair) => {
    const value = parseCookie(pair, { decode: (text) => text })[BROWSER_COOKIE_NAME];
    return value === undefined ? [] : [value];
  });
  return values.length === 1 ? values[0] : undefined;
}

/** 256 random bits, base64url: 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function isSecret(text: string): boolean {
  return SECRET.test(text);
}

/** Lower-case hex SHA-256: what is stored of a cookie, a state or a proof. A plain hash will do, all three are unguessable. */
export function sha256(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Whether a cookie's value is the one whose hash was stored. No cookie is no match. */
export function isSameBrowser(cookie: string | undefined, browserHash: string): boolean {
  if (cookie === undefined || !isSecret(cookie)) return false;
  const presented = Buffer.from(sha256(cookie));
  const stored = Buffer.from(browserHash);
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}
