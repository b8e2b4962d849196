/** How an error is answered at the token endpoint: in the form of RFC 6749 §5.2, whatever the error is. */
import {
  SERVICE_ERRORS,
  type ServiceErrorCode,
  TOKEN_ERRORS,
  type TokenErrorAnswer,
  type TokenErrorCode,
} from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginReply, replyWith, type ServiceError, toServiceError } from './errors.ts';
import { TokenError } from './token-error.ts';

/** The token endpoint's code for each error that every route may have. The status stays. */
const TOKEN_ERROR_OF: Readonly<Partial<Record<ServiceErrorCode, TokenErrorCode>>> = {
  MISSING_FIELD: 'invalid_request',
  INVALID_FIELD: 'invalid_request',
  MALFORMED_JSON: 'invalid_request',
  PAYLOAD_TOO_LARGE: 'invalid_request',
  UNSUPPORTED_MEDIA_TYPE: 'invalid_request',
  TOO_MANY_REQUESTS: 'temporarily_unavailable',
  UNAVAILABLE: 'temporarily_unavailable',
  INTERNAL: 'server_error',
};

/** Answers and logs an error. */
export function replyWithTokenError(
  error: unknown,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  const { request, reply } = exchange;
  if (error instanceof TokenError) {
    const { code, description, detail } = error;
    request.log.info({ code, ip: request.ip, ...detail }, 'token refused');
    return reply.code(TOKEN_ERRORS[code].status).send(buildTokenError(code, description));
  }
  const known = toServiceError(error);
  const code = codeOf(known);
  if (code === undefined) return replyWith(error, exchange);
  beginReply(known, exchange);
  return reply.send(buildTokenError(code, describe(known)));
}

function codeOf({ code, faults: [{ pointer }] }: ServiceError): TokenErrorCode | undefined {
  return code === 'INVALID_FIELD' && pointer === '/grant_type' ? 'unsupported_grant_type' : TOKEN_ERROR_OF[code];
}

function describe({ code, faults: [{ message }] }: ServiceError): string {
  return message ?? SERVICE_ERRORS[code].sentence;
}

export function buildTokenError(
  code: TokenErrorCode,
  description: string = TOKEN_ERRORS[code].sentence,
): TokenErrorAnswer {
  return { error: code, error_description: description };
}
