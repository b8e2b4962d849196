/** Mounts a handler of the Fetch standard in Node's own HTTP server or in Express. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { KitError } from '../kit-error.ts';
import { aFunction, anOrigin, findViolations, optional } from '../options/rules.ts';

/** Far more than a form of the bank needs. */
const MAX_BODY_BYTES = 64 * 1024;

/** The options of {@link toNodeHandler}. */
export interface NodeHandlerOptions {
  /** The host's own origin, as browsers see it: `https://bank.example`. There is no default, and a Host header is never used. */
  readonly origin: string;
  /**
   * Without `next`, as in Node's own server: receives the error that the handler rejected with, after the answer 500. By default it becomes
   * a warning of Node's (`process.emitWarning`).
   */
  readonly onError?: (error: unknown) => void;
}

/** For `createServer` of node:http, and for `app.get` and `app.post` of Express. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error: unknown) => void,
) => Promise<void>;

/**
 * Converts Node's request to a request of the Fetch standard, and writes the response. A body may have up to 64 KiB; a longer one is
 * answered 413. A body that an Express body parser has already read is rebuilt from `request.body`: JSON, or a form of names and texts. The
 * handler's rejection goes to `next`. Throws KitError `INVALID_OPTIONS`.
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
  options: NodeHandlerOptions,
): NodeHandler {
  const violations = findViolations({ handler, ...options }, OPTIONS, 'toNodeHandler');
  if (violations.length > 0) throw new KitError('INVALID_OPTIONS', violations.join('; '));
  const { origin, onError = (error) => process.emitWarning(error instanceof Error ? error : String(error)) } = options;
  return async (incoming, outgoing, next) => {
    try {
      const request = await readRequest(incoming, origin);
      await answer(outgoing, request instanceof Response ? request : await handler(request));
    } catch (error) {
      if (next !== undefined) return next(error);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
      onError(error);
    }
  };
}

const OPTIONS = {
  handler: aFunction,
  origin: anOrigin,
  onError: optional(aFunction),
};

/** The members that Express adds: the path as it arrived, and the parsed body. */
type Incoming = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown };

/** The request, or the answer to one that is malformed or too long. */
async function readRequest(incoming: Incoming, origin: string): Promise<Request | Response> {
  const { method = 'GET' } = incoming;
  if (['CONNECT', 'TRACE', 'TRACK'].includes(method)) return new Response(null, { status: 405 });
  const target = incoming.originalUrl ?? incoming.url ?? '/';
  const address = origin + (target.startsWith('/') ? target : '/');
  const headers = readHeaders(incoming.headers);
  if (method === 'GET' || method === 'HEAD') return new Request(address, { method, headers });
  const body = incoming.body === undefined ? await readBody(incoming) : rebuildBody(incoming.body, headers);
  return body === undefined
    ? new Response(null, { status: 413, headers: { connection: 'close' } })
    : new Request(address, { method, headers, body });
}

/** Node's headers as those of the Fetch standard, without the pseudo-headers of HTTP/2. */
export function readHeaders(incoming: IncomingHttpHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value !== undefined && !name.startsWith(':'))
      headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

/** Undefined if the body is too long; the rest of it is not read. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Rebuilds the body from a body parser's result: bytes, text, JSON, or a form with text values. */
function rebuildBody(body: unknown, headers: Headers): string | Uint8Array<ArrayBuffer> {
  // These describe the body as it arrived, not the rebuilt one.
  headers.delete('content-length');
  headers.delete('content-encoding');
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  const type = headers.get('content-type') ?? '';
  if (/^application\/([a-z.-]+\+)?json\b/i.test(type)) return JSON.stringify(body);
  const pairs = Object.entries(body ?? {}).flatMap(([name, value]) => {
    return (Array.isArray(value) ? value : [value]).map((each: unknown) => [name, each] as const);
  });
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(type) || pairs.length === 0;
  if (isForm && pairs.every(([, value]) => typeof value === 'string')) {
    const form = new URLSearchParams();
    for (const [name, value] of pairs) form.append(name, String(value));
    return form.toString();
  }
  throw new KitError('INVALID_OPTIONS', 'the body was read before, into what no request can be made of again');
}

async function answer(outgoing: ServerResponse, response: Response): Promise<void> {
  const { 'set-cookie': _, ...headers } = Object.fromEntries(response.headers);
  const cookies = response.headers.getSetCookie();
  outgoing.writeHead(response.status, { ...headers, ...(cookies.length > 0 && { 'set-cookie': cookies }) });
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}
