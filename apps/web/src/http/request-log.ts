/** The parts of a request and of an error that a log line may contain: no query (the callback's contains a proof), no header, no body. */
import type { FastifyServerOptions } from 'fastify';

export interface LogOptions {
  /** A level of pino; `silent` for none. */
  readonly level: string;
  /** The destination of the lines; standard output by default. */
  readonly stream?: { write(line: string): void };
}

export function buildLogger({ level, stream }: LogOptions): NonNullable<FastifyServerOptions['logger']> {
  return {
    level,
    ...(stream && { stream }),
    serializers: {
      req: ({ method, url }) => ({ method, path: url?.split('?', 1)[0] }),
      res: ({ statusCode }) => ({ statusCode }),
      err: describeError,
    },
    // A second protection, if one of these is logged by its name.
    redact: [
      'password',
      'proofOfAuthentication',
      'number',
      '*.password',
      '*.proofOfAuthentication',
      '*.headers',
      '*.body',
    ],
  };
}

type DescribedError = Record<string, unknown> & { type: string; message: string; stack: string };

/** Only these members of an error are logged: PostgreSQL's `detail` quotes rows. */
function describeError(error: Error & { readonly code?: string }): DescribedError {
  const { name, code, message, stack = '', cause } = error;
  return {
    type: name,
    message,
    stack,
    ...(code && { code }),
    ...(cause instanceof Error && { cause: describeError(cause) }),
  };
}
