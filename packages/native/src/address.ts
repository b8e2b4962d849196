/**
 * Addresses in their one WHATWG form (URL Standard §4.4), in which the network sends a browser to them: React Native has `URL` only in
 * part, so the steps that matter to a callback are done here. A test holds them to a whole `URL`.
 */
import { LaunchError } from './errors.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };
/** The path percent-encode set (URL Standard §1.3) within what a callback's address may hold: visible ASCII. */
const ENCODED_IN_PATHS = /["<>^`{}]/g;

/** Names of hosts (RFC 1123 §2.1). Not an IP address, which has many spellings and which no app link can be of. */
const HOST_NAME = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?$/;

/**
 * Scheme, host, port and path, without query and fragment. Undefined for what is no address of visible ASCII characters (the network takes
 * no other for a callback, so a host with letters beyond ASCII has to be written in its `xn--` form), and for a web address without a host
 * name.
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
    // URL Standard §4.5, serializer: so that no path is taken for a host.
    return protocol + (own.startsWith('//') ? '/.' : '') + own;
  }
  if (host === undefined || !HOST_NAME.test(host.replace(/:[0-9]+$/, ''))) return undefined;
  return `${protocol}//${host}${normalisePath(path || '/')}`;
}

/** A port has no zeros in front. Of a web address: lower case, and no port where it is the default one. */
function normaliseHost(protocol: string, authority: string): string {
  const defaultPort = Object.hasOwn(DEFAULT_PORTS, protocol) ? DEFAULT_PORTS[protocol] : undefined;
  const [, name = '', digits = ''] = /^(.*?)(?::([0-9]*))?$/.exec(authority) ?? [];
  const port = digits.replace(/^0+(?=.)/, '');
  const host = defaultPort === undefined ? name : name.toLowerCase();
  return port === '' || port === defaultPort ? host : `${host}:${port}`;
}

/** `.` and `..` are steps, also where their dots are written as `%2e`. */
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
 * The place of a callback, to be compared with: https, or of a private-use scheme in reverse-domain form, which nobody else's app has by
 * accident (RFC 8252 §7.1). Throws LaunchError `INVALID_LAUNCH`.
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
