/** Records each request: a span, a duration, one line of the log. They hold the route's pattern, never the address. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorCodeOf } from '../errors/errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestTrace } from '../telemetry/request-trace.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import type { NetworkServer } from './network-server.ts';

/** nginx's status for a caller that closed the connection before the answer. */
const CLIENT_CLOSED_REQUEST = 499;
/** A flood of these must stay cheap: they start no trace. */
const TOO_MANY_REQUESTS = 429;

/** The observation of a traced request. */
interface Observed {
  readonly trace: RequestTrace;
  errorCode: string | undefined;
}

/** A member of the request, and no entry of a map: those live until V8's next full collection (decision 124). */
const OBSERVED: unique symbol = Symbol('observed');

declare module 'fastify' {
  interface FastifyRequest {
    [OBSERVED]: Observed | undefined;
  }
}

/** Observes every request of `app`. */
export function observeRequests(
  app: NetworkServer,
  { metrics, tracing }: { readonly metrics: Metrics; readonly tracing: Tracing },
): void {
  const { requests } = tracing;
  app.decorateRequest(OBSERVED, undefined);

  app.addHook('onRequest', (request, reply, proceed) => {
    // Read now and once: each is computed anew, and the address is gone with the connection.
    const { method, routeOptions, ip, id: requestId } = request;
    const { url: route } = routeOptions;
    const traced = requests !== undefined && isTraced(route);
    const trace = traced ? requests.begin({ method, route, requestId }) : undefined;
    if (trace !== undefined) request[OBSERVED] = { trace, errorCode: undefined };
    metrics.requestsInFlight.inc();
    // 'close' follows the last byte of the answer, or the caller's disconnect. Node emits it once.
    reply.raw.on('close', () => {
      metrics.requestsInFlight.dec();
      const status = reply.raw.writableFinished ? reply.statusCode : CLIENT_CLOSED_REQUEST;
      const ended = { method, route: route ?? 'none', status: String(status) };
      metrics.countDuration(ended, reply.elapsedTime / 1000);
      writeLine(reply, { method, routeOptions, ip }, { status, ...endTrace(request[OBSERVED], status) });
    });
    if (trace === undefined) proceed();
    else requests?.run(trace, proceed);
  });

  // Reading the body loses the asynchronous context of the request: enter it again.
  if (requests !== undefined) {
    app.addHook('preValidation', (request, _reply, proceed) => {
      const trace = request[OBSERVED]?.trace;
      if (trace === undefined) proceed();
      else requests.run(trace, proceed);
    });
  }

  app.addHook('onError', (request, _reply, error, proceed) => {
    const code = errorCodeOf(error);
    metrics.refusals.inc({ code });
    const observation = request[OBSERVED];
    if (observation !== undefined) observation.errorCode = code;
    proceed();
  });
}

/** Requests that are frequent and tell nothing are not traced: health, metrics, the page's files, unknown addresses. */
function isTraced(route: string | undefined): route is string {
  return route !== undefined && !route.endsWith('*') && !isProbe(route) && route !== '/openapi.json';
}

function isProbe(route: string | undefined): boolean {
  return route !== undefined && /^\/(health\/|metrics$)/.test(route);
}

function endTrace(observation: Observed | undefined, status: number) {
  if (observation === undefined) return undefined;
  const { trace, errorCode } = observation;
  const isFlood = status === TOO_MANY_REQUESTS && trace.ids() === undefined;
  return isFlood ? undefined : trace.end({ status, errorCode });
}

/** The line that says how the request ended. A refusal or failure has lines of its own besides. */
function writeLine(
  reply: FastifyReply,
  req: Pick<FastifyRequest, 'method' | 'routeOptions' | 'ip'>,
  fields: { readonly status: number },
): void {
  const { status, ...ids } = fields;
  const line = { req, res: { statusCode: status }, responseTime: reply.elapsedTime, ...ids };
  const message = status === CLIENT_CLOSED_REQUEST ? 'request aborted' : 'request completed';
  // Probes and scrapes come every few seconds; successful ones tell nothing.
  if (isProbe(req.routeOptions.url) && status < 500) reply.log.debug(line, message);
  else reply.log.info(line, message);
}
