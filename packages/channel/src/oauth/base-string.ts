/** The signature base string in the only two accepted forms: that of RFC 5849 §3.4.1, and that of Mastercard's own libraries. */
import type { Parameter } from './authorization.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';

export interface BaseStringInput {
  /** In upper case. */
  readonly method: string;
  readonly target: Target;
  /** All parameters of the Authorization header, decoded, without `realm` and `oauth_signature`. */
  readonly parameters: readonly Parameter[];
}

/** A request's address, split into parts that are unchanged from the wire. */
export interface Target {
  /** `https://verify.example`, in lower case, without a default port. */
  readonly origin: string;
  /** The origin with its default port, which Mastercard's Node library keeps if the address states it. Undefined for another port. */
  readonly originWithDefaultPort: string | undefined;
  /** At least `/`; percent-encoding untouched. */
  readonly path: string;
  /** Without the question mark; percent-encoding untouched. Empty when absent. */
  readonly query: string;
  /** The query's parameters, decoded as application/x-www-form-urlencoded (RFC 5849 §3.4.1.3.1). */
  readonly queryParameters: readonly Parameter[];
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' };

/** Undefined unless the address is absolute http(s) in printable ASCII, without user info or fragment, and its query decodes. */
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

/** Yields the base strings that a signature of this request may cover; each is built on demand. `first` changes only their order. */
export function* buildBaseStrings(
  input: BaseStringInput,
  first: 'RFC_5849' | 'MASTERCARD' = 'RFC_5849',
): Generator<string, void> {
  const { origin, originWithDefaultPort } = input.target;
  if (first === 'RFC_5849') yield strictBaseString(input);
  yield libraryBaseString(input, origin);
  if (originWithDefaultPort !== undefined) yield libraryBaseString(input, originWithDefaultPort);
  if (first === 'MASTERCARD') yield strictBaseString(input);
}

/** The base string of RFC 5849 §3.4.1. Parameters of a form-encoded body (§3.4.1.3.1) are not included: the contract's bodies are JSON. */
export function strictBaseString({ method, target, parameters }: BaseStringInput): string {
  const normalized = [...target.queryParameters, ...parameters]
    .map(([name, value]) => ({ name: percentEncode(name), value: percentEncode(value) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&');
  return `${percentEncode(method)}&${percentEncode(target.origin + target.path)}&${percentEncode(normalized)}`;
}

/**
 * The base string of mastercard-oauth1-signer 1.2.0 (github.com/Mastercard/oauth1-signer-nodejs, src/OAuth.js); Mastercard's gateway prints
 * the same form in github.com/Mastercard/oauth1-signer-python/issues/37. The Java and Python libraries produce the same string for a
 * request without an escaped or repeated query parameter and with at most one `!` and one `*`, and no `'`, `(` or `)`. Differences from RFC
 * 5849:
 * - values are encoded once, not twice (toOAuthParamString does not encode them, getSignatureBaseString encodes the whole);
 * - query parameters are used as they are in the address, not decoded (extractQueryParams), except for the characters that Node's url.parse
 * escapes;
 * - identical name=value pairs collapse, because values are kept in a Set;
 * - a pair that begins with `=` counts as a name;
 * - names are sorted as `name,[object Set]` (a Map's entries, sorted as strings), values only among those of one name;
 * - only the first `*` of the parameters and the first `!` of the whole are escaped, and `'`, `(` and `)` never (String.replace with a
 * string);
 * - an explicit default port is kept, because a string is compared with a number (getBaseUriString): hence `origin`.
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

/** Escapes the printable ASCII characters that Node's legacy url.parse escapes anywhere in a path or a query. */
function escapeAsUrlParse(text: string): string {
  return text.replace(/[{}|\\^`<>"']/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
