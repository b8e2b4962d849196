/** A kit's signed calls to the network's API. Each call, with its attempts, is one span, and the parent of the network's own span. */
import { SpanKind } from '@opentelemetry/api';
import type { KitTracing } from '../tracing/tracing.ts';
import type { CallContext, NetworkClient, SignedCall } from './network-client.ts';

/** A signed call; without `method`, a POST if it has `buildBody`, and a GET otherwise. */
export interface ApiCall {
  readonly method?: SignedCall['method'];
  /** With its query, if it has one. */
  readonly path: string;
  /** `path` without its ids and its query, if it has any. */
  readonly template?: string;
  /** See {@link SignedCall}. */
  readonly buildBody?: SignedCall['buildBody'];
}

/** Resolves and throws as {@link NetworkClient.sendSigned} does. `apiUrl` is the prefix of each path. */
export function createApiCalls(options: {
  readonly client: NetworkClient;
  readonly tracing: KitTracing;
  readonly apiUrl: string;
}): (call: ApiCall, context: CallContext) => Promise<unknown> {
  const { client, tracing, apiUrl } = options;
  const { hostname, pathname } = new URL(apiUrl);
  const basePath = pathname.replace(/\/$/, '');
  return ({ path, template = path, buildBody, method = buildBody === undefined ? 'GET' : 'POST' }, context) => {
    const attributes = { 'http.request.method': method, 'url.template': template, 'server.address': hostname };
    const span = { name: `${method} ${template}`, kind: SpanKind.CLIENT, attributes, parent: context.trace };
    const call = { method, url: apiUrl + path, template: basePath + template, buildBody };
    return tracing.span(span, (trace) => client.sendSigned({ ...context, ...call, trace }));
  };
}
