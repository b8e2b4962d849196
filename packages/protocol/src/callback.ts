/** The callback, contract §3: which addresses a cardholder may be sent back to, and what is written on them. */
import { readOptional } from './browser-objects.ts';
import { type Failure, isReason, type Reason, type SuccessStatus } from './outcomes.ts';

const MAX_CALLBACK_LENGTH = 2048;
const HTTPS_PORT = '443';
const RESERVED_PARAMETERS = ['status', 'reason', 'proofOfAuthentication'] as const;

export type Mode = 'sandbox' | 'production';

export interface CallbackPolicy {
  readonly mode: Mode;
  /** Private-use schemes (RFC 8252 §7.1) registered for the client, without the colon. */
  readonly registeredSchemes: readonly string[];
}

export type CallbackRefusal =
  | 'TOO_LONG'
  | 'NOT_ABSOLUTE'
  | 'SCHEME_NOT_ALLOWED'
  | 'HAS_USER_INFO'
  | 'HAS_FRAGMENT'
  | 'HAS_RESERVED_PARAMETER'
  | 'HOST_NOT_ALLOWED';

export type CheckedCallback = { readonly uri: string } | { readonly refusal: CallbackRefusal };

/** Labels of a host name (RFC 1123 §2.1), which IPv4 has the form of, or IPv6. WHATWG's parser also takes `*`, `_`, and empty labels. */
const HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.(?!$)|$))+$|^\[[0-9a-f:.]+\]$/;

/**
 * Checks a `callbackUri` of a Sessions call. Answers the address in its one WHATWG form, which is what must be kept and gone to:
 * the text that was checked and the text that is used are then the same to every parser.
 */
export function checkCallbackUri(text: string, policy: CallbackPolicy): CheckedCallback {
  if (text.length > MAX_CALLBACK_LENGTH) return { refusal: 'TOO_LONG' };
  // What URL parsers quietly drop or rewrite (controls, spaces, backslashes, non-ASCII hosts) is refused, not repaired.
  // Not by URL.canParse, which browsers have had since 2023 only.
  const url = /^[a-z][a-z0-9+.-]*:[\x21-\x5b\x5d-\x7e]+$/i.test(text) ? readOptional(() => new URL(text)) : undefined;
  if (url === undefined) return { refusal: 'NOT_ABSOLUTE' };
  const scheme = url.protocol.slice(0, -1);
  const web = scheme === 'https' || scheme === 'http';
  if (web && !/^https?:\/\/[^/]/i.test(text)) return { refusal: 'NOT_ABSOLUTE' };
  if (!web && !isRegisteredScheme(scheme, policy.registeredSchemes)) return { refusal: 'SCHEME_NOT_ALLOWED' };
  if (scheme === 'http' && !(policy.mode === 'sandbox' && isLocalhost(url.hostname)))
    return { refusal: 'SCHEME_NOT_ALLOWED' };
  if (url.username !== '' || url.password !== '' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(text)) {
    return { refusal: 'HAS_USER_INFO' };
  }
  if (text.includes('#')) return { refusal: 'HAS_FRAGMENT' };
  if (RESERVED_PARAMETERS.some((name) => url.searchParams.has(name))) return { refusal: 'HAS_RESERVED_PARAMETER' };
  if (web && !HOST.test(url.hostname)) return { refusal: 'HOST_NOT_ALLOWED' };
  if (url.href.length > MAX_CALLBACK_LENGTH) return { refusal: 'TOO_LONG' };
  return { uri: url.href };
}

/**
 * Checks a `callbackUri` of the launch URL's query: all that {@link checkCallbackUri} asks, and its host on the client's allow-list.
 * An entry is a host (`bank.example`), a suffix (`*.bank.example`, which is not `bank.example` itself), or either with a port.
 * In sandbox mode any port is taken; in production the entry's own, or the scheme's default where it names none.
 */
export function checkLaunchCallbackUri(
  text: string,
  policy: CallbackPolicy & { readonly callbackDomains: readonly string[] },
): CheckedCallback {
  const checked = checkCallbackUri(text, policy);
  if ('refusal' in checked) return checked;
  const url = new URL(checked.uri);
  return policy.callbackDomains.some((domain) => matchesDomain(url, domain, policy.mode))
    ? checked
    : { refusal: 'HOST_NOT_ALLOWED' };
}

