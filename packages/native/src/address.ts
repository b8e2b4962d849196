/**
 * Normalises addresses to their WHATWG form (URL Standard §4.4), which the network uses for callbacks. React Native implements `URL` only
 * in part, so the steps that matter to a callback are implemented here. A test compares them with a complete `URL`.
 */
import { LaunchError } from './errors.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };
/** The part of the path percent-encode set (URL Standard §1.3) that a callback's address may contain: visible ASCII. */
const ENCODED_IN_PATHS = /["<>^`{}]/g;

/** Host names (RFC 1123 §2.1). IP addresses are excluded: they have many spellings, and an app link cannot use one. */
const HOST_NAME = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Scheme, host, port and path, without query and fragment. Undefined if the address is not visible ASCII (the network accepts no other
 * callback; a host with other letters must be in its `xn--` form), or if it is a web address without a host name.
 */
export function placeOf(address: unknown): string | undefined {
  if (typeof address !== 'string' || !/^[\x21-\x5b\x5d-\x7e]+$/.test(address)) return undefined;
  const parts = /^([a-z][a-z0-9+.-]*:)(\/\/[^/?#]*)?([^?#]*)/i.exec(address);
  if (parts === null) return undefined;
  const [, scheme = '', authority, path = ''] = parts;
  const protocol = scheme.toLowerCase();
  const host = authority === undefined ? undefined : normaliseHost(protocol, authority.slice('//'.length));
  if (!Object.hasOwn(DEFAULT_PORTS, protocol)) {
    const own = normalisePath(path);
    if (host !== undefined) return `${protocol}//${host}${own}`;
    // URL Standard §4.5, serializer: `/.` keeps a path from being parsed as a host.
    return protocol + (own.startsWith('//') ? '/.' : '') + own;
  }
  if (host === undefined || !HOST_NAME.test(host.replace(/:[0-9]+$/, ''))) return undefined;
  return `${protocol}//${host}${normalisePath(path || '/')}`;
}

/** Removes leading zeros of the port. In a web address: lower case, and no default port. */
function normaliseHost(protocol: string, authority: string): string {
  const defaultPort = Object.hasOwn(DEFAULT_PORTS, protocol) ? DEFAULT_PORTS[protocol] : undefined;
  const [, name = '', digits = ''] = /^(.*?)(?::([0-9]*))?$/.exec(authority) ?? [];
  const port = digits.replace(/^0+(?=.)/, '');
  const host = defaultPort === undefined ? name : name.toLowerCase();
  return port === '' || port === defaultPort ? host : `${host}:${port}`;
}

/** Resolves `.` and `..`, also if their dots are written as `%2e`. */
function normalisePath(path: string): string {
  if (!path.startsWith('/')) return path;
  const steps: string[] = [];
  const segments = path.slice(1).split('/');
  segments.forEach((segment, at) => {
    const dots = segment.replace(/%2e/gi, '.');
    if (dots === '..') steps.pop();
    else if (dots !== '.') steps.push(segment);
    if ((dots === '..' || dots === '.') && at === segments.length - 1) steps.push('');
  });
  return `/${steps.join('/')}`.replace(
    ENCODED_IN_PATHS,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The callback's address without query, for comparison: https, or a private-use scheme in reverse-domain form, which another app does not
 * register by accident (RFC 8252 §7.1). Throws LaunchError `INVALID_LAUNCH`.
 */
export function readCallbackPlace(callbackUri: unknown): string {
  const place = placeOf(callbackUri);
  if (place === undefined || !(isHttps(place) || /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//.test(place))) {
    throw new LaunchError(
      'INVALID_LAUNCH',
      'callbackUri has to be https, or of a scheme with a dot, and of ASCII characters',
    );
  }
  return place;
}

export function isHttps(address: string): boolean {
  return /^https:\/\/[^/?#@]+([/?#]|$)/i.test(address);
}
