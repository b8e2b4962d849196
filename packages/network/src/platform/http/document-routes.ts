/** The errors of each route in the OpenAPI document: what a route declares, and what every route of its group may answer. */
import { channel } from 'node:diagnostics_channel';
import {
  GATEWAY_ERRORS,
  type GatewayErrorCode,
  SERVICE_ERRORS,
  type ServiceErrorCode,
  TOKEN_ERRORS,
  TokenErrorAnswer,
  type TokenErrorCode,
} from '@payment-passkeys/protocol';
import type { FastifySchema, HTTPMethods } from 'fastify';
import type { TSchema } from 'typebox';
import { type DescribedError, describeGatewayError, describeServiceError, errorCodeOf } from '../errors/errors.ts';
import { buildTokenError } from '../errors/token-replies.ts';
import type { NetworkServer } from './network-server.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The errors that this route answers, beside those of its group. */
    readonly errors?: readonly ServiceErrorCode[];
  }
}

/** What the routes of a group have in common. */
export interface RouteGroup {
  readonly tags: readonly string[];
  /** Names of security schemes of the document; each is enough alone. */
  readonly security: readonly string[];
  readonly errors: readonly ServiceErrorCode[];
  /** Whether the routes are behind the signature guard. */
  readonly signed?: true;
  /** The OAuth 2.0 scope that a route needs, for the scheme `oauth2`. */
  readonly scopeOf?: (url: string) => string | undefined;
  /** Whether their errors have the form of RFC 6749 §5.2. */
  readonly tokenErrors?: true;
}

const OF_EVERY_ROUTE = ['TOO_MANY_REQUESTS', 'INTERNAL', 'UNAVAILABLE'] as const satisfies readonly ServiceErrorCode[];
const OF_INPUT = ['MISSING_FIELD', 'INVALID_FIELD'] as const satisfies readonly ServiceErrorCode[];
const OF_A_BODY = [
  'MALFORMED_JSON',
  'SECURITY_CODE_REFUSED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ServiceErrorCode[];
/** The errors for an address or a method that is no route. */
const OF_NO_ROUTE: readonly string[] = ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'] satisfies readonly ServiceErrorCode[];

/** A message `{ route, code }` is an error that was answered, but that the document does not name. The tests subscribe to it. */
export const UNDOCUMENTED_ERRORS = channel('payment-passkeys.undocumented-error');

/** Describes every route that `app` gets from now on. Hidden routes are not in the document. */
export function documentRoutes(app: NetworkServer, group: RouteGroup): void {
  app.addHook('onRoute', (route) => {
    const { schema, method, url } = route;
    if (schema === undefined || schema.hide) return;
    const codes = errorsOf(schema, { method, group, own: route.config?.errors ?? [] });
    const described: FastifySchema = {
      ...schema,
      tags: [...group.tags],
      security: group.security.map((name) => ({ [name]: name === 'oauth2' ? scopesOf(url, group) : [] })),
      response: describeResponses(
        schema.response as Responses,
        group.tokenErrors ? describeTokenErrors() : describeErrors(codes, group),
      ),
    };
    route.schema = described;
  });
  app.addHook('onError', async (request, _reply, error) => {
    const { method = 'GET', schema, config, url } = request.routeOptions;
    if (!UNDOCUMENTED_ERRORS.hasSubscribers || schema === undefined || schema.hide) return;
    const code = errorCodeOf(error);
    const known: readonly string[] = [
      ...errorsOf(schema, { method, group, own: config.errors ?? [] }),
      ...(group.signed ? Object.keys(GATEWAY_ERRORS) : []),
      ...(group.tokenErrors ? Object.keys(TOKEN_ERRORS) : []),
      ...OF_NO_ROUTE,
    ];
    if (!known.includes(code)) UNDOCUMENTED_ERRORS.publish({ route: `${method} ${url}`, code });
  });
}

function scopesOf(url: string, { scopeOf }: RouteGroup): readonly string[] {
  const scope = scopeOf?.(url);
  return scope === undefined ? [] : [scope];
}

/** The answers that a route itself gives, by status. */
type Responses = Readonly<Record<string, TSchema>> | undefined;

/** A status may be both an answer of the route's own and an error. */
function describeResponses(own: Responses = {}, errors: Record<string, ErrorResponse>): object {
  const both = Object.entries(own).map(([status, schema]) => {
    const error = errors[status];
    if (error === undefined) return [status, schema];
    const json = error.content['application/json'];
    return [
      status,
      { ...error, content: { 'application/json': { ...json, schema: { anyOf: [schema, json.schema] } } } },
    ];
  });
  return { ...errors, ...Object.fromEntries(both) };
}

interface ErrorResponse {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: unknown; readonly examples: object } };
}

/** The errors that a route declares, and those that follow from its group and its input. */
export function errorsOf(
  schema: FastifySchema,
  route: {
    readonly method: HTTPMethods | readonly HTTPMethods[];
    readonly group: RouteGroup;
    readonly own: readonly ServiceErrorCode[];
  },
): readonly ServiceErrorCode[] {
  const hasBody = schema.body !== undefined;
  const hasInput = hasBody || schema.querystring !== undefined || schema.params !== undefined;
  return [
    ...new Set([
      ...route.own,
      ...route.group.errors,
      ...(hasInput ? OF_INPUT : []),
      ...(hasBody ? OF_A_BODY : []),
      ...OF_EVERY_ROUTE,
    ]),
  ];
}

/** The form of the errors of each status, and an example for each code. */
function describeErrors(codes: readonly ServiceErrorCode[], { signed }: RouteGroup): Record<string, ErrorResponse> {
  const gatewayCodes = signed ? (Object.keys(GATEWAY_ERRORS) as readonly GatewayErrorCode[]) : [];
  const described = [
    ...gatewayCodes.map((code) => ({ ...GATEWAY_ERRORS[code], code, ...describeGatewayError(code) })),
    ...codes.map((code) => ({ ...SERVICE_ERRORS[code], code, ...describeServiceError(code) })),
  ];
  return byStatus(described);
}

/** The errors of the token endpoint; 429 tells the caller to wait, as 503 does. */
function describeTokenErrors(): Record<string, ErrorResponse> {
  const codes = Object.keys(TOKEN_ERRORS) as readonly TokenErrorCode[];
  const described = codes.map((code) => ({
    ...TOKEN_ERRORS[code],
    code,
    reason: code,
    schema: TokenErrorAnswer,
    value: buildTokenError(code),
  }));
  const waits = described.filter(({ code }) => code === 'temporarily_unavailable');
  return byStatus([...described, ...waits.map((wait) => ({ ...wait, status: 429 }))]);
}

interface DescribedCode extends DescribedError {
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly sentence: string;
}

function byStatus(described: readonly DescribedCode[]): Record<string, ErrorResponse> {
  const grouped = Object.groupBy(described, ({ status }) => status);
  return Object.fromEntries(
    Object.entries(grouped).map(([status, errors = []]) => {
      const schemas = [...new Set(errors.map(({ schema }) => schema))];
      const examples = errors.map(({ code, sentence, value }) => [code, { summary: sentence, value }]);
      const content = {
        schema: schemas.length === 1 ? schemas[0] : { anyOf: schemas },
        examples: Object.fromEntries(examples),
      };
      const reasons = [...new Set(errors.map(({ reason }) => reason))];
      return [status, { description: reasons.join(', '), content: { 'application/json': content } }];
    }),
  );
}
