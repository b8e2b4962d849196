/** The compact form of a JWS (RFC 7515 §7.1) whose payload is a JSON object. It is the same for every algorithm. */
import { decodeBase64Url } from './base64.ts';
import type { Signer } from './rsa.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A token whose form is right. Neither its header nor its signature is verified yet. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

/** The same bound as for a compact JWS in the package protocol. */
const MAX_LENGTH = 4096;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined if it does not have three parts in canonical base64url with JSON objects in the first two, or if its header has `crit`. */
export function readCompactJws(token: string): CompactJws | undefined {
  if (token.length > MAX_LENGTH) return undefined;
  const segments = token.split('.');
  if (segments.length !== 3) return undefined;
  const [headerBytes, claimsBytes, signature] = segments.map(decodeBase64Url);
  if (!headerBytes || !claimsBytes || !signature) return undefined;
  const header = readJsonObject(headerBytes);
  const claims = readJsonObject(claimsBytes);
  if (header === undefined || claims === undefined || 'crit' in header) return undefined;
  return { header, claims, signed: Buffer.from(token.slice(0, token.lastIndexOf('.'))), signature };
}

/** Signs header and claims as they are given, without any check. A member that is undefined is left out. */
export async function signCompactJws(options: {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly sign: Signer;
}): Promise<string> {
  const { header, claims, sign } = options;
  const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`;
  const signature = await sign(Buffer.from(signed));
  return `${signed}.${Buffer.from(signature).toString('base64url')}`;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function readJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
