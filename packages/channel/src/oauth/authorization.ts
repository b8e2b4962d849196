/** The `Authorization: OAuth …` header of RFC 5849 §3.5.1. Writes one form, and reads the forms that the official clients send. */
import { percentDecode, percentEncode } from './percent-encoding.ts';

/** A parameter's name and value, decoded. */
export type Parameter = readonly [name: string, value: string];

export type AuthorizationReading =
  | { readonly ok: true; readonly parameters: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly code: 'MISSING_HEADER' | 'MALFORMED_HEADER' }
  | { readonly ok: false; readonly code: 'DUPLICATE_PARAMETER'; readonly parameter: string };

const MAX_HEADER_LENGTH = 8192;

/**
 * Reads the header's parameters. A value with a `%` is decoded once: Mastercard's Node and Java libraries send all values but the signature
 * raw (`oauth_body_hash="…+/="`, a consumer key with its `!`); the Python library and RFC 5849 §3.5.1 encode them. `realm` is left out (RFC
 * 5849 §3.4.1.3.1). Never throws.
 */
export function readAuthorization(header: string | undefined): AuthorizationReading {
  if (header === undefined || !/^OAuth(\s|$)/i.test(header)) return { ok: false, code: 'MISSING_HEADER' };
  if (header.length > MAX_HEADER_LENGTH || !/^[\x20-\x7e\t]*$/.test(header)) {
    return { ok: false, code: 'MALFORMED_HEADER' };
  }
  const list = header.slice('OAuth'.length);
  const pair = /[ \t]*([A-Za-z0-9._~-]{1,64})="([^"]*)"[ \t]*(,|$)/y;
  const parameters = new Map<string, string>();
  for (let separator: string | undefined = ','; separator === ','; ) {
    const match = pair.exec(list);
    const name = match?.[1];
    const value = percentDecode(match?.[2] ?? '');
    if (name === undefined || value === undefined) return { ok: false, code: 'MALFORMED_HEADER' };
    if (parameters.has(name)) return { ok: false, code: 'DUPLICATE_PARAMETER', parameter: name };
    parameters.set(name, value);
    separator = match?.[3];
  }
  parameters.delete('realm');
  return { ok: true, parameters };
}

/** Builds the header's value in the form of RFC 5849 §3.5.1: every value percent-encoded. */
export function buildAuthorization(parameters: readonly Parameter[]): string {
  return `OAuth ${parameters.map(([name, value]) => `${percentEncode(name)}="${percentEncode(value)}"`).join(',')}`;
}
