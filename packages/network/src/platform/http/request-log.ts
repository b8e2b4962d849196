/** What a log line may say of a request and of an error: no address beyond its route, no query, no header, no body, no row. */
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import { stdTimeFunctions } from 'pino';

export interface LogOptions {
  /** A level of pino; `silent` for none. */
  readonly level: string;
  /** Where lines go; standard output unless given. */
  readonly stream?: { write(line: string): void } | undefined;
  /** Added to every line, such as the ids of the trace that it is part of. */
  readonly fields?: (() => object | undefined) | undefined;
}

export function buildLogger({ level, stream, fields }: LogOptions): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    ...(stream && { stream }),
    timestamp: stdTimeFunctions.isoTime,
    ...(fields && { mixin: () => fields() ?? {} }),
    serializers: {
      // The pattern of the route: an address may hold a session's id, or whatever a caller has put there by mistake.
      req: ({ method, routeOptions, ip }: FastifyRequest) => ({ method, route: routeOptions?.url ?? 'none', ip }),
      res: ({ statusCode }: { readonly statusCode: number }) => ({ statusCode }),
      err: describeError,
    },
    // A second net, for whatever may be logged one day by name.
    redact: ['headers', 'body', 'query', '*.headers', '*.body', '*.query', 'proofOfAuthentication', 'encryptedData'],
  };
}

type DescribedError = Record<string, unknown> & { type: string; message: string; stack: string };

/** SQLSTATE class 22, data exceptions: PostgreSQL's message quotes the value. */
const QUOTES_A_VALUE = /^22\w{3}$/;

/** PostgreSQL's `detail` and `where` quote rows, so an error is not written out member by member. */
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

/** Without the first lines, which are the message again. */
function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}
