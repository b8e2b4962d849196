/** OAuth 1.0a as signed by Mastercard's library: the library itself builds the base string, node:crypto verifies the signature. */
import { createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import type { RequestHandler } from 'express';
import OAuth from 'mastercard-oauth1-signer';
import type { App } from './app.ts';
import { Refusal } from './refusal.ts';

declare global {
  namespace Express {
    interface Request {
      rawBody?: Buffer;
      client?: Client;
    }
  }
}

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly consumer_key: string;
  readonly signing_key: string;
  readonly bin_ranges: readonly string[];
}

/** The parts that the library builds its header from; its declarations contain only the whole header. */
interface Library {
  getBodyHash(body: string): string;
  getBaseUriString(url: string): string;
  extractQueryParams(url: string): Map<string, Set<string>>;
  toOAuthParamString(query: Map<string, Set<string>>, params: Map<string, string>): string;
  getSignatureBaseString(method: string, baseUri: string, params: string): string;
}

const library = OAuth as unknown as Library;

const MAX_SKEW_SECONDS = 300;
const keys = new Map<string, KeyObject>();

export function verifyOAuth({ pool, publicUrl }: App): RequestHandler {
  return async (request, _response, next) => {
    const params = readParams(request.headers.authorization);
    const body = request.rawBody?.toString() ?? '';
    const hash = Buffer.from(library.getBodyHash(body));
    const sent = Buffer.from(params.get('oauth_body_hash') ?? '');
    if (hash.length !== sent.length || !timingSafeEqual(hash, sent)) throw new Refusal(400, 'body hash');
    const timestamp = Number(params.get('oauth_timestamp'));
    if (!(Math.abs(Date.now() / 1000 - timestamp) <= MAX_SKEW_SECONDS)) throw new Refusal(403, 'timestamp');
    const found = await pool.query<Client>({
      name: 'client',
      text: 'SELECT id, name, consumer_key, signing_key, bin_ranges FROM clients WHERE consumer_key = $1',
      values: [params.get('oauth_consumer_key')],
    });
    const [client] = found.rows;
    if (client === undefined) throw new Refusal(403, 'consumer key');
    const signature = Buffer.from(params.get('oauth_signature') ?? '', 'base64');
    params.delete('oauth_signature');
    const url = publicUrl + request.originalUrl;
    const base = library.getSignatureBaseString(
      request.method,
      library.getBaseUriString(url),
      library.toOAuthParamString(library.extractQueryParams(url), params),
    );
    if (!verify('sha256', Buffer.from(base), keyOf(client), signature)) throw new Refusal(403, 'signature');
    const nonce = await pool.query({
      name: 'nonce',
      text: 'INSERT INTO nonces (consumer_key, nonce, signed_at) VALUES ($1, $2, to_timestamp($3)) ON CONFLICT DO NOTHING',
      values: [client.consumer_key, params.get('oauth_nonce'), timestamp],
    });
    if (nonce.rowCount !== 1) throw new Refusal(403, 'nonce');
    request.client = client;
    next();
  };
}

function readParams(header = ''): Map<string, string> {
  if (!header.startsWith('OAuth ')) throw new Refusal(401, 'no OAuth header');
  const pairs = header.slice('OAuth '.length).matchAll(/(\w+)="([^"]*)"/g);
  return new Map(
    [...pairs].map(([, name = '', value = '']) => [
      name,
      name === 'oauth_signature' ? decodeURIComponent(value) : value,
    ]),
  );
}

function keyOf({ signing_key }: Client): KeyObject {
  const known = keys.get(signing_key) ?? createPublicKey(signing_key);
  keys.set(signing_key, known);
  return known;
}
