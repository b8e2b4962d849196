/** The callback, contract §3: which addresses are allowed, and how a result is added to one and read from one. */
import { readOptional } from './browser-objects.ts';
import { type Failure, isReason, type Reason, type SuccessStatus } from './outcomes.ts';

const MAX_CALLBACK_LENGTH = 2048;
const HTTPS_PORT = '443';
const RESERVED_PARAMETERS = ['status', 'reason', 'proofOfAuthentication'] as const;

/** `sandbox` is for development: it allows http on localhost, and any port. */
export type Mode = 'sandbox' | 'production';

/** The rules that decide whether a client's callback is allowed. */
export interface CallbackPolicy {
  readonly mode: Mode;
  /** Private-use schemes (RFC 8252 §7.1) registered for the client, without the colon. */
  readonly registeredSchemes: readonly string[];
}

/** Why a callback is not allowed. */
export type CallbackRefusal =
  | 'TOO_LONG'
  | 'NOT_ABSOLUTE'
  | 'SCHEME_NOT_ALLOWED'
  | 'HAS_USER_INFO'
  | 'HAS_FRAGMENT'
  | 'HAS_RESERVED_PARAMETER'
  | 'HOST_NOT_ALLOWED';

/** The allowed address in its normal form, or why it is refused. */
export type CheckedCallback =
  | { readonly ok: true; readonly uri: string }
  | { readonly ok: false; readonly refusal: CallbackRefusal };

/** A host name (RFC 1123 §2.1), which includes IPv4, or IPv6. The WHATWG parser also accepts `*`, `_` and empty labels. */
const HOST = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.(?!$)|$))+$|^\[[0-9a-f:.]+\]$/;

/**
 * Checks a `callbackUri` of a Sessions call: at most 2,048 characters, absolute, https (in sandbox mode also http on localhost) or a registered
 * scheme, without user info, fragment and the parameters that the network adds. Returns the address as the WHATWG URL parser writes it. Store
 * and use this form, so that every parser reads the same address that was checked. Never throws.
 */
export function checkCallbackUri(text: string, policy: CallbackPolicy): CheckedCallback {
  if (text.length > MAX_CALLBACK_LENGTH) return refuse('TOO_LONG');
  // URL parsers drop or rewrite controls, spaces, backslashes and non-ASCII hosts. Such an address is refused.
  // URL.canParse is not used: browsers have it only since 2023.
  const url = /^[a-z][a-z0-9+.-]*:[\x21-\x5b\x5d-\x7e]+$/i.test(text) ? readOptional(() => new URL(text)) : undefined;
  if (url === undefined) return refuse('NOT_ABSOLUTE');
  const scheme = url.protocol.slice(0, -1);
  const web = scheme === 'https' || scheme === 'http';
  if (web && !/^https?:\/\/[^/]/i.test(text)) return refuse('NOT_ABSOLUTE');
  if (!web && !isRegisteredScheme(scheme, policy.registeredSchemes)) return refuse('SCHEME_NOT_ALLOWED');
  if (scheme === 'http' && !(policy.mode === 'sandbox' && isLocalhost(url.hostname)))
    return refuse('SCHEME_NOT_ALLOWED');
  if (url.username !== '' || url.password !== '' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(text)) {
    return refuse('HAS_USER_INFO');
  }
  if (text.includes('#')) return refuse('HAS_FRAGMENT');
  if (RESERVED_PARAMETERS.some((name) => url.searchParams.has(name))) return refuse('HAS_RESERVED_PARAMETER');
  if (web && !HOST.test(url.hostname)) return refuse('HOST_NOT_ALLOWED');
  if (url.href.length > MAX_CALLBACK_LENGTH) return refuse('TOO_LONG');
  return { ok: true, uri: url.href };
}

function refuse(refusal: CallbackRefusal): CheckedCallback {
  return { ok: false, refusal };
}

/**
 * Checks a `callbackUri` from the launch URL's query, which is unsigned: as {@link checkCallbackUri}, and its host must be on the client's
 * allow-list. An entry is a host (`bank.example`), or a suffix (`*.bank.example`, which does not include `bank.example`); both may have a
 * port. In sandbox mode every port is allowed. In production it is the entry's port, or 443 if the entry has none. Never throws.
 */
