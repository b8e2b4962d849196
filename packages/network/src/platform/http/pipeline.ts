/** What every listener of the network does with every request: limits, errors, headers, the log, checks by schema. */
import { randomUUID } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type CompiledSchema, compileSchema } from '@payment-passkeys/protocol';
import Fastify, { LogController } from 'fastify';
import type { TSchema } from 'typebox';
import type { Config } from '../config/config.ts';
import { replyWith, replyWithErrors, schemaError } from '../errors/errors.ts';
import type { BuildPage } from '../pages/plain-pages.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { readForwardedAddresses, trustProxies } from './forwarded.ts';
import { apiHeaders } from './headers.ts';
import type { NetworkServer } from './network-server.ts';
import { observeRequests } from './observe-requests.ts';
import { buildLogger, type LogOptions } from './request-log.ts';

const MAX_BODY_BYTES = 64 * 1024;

interface PipelineDependencies {
  readonly config: Pick<Config, 'mode' | 'logLevel' | 'trustProxy'>;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}

interface PipelineOptions {
  readonly logStream: LogOptions['stream'];
  /** What a browser gets for an address without a page. Undefined: JSON, like any other caller. */
  readonly noPage?: BuildPage | undefined;
}

/** A server without routes; it does not listen yet. */
export function openPipeline(
  dependencies: PipelineDependencies,
  { logStream, noPage }: PipelineOptions,
): NetworkServer {
  const { mode, logLevel, trustProxy } = dependencies.config;
  const { tracing } = dependencies;
  const headers = apiHeaders(mode);
  const app: NetworkServer = Fastify({
    logger: buildLogger({
      level: logLevel,
      stream: logStream,
      fields: tracing.requests === undefined ? undefined : () => tracing.ids(),
    }),
    // observeRequests writes one line for each request.
    logController: new LogController({ disableRequestLogging: true }),
    ...(trustProxy && { trustProxy: trustProxies(trustProxy) }),
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => randomUUID(),
    requestTimeout: 30_000,
    return503OnClosing: true,
    frameworkErrors: (error, request, reply) => replyWith(error, { request, reply: reply.headers(headers), noPage }),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => validator(compileSchema(schema), httpPart));
  app.setSerializerCompiler(() => JSON.stringify);
  replyWithErrors(app, noPage);
  readForwardedAddresses(app);
  app.addHook('onRequest', (request, reply, proceed) => {
    reply.headers(headers).header('x-request-id', request.id);
    proceed();
  });
  observeRequests(app, dependencies);
  return app;
}

function validator(schema: CompiledSchema<TSchema>, httpPart: string | undefined) {
  const sourceType = httpPart === 'querystring' ? 'QUERY' : 'BODY';
  return (given: unknown) => {
    const value = schema.withoutNulls(given);
    const violations = schema.violations(value);
    return violations.length === 0 ? { value } : { error: schemaError(violations, { sourceType }) };
  };
}
