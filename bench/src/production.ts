/** How the servers under test are reached: in production mode, as behind the proxy that ends TLS. */

/** The public address of every server under test, which signatures cover. It is never resolved. */
export const PUBLIC_URL = 'https://verify.network.example';

export const CALLBACK_URI = 'https://www.bank.example/passkeys/callback?state=abc';

/** The headers that the proxy adds. In production mode a network answers requests that came by https only. */
export const PROXY_HEADERS = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7' } as const;

/** The address of the proxy, for TRUST_PROXY: every caller of the bench is on loopback. */
export const PROXY_ADDRESS = '127.0.0.1';

export async function fetchByHttps(url: string): Promise<Response> {
  return fetch(url, { headers: PROXY_HEADERS, signal: AbortSignal.timeout(5000) });
}