export function checkLaunchCallbackUri(
  text: string,
  policy: CallbackPolicy & { readonly callbackDomains: readonly string[] },
): CheckedCallback {
  const checked = checkCallbackUri(text, policy);
  if (!checked.ok) return checked;
  const url = new URL(checked.uri);
  return policy.callbackDomains.some((domain) => matchesDomain(url, domain, policy.mode))
    ? checked
    : refuse('HOST_NOT_ALLOWED');
}

function matchesDomain(url: URL, domain: string, mode: Mode): boolean {
  const [host = '', port = HTTPS_PORT] = domain.toLowerCase().split(':');
  if (host === '' || url.hostname === '') return false;
  const hostMatches = host.startsWith('*.')
    ? url.hostname.endsWith(host.slice(1)) && url.hostname.length > host.length - 1
    : url.hostname === host;
  // In production only https addresses have a port.
  return hostMatches && (mode === 'sandbox' || (url.port || HTTPS_PORT) === port);
}

/** The pattern of {@link isPrivateUseScheme}, for schemas. */
export const PRIVATE_USE_SCHEME = '^[a-z][a-z0-9+-]*(\\.[a-z0-9+-]+)+$';

/**
 * Whether a name, without the colon, is a private-use scheme: a domain name in reverse order, in lower case (RFC 8252 §7.1). It always has a
 * dot. The schemes with a meaning in browsers or operating systems (`javascript`, `data`, `intent`, `tel`, …) never have one.
 */
export function isPrivateUseScheme(name: string): boolean {
  return new RegExp(PRIVATE_USE_SCHEME).test(name);
}

/** Schemes with a meaning in browsers or in Android. */
const MEANINGFUL_SCHEMES: readonly string[] = [
  ...['javascript', 'data', 'blob', 'file', 'about', 'vbscript', 'ftp', 'ws', 'wss', 'filesystem', 'view-source'],
  ...['intent', 'content', 'mailto', 'tel', 'sms'],
];

/** Schemes without a dot are accepted: older registrations may have them. A scheme with a meaning is never accepted. */
function isRegisteredScheme(scheme: string, registered: readonly string[]): boolean {
  return !MEANINGFUL_SCHEMES.includes(scheme) && registered.some((known) => known.toLowerCase() === scheme);
}

/** Whether a host name is `localhost` or ends with `.localhost` (RFC 6761 §6.3). */
export function isLocalhost(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** The callback's address for a success. The client's own parameters are not changed. Does not check `uri`: see {@link checkCallbackUri}. */
export function buildSuccessCallback(
  uri: string,
  proofOfAuthentication: string,
  status: SuccessStatus = 'ENROLLED',
): string {
  return append(uri, `status=${encode(status)}&proofOfAuthentication=${encode(proofOfAuthentication)}`);
}

/** The callback's address for a failure. Otherwise as `buildSuccessCallback`. */
export function buildFailureCallback(uri: string, { status, reason }: Failure): string {
  return append(uri, `status=${encode(status)}&reason=${encode(reason)}`);
}

function append(uri: string, parameters: string): string {
  const separator = !uri.includes('?') ? '?' : uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
  return uri + separator + parameters;
}

/** A proof has nothing to escape: to find that takes a third of the time of `encodeURIComponent`. */
function encode(value: string): string {
  return /^[\w.-]*$/.test(value) ? value : encodeURIComponent(value);
}

/** The result in a callback's parameters. The proof is not verified yet. */
export type CallbackResult<Success extends SuccessStatus = 'ENROLLED'> =
  | { readonly status: Success; readonly proofOfAuthentication: string }
  | { readonly status: 'CANCELLED' | 'ERROR'; readonly reason: Reason };

/**
 * Reads the parameters that the network added to a callback. Undefined if they are not one complete result: a parameter is missing or
 * repeated, a status or reason is unknown, or the success is not the expected one (ENROLLED; AUTHENTICATED for a payment). The caller
 * verifies the proof.
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
