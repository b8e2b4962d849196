/** The answer to a request that failed: the site's page for the status. An error of the server is also logged. */
import { isDatabaseUnavailable } from '@payment-passkeys/storage';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const STATUSES = [400, 403, 404, 422, 429, 500, 503] as const;
export type ProblemStatus = (typeof STATUSES)[number];

/** The Retry-After of a status, for a problem without `retryAfterSeconds`. */
const RETRY_AFTER_SECONDS: Readonly<Partial<Record<ProblemStatus, number>>> = { 503: 5 };

export interface Problem {
  readonly status: ProblemStatus;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Builds the site's page for a problem, as HTML. It must also work for a request that failed before any hook: such a request has no
 * cookies, and its reply has no members from `recogniseUsers`.
 */
export type BuildProblemPage = (problem: Problem, request: FastifyRequest, reply: FastifyReply) => string;

declare module 'fastify' {
  interface FastifyInstance {
    buildProblemPage: BuildProblemPage;
  }
}

/** Answers with the page for `status`, and with Retry-After if a time to wait is known. */
export function replyWithProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, retryAfterSeconds = RETRY_AFTER_SECONDS[status] } = problem;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  const page = request.server.buildProblemPage({ status, retryAfterSeconds }, request, reply);
  // Not reply.html: a request that fails before any route has no decorators.
  return reply.code(status).type('text/html; charset=utf-8').send(page);
}

/**
 * For a server's error handler and its frameworkErrors. Logs a fault of ours, or of the database. `isTemporary` selects additional errors
 * that are answered 503, like those of the database.
 */
export function replyWithError(
  error: FastifyError,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  isTemporary: (error: Error) => boolean,
): FastifyReply {
  const { request, reply } = exchange;
  const status = isDatabaseUnavailable(error) || isTemporary(error) ? 503 : statusOf(error);
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  return replyWithProblem(request, reply, { status });
}

const MALFORMED_ADDRESS: ReadonlySet<string> = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

function statusOf(error: FastifyError): ProblemStatus {
  // No page has such an address.
  if (error.validationContext === 'params' || MALFORMED_ADDRESS.has(error.code)) return 404;
  const { statusCode = 500 } = error;
  const status = STATUSES.find((known) => known === statusCode);
  if (status !== undefined) return status;
  return statusCode >= 400 && statusCode < 500 ? 400 : 500;
}

/** Refuses (422) a request with U+0000 in its query or form: PostgreSQL cannot store such a text (22021), and no field of ours needs it. */
export function refuseNul(app: FastifyInstance): void {
  app.addHook('preValidation', async (request, reply) => {
    if (holdsNul(request.body) || holdsNul(request.query)) return replyWithProblem(request, reply, { status: 422 });
  });
}

/** `fields` is a parsed query or form: each value is a text or a list of texts. */
function holdsNul(fields: unknown): boolean {
  return Object.entries(fields ?? {})
    .flat(2)
    .some((text) => typeof text === 'string' && text.includes('\0'));
}
