/** What a log line may hold of a request or an error: the route, but no address, query, header, body or database row. */
import type { FastifyRequest, FastifyServerOptions } from 'fastify';
import { stdTimeFunctions } from 'pino';
import { openStandardOutput } from './standard-output.ts';

export interface LogOptions {
  /** A level of pino; `silent` for none. */
  readonly level: string;
  /** Receives the lines; standard output by default. */
  readonly stream?: { write(line: string): void } | undefined;
  /** Added to every line, such as the ids of its trace. */
  readonly fields?: (() => object | undefined) | undefined;
}

export function buildLogger({
  level,
  // Each line is written at once. pino's default gives it to another thread, which costs more and loses lines when the process ends (decision 124).
  stream = openStandardOutput(),
  fields,
}: LogOptions): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    stream,
    timestamp: stdTimeFunctions.isoTime,
    ...(fields && { mixin: () => fields() ?? {} }),
    serializers: SERIALIZERS,
    // Two more safeguards: by a field's name, and for objects whose members nobody has chosen.
    redact: ['headers', 'body', 'query', 'proofOfAuthentication', 'encryptedData'],
    formatters: { log: withoutObjects },
  };
}

/** Each chooses the members of an object that are written. */
const SERIALIZERS = {
  // The route's pattern: an address may hold a session id, or anything that a caller put there by mistake.
  req: ({ method, routeOptions, ip }: FastifyRequest) => ({ method, route: routeOptions?.url ?? 'none', ip }),
  res: ({ statusCode }: { readonly statusCode: number }) => ({ statusCode }),
  err: describeError,
};

/** Of an object without a serializer only its field is written. */
function withoutObjects(fields: Record<string, unknown>): Record<string, unknown> {
  const unchosen = Object.entries(fields).filter(
    ([name, value]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(SERIALIZERS, name),
  );
  return unchosen.length === 0
    ? fields
    : { ...fields, ...Object.fromEntries(unchosen.map(([name]) => [name, '[object]'])) };
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
