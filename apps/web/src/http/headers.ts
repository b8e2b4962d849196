/** The headers of every answer, built once. */

/** The permissions of a site's pages beyond the common policy. */
export interface PagePolicy {
  /** The only Trusted Types policy that may write HTML (`lit-html`), or `'none'` with its quotes. */
  readonly trustedTypes: string;
  /** Whether pages may use the Payment Request API, including Secure Payment Confirmation. */
  readonly payment: boolean;
}

/**
 * `form-action` names the network's origin: Chromium also checks the redirect after a POST (CSP3 §4.2.1), and our forms are answered with
 * 303 to the network. No page loads anything from another origin, and none can be framed. `no-referrer`: the callback's address contains a
 * proof until it is redirected.
 */
export function buildHeaders({
  publicUrl,
  networkUrl,
  policy: { trustedTypes, payment },
}: {
  readonly publicUrl: string;
  readonly networkUrl: string;
  readonly policy: PagePolicy;
}) {
  const contentSecurityPolicy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "script-src 'self'",
    "connect-src 'self'",
    `form-action 'self' ${new URL(networkUrl).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${trustedTypes}`,
  ];
  return {
    'content-security-policy': contentSecurityPolicy.join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': `camera=(), geolocation=(), microphone=(), payment=${payment ? '(self)' : '()'}`,
    'cache-control': 'no-store',
    ...(new URL(publicUrl).protocol === 'https:' && {
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    }),
  };
}
