/** Security headers, each set as one object. */
import type { Mode } from '@payment-passkeys/protocol';

/** For everything that is not a page: it must not be rendered, framed, stored or read across origins. */
export function apiHeaders(mode: Mode): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    ...(mode === 'production' ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  };
}

/**
 * For the hosted page: its own scripts, styles and back end only, at top level only. `styleSource` allows the style sheet inside the page.
 */
export const pageHeaders = (styleSource?: string): Readonly<Record<string, string>> => ({
  ...scriptedPage(styleSource),
  'permissions-policy':
    'publickey-credentials-create=(self), publickey-credentials-get=(self), payment=(self), camera=(), microphone=(), geolocation=()',
});

/** For the console's page: the same, but without payments. */
export const CONSOLE_PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...scriptedPage(undefined),
  'permissions-policy':
    'publickey-credentials-create=(self), publickey-credentials-get=(self), payment=(), camera=(), microphone=(), geolocation=()',
};

function scriptedPage(styleSource: string | undefined): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      `style-src 'self'${styleSource === undefined ? '' : ` ${styleSource}`}`,
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types lit-html',
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'x-frame-options': 'DENY',
  };
}

/** For the network's mark: opened directly, it can neither run nor load anything. */
export const MARK_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'image/svg+xml',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
  'cache-control': 'public, max-age=31536000, immutable',
};
