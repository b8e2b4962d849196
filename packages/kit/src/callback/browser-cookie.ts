/** The cookie that ties a pending enrolment or payment to the browser that started it (contract §3). */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { BINDING_ANSWER_SECONDS, PENDING_ENROLMENT_SECONDS } from '@payment-passkeys/protocol';
import { parseCookie } from 'cookie';

/** The cookie's name. With `__Host-`, only this origin can set the cookie. */
export const BROWSER_COOKIE_NAME = '__Host-payment-passkey';

/** The form of the cookie's value and of `state`: 256 random bits, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * A cookie with the attributes that Express, Fastify and the `cookie` package take. Only `maxAge` differs from Express: it is in seconds,
 * as in Set-Cookie.
 */
export interface BrowserCookie {
  readonly name: typeof BROWSER_COOKIE_NAME;
  readonly value: string;
  readonly attributes: {
    readonly httpOnly: true;
    readonly secure: true;
    /** Not strict: the callback is a cross-site navigation. */
    readonly sameSite: 'lax';
    readonly path: '/';
    /** In seconds. The cookie lasts as long as the outcome of a visit that starts now can be read. */
    readonly maxAge: number;
  };
}

/**
 * The cookie to set before the browser leaves. If the browser has one already, its value is kept, so that two tabs can be away at the same
 * time. A value of another form is replaced.
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
 * Our cookie's value in a `Cookie` header; undefined unless the header has it exactly once. A browser holds one `__Host-` cookie of a name,
 * so two of them mean that one was planted. The header is read pair by pair, because the parser keeps only the first of a name. Only spaces
 * and tabs around a name are removed (RFC 6265bis §5.7): a name after U+00A0 is another cookie, which a sibling domain can set without the
 * conditions of `__Host-`.
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

/**
 * Lower-case hex SHA-256: the form in which a cookie, a state or a proof is stored. A plain hash is enough, because all three are
 * unguessable.
 */
export function sha256(secret: string): string {
  return hash('sha256', secret, 'hex');
}

/** Whether a cookie's value has the stored hash. False without a cookie. */
export function isSameBrowser(cookie: string | undefined, browserHash: string): boolean {
  if (cookie === undefined || !isSecret(cookie)) return false;
  const presented = Buffer.from(sha256(cookie));
  const stored = Buffer.from(browserHash);
  return presented.length === stored.length && timingSafeEqual(presented, stored);
}
