/**
 * Calls an address that a client has named: only an allowed one, with a time limit. Redirects are not followed, and the body of the answer is not
 * read.
 */
import { request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import type { TcpNetConnectOpts } from 'node:net';
import { assertHostAllowed, guardedLookup, type Reach } from './public-address.ts';

export interface Post {
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the answer was; or why there was none: TIMEOUT, ADDRESS_NOT_PUBLIC, or the code of the socket's error, such as ECONNREFUSED. */
export type PostOutcome = { readonly status: number } | { readonly failure: string };

export interface PostOptions {
  readonly reach: Reach;
  /** The time from the call to the status line of the answer. */
  readonly timeoutMilliseconds: number;
  /** Ends the post; its outcome is TIMEOUT then. */
  readonly signal: AbortSignal;
  readonly lookup?: ReturnType<typeof guardedLookup>;
}

/** How long one address of a name is tried before the next. */
const ADDRESS_MILLISECONDS = 2_000;

/**
 * Posts JSON; never throws. A redirect is an outcome like any other status: it is not followed. The connection is closed after the status and
 * the headers (at most 16 KiB, Node's bound), so an answer's body costs nothing. https verifies the certificate for the name in `uri`.
 */
export function post({ uri, headers, body }: Post, options: PostOptions): Promise<PostOutcome> {
  const ofBody = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return call({ uri, method: 'POST', headers: { ...headers, ...ofBody }, body }, options);
}

/** Gets the address without a cookie, as {@link post} posts. */
export function visit(uri: string, options: PostOptions): Promise<PostOutcome> {
  return call({ uri, method: 'GET', headers: { accept: 'text/html' }, body: undefined }, options);
}

interface Request {
  readonly uri: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string | undefined;
}

function call({ uri, method, headers, body }: Request, options: PostOptions): Promise<PostOutcome> {
  const { reach, timeoutMilliseconds, lookup = guardedLookup(reach) } = options;
  const url = new URL(uri);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMilliseconds)]);
  return new Promise((resolve) => {
    try {
      assertHostAllowed(url.hostname, reach);
      const requestOptions: RequestOptions & Pick<TcpNetConnectOpts, 'autoSelectFamilyAttemptTimeout'> = {
        method,
        agent: false,
        lookup,
        // Node's own 250 ms lead a busy process to give up an address that works.
        autoSelectFamilyAttemptTimeout: ADDRESS_MILLISECONDS,
        signal,
        headers,
      };
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, requestOptions);
      request.on('response', (response) => {
        resolve({ status: response.statusCode ?? 0 });
        response.destroy();
      });
      request.on('error', (error) => resolve({ failure: signal.aborted ? 'TIMEOUT' : codeOf(error) }));
      request.end(body);
    } catch (error) {
      resolve({ failure: codeOf(error) });
    }
  });
}

/** A code is a word; a message may quote the address. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'CONNECTION_FAILED';
}
