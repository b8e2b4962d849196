/** A kit's signed calls to the network's API. Each call, with its attempts, is one span, and the parent of the network's own span. */
import { SpanKind } from '@opentelemetry/api';
import type { KitTracing } from '../tracing/tracing.ts';
import type { CallContext, NetworkClient } from './network-client.ts';

/** A signed call; without `method`, a POST if it has `buildBody`, and a GET otherwise. */
export interface ApiCall {
  readonly method?: 'PUT' | 'DELETE';
  /** With its query, if it has one. */
  readonly path: string;
  /** `path` without its ids and its query, if it has any. */
  readonly template?: string;
  /** See {@link NetworkClient.post}. */
  readonly buildBody?: () => unknown;
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
  return ({ method: given, path, template = path, buildBody }, context) => {
    const method = given ?? (buildBody === undefined ? 'GET' : 'POST');
    const attributes = { 'http.request.method': method, 'url.template': template, 'server.address': hostname };
    const span = { name: `${method} ${template}`, kind: SpanKind.CLIENT, attributes, parent: context.trace };
    return tracing.span(span, (trace) => {
      const call = { ...context, trace, url: apiUrl + path, template: basePath + template };
      if (given !== undefined) return client.sendSigned({ ...call, method: given, buildBody });
      return buildBody === undefined ? client.getSigned(call) : client.post({ ...call, buildBody });
    });
  };
}
