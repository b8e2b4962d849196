/**
 * The one place where an error becomes a reply (contract §7). Any other error than {@link ServiceError} is answered with one generic code
 * and a request id.
 */
import {
  buildGatewayError,
  type ErrorDetail,
  GATEWAY_ERRORS,
  GatewayErrorAnswer,
  type GatewayErrorCode,
  SERVICE_ERRORS,
  ServiceErrorAnswer,
  type ServiceErrorCode,
  type TokenErrorCode,
  type Violation,
} from '@payment-passkeys/protocol';
import { isDatabaseUnavailable } from '@payment-passkeys/storage';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import type { BuildPage } from '../pages/plain-pages.ts';
import { TokenError } from './token-error.ts';

export interface Fault {
  readonly code: ServiceErrorCode;
  /** JSON pointer into the (decrypted) request. */
  readonly pointer?: string;
  readonly sourceType?: 'BODY' | 'HEADER' | 'QUERY' | 'SERVICE';
  /** Replaces the code's own sentence. Never holds a value of the request. */
  readonly message?: string;
}

export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ServiceErrorCode;
  readonly faults: readonly [Fault, ...Fault[]];
  /** The address that the hosted page may still return to. */
  readonly returnTo: string | undefined;
  /** Set if it is known more precisely than by the status. */
  readonly retryAfterSeconds: number | undefined;
  /** The roles that an operator of the console needs one of. */
  readonly roles: readonly string[] | undefined;

  constructor(
    fault: Fault | readonly [Fault, ...Fault[]],
    options: {
      readonly returnTo?: string | undefined;
      readonly retryAfterSeconds?: number;
      readonly roles?: readonly string[];
      readonly cause?: unknown;
    } = {},
  ) {
    const faults = 'code' in fault ? ([fault] as const) : fault;
    super(faults[0].code, { cause: options.cause });
    this.code = faults[0].code;
    this.faults = faults;
    this.returnTo = options.returnTo;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.roles = options.roles;
  }
}

/** An error of the signature guard, in the gateway's shape. `description` may hold a base string in sandbox mode. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: GatewayErrorCode;
  readonly description: string;
  /** For the log only. */
  readonly detail: RefusedCaller;
  /** The WWW-Authenticate header of the answer. */
  readonly challenge: string | undefined;

  constructor(
    code: GatewayErrorCode,
    description: string,
    { challenge, ...detail }: RefusedCaller & { readonly challenge?: string },
  ) {
    super(code);
    this.code = code;
    this.description = description;
    this.detail = detail;
    this.challenge = challenge;
  }
}

/** Why a signature or an access token was refused, and which client it claimed. */
export interface RefusedCaller {
  /** The channel's reason, UNKNOWN_CLIENT, CLIENT_SUSPENDED, NONCE_USED, or what the guard of tokens has found. */
  readonly because: string;
  /** The id of the client; undefined where none is known. */
  readonly client?: string;
  /** The first eight characters of a consumer key that is not known. */
  readonly consumerKey?: string;
}

/** Violations of a schema as one error. `prefix` is where the validated object stands in the request. */
export function schemaError(
  violations: readonly Violation[],
  { prefix = '', sourceType = 'BODY' }: { readonly prefix?: string; readonly sourceType?: 'BODY' | 'QUERY' } = {},
): ServiceError {
  const [first, ...rest] = violations.map(({ kind, pointer, problem }) => ({
    code: kind,
    pointer: prefix + pointer,
    sourceType,
    message: `${prefix + pointer || '/'} ${problem}`,
  }));
  return new ServiceError(first === undefined ? { code: 'INVALID_FIELD' } : [first, ...rest]);
}

/** Seconds until another try, by status, when the error itself does not say. */
const RETRY_AFTER_SECONDS: ReadonlyMap<number, number> = new Map([
  [429, 1],
  [503, 5],
]);

/** Installs the not-found and the error handler. `noPage` is what a browser gets for an address without a page. */
export function replyWithErrors(app: FastifyInstance, noPage?: BuildPage): void {
  app.setNotFoundHandler(() => {
    throw new ServiceError({ code: 'ROUTE_NOT_FOUND', sourceType: 'SERVICE' });
  });
  app.setErrorHandler((error: FastifyError, request, reply) => replyWith(error, { request, reply, noPage }));
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly noPage?: BuildPage | undefined;
}

/** Also used for errors that Fastify finds before any route, such as an address that cannot be decoded. */
export function replyWith(error: unknown, { request, reply, noPage }: Exchange): FastifyReply {
  if (error instanceof GatewayError) {
    const { consumerKey } = error.detail;
    const who = consumerKey === undefined ? '' : `: unknown consumer key ${consumerKey}…`;
    request.log.info({ code: error.code, ip: request.ip, ...error.detail }, `signature refused${who}`);
    if (error.challenge !== undefined) reply.header('www-authenticate', error.challenge);
    return reply.code(GATEWAY_ERRORS[error.code].status).send(buildGatewayError(error.code, error.description));
  }
  const known = toServiceError(error);
  beginReply(known, { request, reply });
  if (noPage !== undefined && isForNoPage(known) && wantsPage(request)) {
    const { headers, body } = noPage(request);
    return reply.headers(headers).send(body);
  }
  return reply.send(buildAnswer(known, request.id));
}

