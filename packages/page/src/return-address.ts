/** Decides to which addresses the page may navigate: only to one from the network, and never to one that a browser would execute. */
import { checkCallbackUri, isLocalhost, readOptional } from '@payment-passkeys/protocol';

/**
 * Reads a callback without a result, from the network. Undefined if it is not a callback by the protocol's rules. Every private-use scheme is
 * accepted, but no scheme that has a meaning in browsers (`javascript:`, `data:`, …).
 */
export function readReturnAddress(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const scheme = text.slice(0, text.indexOf(':')).toLowerCase();
  // The network decides whether mode and client allow the address. The page only checks that it is harmless.
  const checked = checkCallbackUri(text, { mode: 'sandbox', registeredSchemes: [scheme] });
  return checked.ok ? checked.uri : undefined;
}

/** Whether `redirect` differs from `returnTo` only in the query: same scheme, host, port and path. */
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

/** Whether a value from the network is a web address: of the card's issuer, or of a document. */
export function isWebAddress(text: unknown): text is string {
  const url = typeof text === 'string' ? readOptional(() => new URL(text)) : undefined;
  if (url === undefined) return false;
  const { protocol, hostname, username } = url;
  return username === '' && (protocol === 'https:' || (protocol === 'http:' && isLocalhost(hostname)));
}

/** The host of an address, shown if the client's name is not known. Undefined for an app's private-use scheme. */
export function hostOf(address: string): string | undefined {
  const { protocol, host } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? host : undefined;
}
