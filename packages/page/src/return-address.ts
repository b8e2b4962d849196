/** Where the page may go: nowhere but to an address that the network vouches for, and never to one that a browser would run. */
import { checkCallbackUri, isLocalhost, readOptional } from '@payment-passkeys/protocol';

/**
 * A callback without a result, as the network gave it. Undefined unless it is a callback by the protocol's rules; a private-use
 * scheme is taken from the network as it comes, but none that a browser gives a meaning of its own (`javascript:`, `data:`, …).
 */
export function readReturnAddress(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  // Whether a mode or a client allows the address is the network's decision; the page only asks that it is harmless.
  const checked = checkCallbackUri(text, { mode: 'sandbox', registeredSchemes: [scheme] });
  return 'uri' in checked ? checked.uri : undefined;
}

/** Whether `redirect` is `returnTo` with something in its query: same scheme, host, port and path. */
export function leadsTo(redirect: string, returnTo: string): boolean {
  const a = readOptional(() => new URL(redirect));
  const b = new URL(returnTo);
  return (
    a !== undefined &&
    a.protocol === b.protocol &&
    a.host === b.host &&
    a.pathname === b.pathname &&
    a.username === '' &&
    a.password === '' &&
    a.hash === ''
  );
}

/** The card's issuer, or a document: an address on the web, as the network gave it. */
export function isWebAddress(text: unknown): text is string {
  const url = typeof text === 'string' ? readOptional(() => new URL(text)) : undefined;
  if (url === undefined) return false;
  const { protocol, hostname, username } = url;
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isLocalhost(hostname)));
}

/** How an address is named to a cardholder whose bank's name is not known: its host. Undefined for an app's private scheme. */
export function hostOf(address: string): string | undefined {
  const { protocol, host } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? host : undefined;
}
