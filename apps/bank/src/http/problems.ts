/** How a request that went wrong is answered: the page for its status, and the log line where the fault is ours. */
import { isDatabaseUnavailable } from '@payment-passkeys/storage';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { languageOf } from '../frame.ts';
import { buildProblemPage, isProblemStatus, type ProblemStatus } from './problem-page.ts';

/** Where nothing says better how long to wait before another try. */
const RETRY_AFTER_SECONDS: Readonly<Partial<Record<ProblemStatus, number>>> = { 503: 5 };

export interface Problem {
  readonly status: ProblemStatus;
  readonly retryAfterSeconds?: number;
}

/** Answers with the page for `status`; with Retry-After where there is a time to wait. */
export function replyWithProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status, retryAfterSeconds = RETRY_AFTER_SECONDS[status] } = problem;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  const requestId = status === 500 ? request.id : undefined;
  const page = buildProblemPage({ frame: { language: languageOf(request) }, status, retryAfterSeconds, requestId });
  // Not by reply.html: what fails before any route has no decorators.
  return reply.code(status).type('text/html; charset=utf-8').send(page);
}

/** For a server's error handler and its frameworkErrors. A fault of ours, or of the database, is logged. */
export function replyWithError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const status = statusOf(error);
  if (status >= 500) request.log.error({ err: error }, 'a request failed');
  return replyWithProblem(request, reply, { status });
}

const MALFORMED_ADDRESS: ReadonlySet<string> = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

function statusOf(error: FastifyError): ProblemStatus {
  // An address with a malformed part is the address of nothing.
  if (error.validationContext === 'params' || MALFORMED_ADDRESS.has(error.code)) return 404;
  if (isDatabaseUnavailable(error)) return 503;
  const status = error.statusCode ?? 500;
  if (isProblemStatus(status)) return status;
  return status >= 400 && status < 500 ? 400 : 500;
}

/** Refuses (422) a request whose query or form holds U+0000: PostgreSQL keeps no such text (22021), and no field of ours means one. */
export function refuseNul(app: FastifyInstance): void {
  app.addHook('preValidation', async (request, reply) => {
    if (holdsNul(request.body) || holdsNul(request.query)) return replyWithProblem(request, reply, { status: 422 });
  });
}

/** Of a query or a form: texts, or lists of them, by name. */
function holdsNul(fields: unknown): boolean {
  return Object.entries(fields ?? {})
    .flat(2)
    .some((text) => typeof text === 'string' && text.includes('\0'));
}