function matchesDomain(url: URL, domain: string, mode: Mode): boolean {
  const [host = '', port = HTTPS_PORT] = domain.toLowerCase().split(':');
  if (host === '' || url.hostname === '') return false;
  const hostMatches = host.startsWith('*.')
    ? url.hostname.endsWith(host.slice(1)) && url.hostname.length > host.length - 1
    : url.hostname === host;
  // In production the only scheme with a port is https.
  return hostMatches && (mode === 'sandbox' || (url.port || HTTPS_PORT) === port);
}

/** What {@link isPrivateUseScheme} asks, for schemas. */
export const PRIVATE_USE_SCHEME = '^[a-z][a-z0-9+-]*(\\.[a-z0-9+-]+)+$';

/**
 * Whether a name, without the colon, is a private-use scheme: a domain name in reverse order, in lower case, and so with a dot
 * (RFC 8252 §7.1). No scheme that browsers or systems give a meaning of their own has one (`javascript`, `data`, `intent`, `tel`, …).
 */
export function isPrivateUseScheme(name: string): boolean {
  return new RegExp(PRIVATE_USE_SCHEME).test(name);
}

/** What browsers and Android give a meaning of their own. */
const MEANINGFUL_SCHEMES: readonly string[] = [
  ...['javascript', 'data', 'blob', 'file', 'about', 'vbscript', 'ftp', 'ws', 'wss', 'filesystem', 'view-source'],
  ...['intent', 'content', 'mailto', 'tel', 'sms'],
];

/** One without a dot may have been registered before the registration refused it. One with a meaning never counts, whatever was registered. */
function isRegisteredScheme(scheme: string, registered: readonly string[]): boolean {
  return !MEANINGFUL_SCHEMES.includes(scheme) && registered.some((known) => known.toLowerCase() === scheme);
}

/** `localhost` and everything below it (RFC 6761 §6.3). */
export function isLocalhost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** A callback's address for a success. The client's own parameters stay as they are; ours are appended. */
export function buildSuccessCallback(
  uri: string,
  proofOfAuthentication: string,
  status: SuccessStatus = 'ENROLLED',
): string {
  return append(uri, [
    ['status', status],
    ['proofOfAuthentication', proofOfAuthentication],
  ]);
}

/** A callback's address for a failure. */
export function buildFailureCallback(uri: string, { status, reason }: Failure): string {
  return append(uri, [
    ['status', status],
    ['reason', reason],
  ]);
}

function append(uri: string, parameters: readonly (readonly [string, string])[]): string {
  const separator = !uri.includes('?') ? '?' : uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
  return uri + separator + parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

export type CallbackResult<Success extends SuccessStatus = 'ENROLLED'> =
  | { readonly status: Success; readonly proofOfAuthentication: string }
  | { readonly status: 'CANCELLED' | 'ERROR'; readonly reason: Reason };

/**
 * Reads the parameters that the network appended. Undefined unless they are one whole result: each once, of the closed sets, and of
 * successes the one that is waited for (ENROLLED, or AUTHENTICATED for a payment).
 */
export function readCallback(parameters: URLSearchParams): CallbackResult | undefined;
export function readCallback<Success extends SuccessStatus>(
  parameters: URLSearchParams,
  success: Success,
): CallbackResult<Success> | undefined;
export function readCallback(
  parameters: URLSearchParams,
  success: SuccessStatus = 'ENROLLED',
): CallbackResult<SuccessStatus> | undefined {
  const once = (name: string): string | undefined => {
    const values = parameters.getAll(name);
    return values.length === 1 ? values[0] : undefined;
  };
  const status = once('status');
  if (status === success) {
    const proofOfAuthentication = once('proofOfAuthentication');
    return proofOfAuthentication ? { status: success, proofOfAuthentication } : undefined;
  }
  if (status !== 'CANCELLED' && status !== 'ERROR') return undefined;
  const reason = once('reason');
  return reason !== undefined && isReason(reason) ? { status, reason } : undefined;
}
