/** What a log line may hold of a request or an error: the route, but no address, query, header, body or database row. */
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import { stdTimeFunctions } from 'pino';

export interface LogOptions {
  /** A level of pino; `silent` for none. */
  readonly level: string;
  /** Receives the lines; standard output by default. */
  readonly stream?: { write(line: string): void } | undefined;
  /** Added to every line, such as the ids of its trace. */
  readonly fields?: (() => object | undefined) | undefined;
}

export function buildLogger({ level, stream, fields }: LogOptions): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    ...(stream && { stream }),
    timestamp: stdTimeFunctions.isoTime,
    ...(fields && { mixin: () => fields() ?? {} }),
    serializers: {
      // The route's pattern: an address may hold a session id, or anything that a caller put there by mistake.
      req: ({ method, routeOptions, ip }: FastifyRequest) => ({ method, route: routeOptions?.url ?? 'none', ip }),
      res: ({ statusCode }: { readonly statusCode: number }) => ({ statusCode }),
      err: describeError,
    },
    // A second safeguard, by field name.
    redact: ['headers', 'body', 'query', '*.headers', '*.body', '*.query', 'proofOfAuthentication', 'encryptedData'],
  };
}

type DescribedError = Record<string, unknown> & { type: string; message: string; stack: string };

/** SQLSTATE class 22 (data exceptions): PostgreSQL's message quotes the value. */
const QUOTES_A_VALUE = /^22\w{3}$/;

/** Writes chosen members only: PostgreSQL's `detail` and `where` quote rows. */
export function describeError(
  error: Error & { readonly code?: unknown; readonly constraint?: unknown },
): DescribedError {
  const { name, cause, constraint } = error;
  const code = typeof error.code === 'string' ? error.code : undefined;
  const message = code !== undefined && QUOTES_A_VALUE.test(code) ? 'a value that the database refuses' : error.message;
  return {
    type: name,
    message,
    stack: framesOf(error),
    ...(code !== undefined && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}

/** The stack without its first lines, which repeat the message. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