/** Logs an error, and sets status and Retry-After of its answer. */
export function beginReply(
  error: ServiceError,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const { code, faults, cause, retryAfterSeconds } = error;
  const { status } = SERVICE_ERRORS[code];
  if (status >= 500) request.log.error({ err: cause ?? error }, code);
  else {
    const at = faults.map(({ pointer }) => pointer);
    request.log.info({ code, at, because: errorCode(cause) || undefined }, 'request refused');
  }
  const retryAfter = retryAfterSeconds ?? RETRY_AFTER_SECONDS.get(status);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  reply.code(status);
}

/** Whether there is no page at the address. An error with a sentence of its own says more than the page could. */
function isForNoPage({ code, faults: [{ message }] }: ServiceError): boolean {
  return (code === 'ROUTE_NOT_FOUND' || code === 'METHOD_NOT_ALLOWED') && message === undefined;
}

/** Whether a browser asks for a page. Scripts and programs say `*\/*` or what they read. */
function wantsPage({ method, headers: { accept = '' } }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && /(^|,)\s*text\/html\s*(,|;|$)/i.test(accept);
}

/** The error itself, or what an error of Fastify or PostgreSQL means. */
export function toServiceError(error: unknown): ServiceError {
  return error instanceof ServiceError ? error : readError(error);
}

/** The code that an error is answered with. */
export function errorCodeOf(error: unknown): ServiceErrorCode | GatewayErrorCode | TokenErrorCode {
  if (error instanceof GatewayError || error instanceof TokenError) return error.code;
  return toServiceError(error).code;
}

function buildAnswer({ code, faults, returnTo, roles }: ServiceError, requestId: string): ServiceErrorAnswer {
  const { status, reason, sentence } = SERVICE_ERRORS[code];
  return {
    status,
    reason,
    message: status === 500 ? `${sentence} Request id: ${requestId}` : sentence,
    errordetail: faults.map(buildDetail),
    ...(returnTo === undefined ? {} : { returnTo }),
    ...(roles === undefined ? {} : { roles: [...roles] }),
  };
}

function buildDetail({ code, message, pointer, sourceType }: Fault): ErrorDetail {
  return {
    reason: code,
    sourceType: sourceType ?? (pointer === undefined ? 'SERVICE' : 'BODY'),
    message: message ?? SERVICE_ERRORS[code].sentence,
    source: pointer ?? '',
  };
}

/** The form of an error's answer, and an example of it. */
export interface DescribedError {
  readonly schema: TSchema;
  readonly value: unknown;
}

/** For the OpenAPI document. */
export function describeServiceError(code: ServiceErrorCode): DescribedError {
  const requestId = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736';
  return { schema: ServiceErrorAnswer, value: buildAnswer(new ServiceError({ code }), requestId) };
}

/** For the OpenAPI document. */
export function describeGatewayError(code: GatewayErrorCode): DescribedError {
  return { schema: GatewayErrorAnswer, value: buildGatewayError(code) };
}

/** Translates the errors that Fastify and PostgreSQL throw. */
function readError(error: unknown): ServiceError {
  const code = errorCode(error);
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new ServiceError({ code: 'PAYLOAD_TOO_LARGE', sourceType: 'BODY' });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new ServiceError({ code: 'UNSUPPORTED_MEDIA_TYPE', sourceType: 'HEADER' });
  if (code.startsWith('FST_ERR_CTP_')) return new ServiceError({ code: 'MALFORMED_JSON', sourceType: 'BODY' });
  if (code.startsWith('FST_ERR_BAD_URL') || code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new ServiceError({ code: 'ROUTE_NOT_FOUND', sourceType: 'SERVICE' });
  }
  if (isOfNoFile(error)) return new ServiceError({ code: 'ROUTE_NOT_FOUND', sourceType: 'SERVICE' });
  return new ServiceError(
    { code: isDatabaseUnavailable(error) ? 'UNAVAILABLE' : 'INTERNAL', sourceType: 'SERVICE' },
    { cause: error },
  );
}

/**
 * The file server throws an error with a 4xx status when the address is no file of the page: a folder, a path with NUL, `..` or a
 * backslash, a name that is too long.
 */
function isOfNoFile(error: unknown): boolean {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** PostgreSQL's unique_violation: such a row exists already. */
export function isUniqueViolation(error: unknown): boolean {
  return errorCode(error) === '23505';
}

/** PostgreSQL's lock_not_available: another session holds the lock, and the statement does not wait. */
export function isLockNotAvailable(error: unknown): boolean {
  return errorCode(error) === '55P03';
}

function errorCode(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
