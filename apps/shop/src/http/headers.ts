/** The headers of every answer, once, as one object. */

/**
 * `form-action` names the network's origin, because a browser holds the redirect after a POST to it as well: "Pay" is answered 303 to the
 * network (CSP3 §4.2.1, as Chromium does it). `payment=(self)`: Secure Payment Confirmation runs on our own pages.
 * `no-referrer`: the callback's address carries a proof until it is redirected away.
 */
export function buildHeaders({ publicUrl, networkUrl }: { readonly publicUrl: string; readonly networkUrl: string }) {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "script-src 'self'",
    "connect-src 'self'",
    `form-action 'self' ${new URL(networkUrl).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(self)',
    'cache-control': 'no-store',
    ...(new URL(publicUrl).protocol === 'https:' && {
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
    }),
  };
}
