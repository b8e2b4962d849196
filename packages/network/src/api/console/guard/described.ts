/** The console's OpenAPI document: each operation says which roles may call it, and whether it needs a fresh confirmation. */
import type { SwaggerTransform } from '@fastify/swagger';
import { SERVICE_ERRORS, ServiceErrorAnswer, type ServiceErrorCode } from '@payment-passkeys/protocol';
import Type from 'typebox';
import { CONSOLE_COOKIE } from '../../../domain/operators/sessions.ts';
import { describeServiceError } from '../../../platform/errors/errors.ts';
import { errorsOf } from '../../../platform/http/document-routes.ts';

export const CONSOLE_API = {
  openapi: '3.1.0',
  info: {
    title: 'Payment passkeys: the console',
    version: '1.0.0',
    description:
      'The JSON API of the console. An operator signs in, and a cookie carries the console session. Every call but GET needs the Origin of the console. `x-roles` are the roles that may call an operation; with `x-confirmation` the operator must have confirmed in the last five minutes.',
  },
  components: { securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: CONSOLE_COOKIE } } },
} as const;

/** The answer of an operation that declares no schema for its answer. */
const FILE = Type.String({ maxLength: Number.MAX_SAFE_INTEGER });

/** For @fastify/swagger. */
export const describePermission: SwaggerTransform = ({ schema, url, route }) => {
  const permission = route.config?.console;
  const { response, ...described } = schema as typeof schema & { readonly response?: object };
  if (permission === undefined || schema.hide) return { schema, url };
  const { roles, fresh } = permission;
  const errors: readonly ServiceErrorCode[] = [
    ...(roles === 'ANYBODY' ? [] : (['SIGNED_OUT', 'ROLE_NOT_ALLOWED'] as const)),
    ...(fresh ? (['CONFIRMATION_REQUIRED'] as const) : []),
    ...(route.method === 'GET' ? [] : (['ORIGIN_NOT_ALLOWED'] as const)),
  ];
  const group = { tags: [], security: [], errors };
  const codes = errorsOf(schema, { method: route.method, group, own: route.config?.errors ?? [] });
  return {
    url,
    schema: {
      ...described,
      response: {
        200: FILE,
        ...response,
        '4xx': describeErrors(codes.filter((code) => SERVICE_ERRORS[code].status < 500)),
        '5xx': describeErrors(codes.filter((code) => SERVICE_ERRORS[code].status >= 500)),
      },
      security: roles === 'ANYBODY' ? [] : [{ session: [] }],
      ...(roles !== 'ANYBODY' && { 'x-roles': roles }),
      ...(fresh && { 'x-confirmation': true }),
    },
  };
};

/** One example for each declared code. A route may also answer other codes, in the same form. */
function describeErrors(codes: readonly ServiceErrorCode[]) {
  const examples = codes.map((code) => {
    const { status, sentence } = { ...SERVICE_ERRORS[code] };
    return [code, { summary: `${status}: ${sentence}`, value: describeServiceError(code).value }];
  });
  return {
    description: codes.join(', '),
    content: { 'application/json': { schema: ServiceErrorAnswer, examples: Object.fromEntries(examples) } },
  };
}
