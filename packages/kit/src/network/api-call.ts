/** A kit's signed calls to the network's API. Each call, with its attempts, is one span, and the parent of the network's own span. */
import { SpanKind } from '@opentelemetry/api';
import type { KitTracing } from '../tracing/tracing.ts';
import type { CallContext, NetworkClient } from './network-client.ts';

export interface ApiCall {
  readonly path: string;
  /** `path` without its ids, if it has any. */
  readonly template?: string;
  /** See {@link NetworkClient.post}. */
  buildBody(): unknown;
}

/** Resolves and throws as {@link NetworkClient.post} does. `apiUrl` is the prefix of each path. */
export function createApiCalls(options: {
  readonly client: NetworkClient;
  readonly tracing: KitTracing;
  readonly apiUrl: string;
}): (call: ApiCall, context: CallContext) => Promise<unknown> {
  const { client, tracing, apiUrl } = options;
  const { hostname, pathname } = new URL(apiUrl);
  const basePath = pathname.replace(/\/$/, '');
  return ({ path, template = path, buildBody }, context) => {
    const attributes = { 'http.request.method': 'POST', 'url.template': template, 'server.address': hostname };
    const span = { name: `POST ${template}`, kind: SpanKind.CLIENT, attributes, parent: context.trace };
    return tracing.span(span, (trace) =>
      client.post({ ...context, trace, url: apiUrl + path, template: basePath + template, buildBody }),
    );
  };
}
