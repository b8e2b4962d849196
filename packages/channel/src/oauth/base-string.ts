/**
 * The signature base string, in the two forms that a signature is accepted over, and no other:
 * the one of RFC 5849 §3.4.1, and the one that Mastercard's own libraries make.
 */
import type { Parameter } from './authorization.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';

export interface BaseStringInput {
  /** In upper case. */
  readonly method: string;
  readonly target: Target;
  /** All parameters of the Authorization header, decoded, without `realm` and `oauth_signature`. */
  readonly parameters: readonly Parameter[];
}

/** A request's address, taken apart and otherwise as it is on the wire. */
export interface Target {
  /** `https://verify.example`, in lower case, without a default port. */
  readonly origin: string;
  /** The same where the scheme's default port is spelled out, as Mastercard's Node library keeps it; else undefined. */
  readonly originWithDefaultPort: string | undefined;
  /** At least `/`; percent-encoding untouched. */
  readonly path: string;
  /** Without the question mark; percent-encoding untouched. Empty when absent. */
  readonly query: string;
  /** The query's parameters, decoded as application/x-www-form-urlencoded (RFC 5849 §3.4.1.3.1). */
  readonly queryParameters: readonly Parameter[];
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Undefined for anything but an absolute http(s) address in printable ASCII, without user info or fragment, whose query decodes. */
export function readTarget(url: string): Target | undefined {
  if (!/^[\x21-\x7e]+$/.test(url)) return undefined;
  const match = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^:/?#@[\]\\]+)(?::([0-9]{1,5}))?(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', port, path = '/', query = ''] = match;
  const queryParameters = readQuery(query);
  if (queryParameters === undefined) return undefined;
  const site = `${scheme}://${host}`.toLowerCase();
  const defaultPort = DEFAULT_PORTS[scheme.toLowerCase()];
  const usesDefault = port === undefined || port === defaultPort;
  return {
    origin: usesDefault ? site : `${site}:${port}`,
    originWithDefaultPort: usesDefault ? `${site}:${defaultPort}` : undefined,
    path,
    query,
    queryParameters,
  };
}

function readQuery(query: string): readonly Parameter[] | undefined {
  const parameters: Parameter[] = [];
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const [name, value] = splitPair(pair, pair.indexOf('=')).map((text) => percentDecode(text.replaceAll('+', ' ')));
    if (name === undefined || value === undefined) return undefined;
    parameters.push([name, value]);
  }
  return parameters;
}

function splitPair(pair: string, at: number): [string, string] {
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** Every base string that a signature of this request may be over, RFC 5849's first; each is made as it is asked for. */
export function* buildBaseStrings(input: BaseStringInput): Generator<string, void> {
  const { origin, originWithDefaultPort } = input.target;
  yield strictBaseString(input);
  yield libraryBaseString(input, origin);
  if (originWithDefaultPort !== undefined) yield libraryBaseString(input, originWithDefaultPort);
}

/** RFC 5849 §3.4.1, to the letter. A form-encoded body's parameters (§3.4.1.3.1) are not part of it: the contract's bodies are JSON. */
export function strictBaseString({ method, target, parameters }: BaseStringInput): string {
  const normalized = [...target.queryParameters, ...parameters]
    .map(([name, value]): Parameter => [percentEncode(name), percentEncode(value)])
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  return [method, target.origin + target.path, normalized].map(percentEncode).join('&');
}

/**
 * As mastercard-oauth1-signer 1.2.0 (github.com/Mastercard/oauth1-signer-nodejs, src/OAuth.js) makes it, and as Mastercard's gateway prints it in
 * github.com/Mastercard/oauth1-signer-python/issues/37. The Java and Python libraries make the same string for a request without an
 * escaped or repeated query parameter and with at most one `!` and one `*`, and no `'`, `(` or `)`. It differs from RFC 5849 in that:
 * values are encoded once, not twice (toOAuthParamString takes them as they are, getSignatureBaseString encodes the whole);
 * query parameters are taken as they stand in the address, not decoded (extractQueryParams), but for the characters that Node's
 * url.parse escapes; identical name=value pairs collapse, since values are kept in a Set; a pair that begins with `=` is all name;
 * names are sorted as `name,[object Set]` (a Map's entries, sorted as strings), values only among those of one name;
 * only the first `*` of the parameters and the first `!` of the whole are escaped, and `'`, `(` and `)` never (String.replace with a string);
 * an explicit default port is kept, because a string is compared with a number (getBaseUriString): hence `origin`.
 */
export function libraryBaseString(input: BaseStringInput, origin: string = input.target.origin): string {
  const { method, target, parameters } = input;
  const parameterString = libraryParameterString(escapeAsUrlParse(target.query), parameters);
  return [
    method,
    encodeURIComponent(origin + escapeAsUrlParse(target.path)),
    encodeURIComponent(parameterString).replace('*', '%2A'),
  ]
    .join('&')
    .replace('!', '%21');
}

function libraryParameterString(query: string, parameters: readonly Parameter[]): string {
  const values = new Map<string, Set<string>>();
  const add = ([name, value]: Parameter) => values.set(name, (values.get(name) ?? new Set()).add(value));
  if (query !== '') {
    for (const pair of query.split('&')) add(splitPair(pair, pair.indexOf('=') || -1));
  }
  for (const parameter of parameters) add(parameter);
  return [...values]
    .sort(([nameA], [nameB]) => compare(`${nameA},[object Set]`, `${nameB},[object Set]`))
    .flatMap(([name, ofName]) => [...ofName].sort().map((value) => `${name}=${value}`))
    .join('&');
}

/** The printable ASCII characters that Node's legacy url.parse escapes wherever they stand in a path or a query. */
function escapeAsUrlParse(text: string): string {
  return text.replace(/[{}|\\^`<>"']/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
