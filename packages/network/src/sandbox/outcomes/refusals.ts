/** The error answers of the sandbox: for each status, an error that the call can get in production too. */
import type { ServiceErrorCode } from '@payment-passkeys/protocol';
import type { RefusalReason, SandboxStep } from '@payment-passkeys/protocol/sandbox';
import { GatewayError, ServiceError } from '../../platform/errors/errors.ts';

const MESSAGE = 'The sandbox was asked for this answer.';
/** Retry-After of 429 and 503. It is so short that the kits try again. */
const RETRY_AFTER_SECONDS = 1;

const CODES = {
  INVALID_ARGUMENT: 'INVALID_FIELD',
  NOT_FOUND: 'SESSION_NOT_FOUND',
  INVALID_STATE: 'INTERNAL',
  SERVICE_UNAVAILABLE: 'UNAVAILABLE',
  SERVICE_ERROR: 'TOO_MANY_REQUESTS',
} as const satisfies Partial<Record<RefusalReason, ServiceErrorCode>>;
/** The codes at the page's back end. */
const PAGE_CODES = { ...CODES, PERMISSION_DENIED: 'ACCESS_DENIED', FORBIDDEN: 'CLIENT_SUSPENDED' } as const;

/** The errors of {@link buildRefusal} that the routes do not declare themselves. */
export const REFUSALS_DECLARED: readonly ServiceErrorCode[] = ['SESSION_NOT_FOUND'];

/** `returnTo` is the address that the hosted page may go back to. */
export function buildRefusal(
  reason: RefusalReason,
  at: { readonly step: SandboxStep; readonly returnTo: string | undefined },
): ServiceError | GatewayError {
  const { step, returnTo } = at;
  const client = step === 'sessions' || step === 'authenticators';
  if (client && reason === 'PERMISSION_DENIED') return new GatewayError('MISSING_SIGNATURE', MESSAGE, ASKED);
  if (client && reason === 'FORBIDDEN') return new GatewayError('AUTHENTICATION_FAILED', MESSAGE, ASKED);
  return buildError(PAGE_CODES[reason], returnTo);
}

/** The answer to a launch without its documents. */
export function buildIncomplete(returnTo: string | undefined): ServiceError {
  return buildError('COMPLIANCE_INCOMPLETE', returnTo);
}

const ASKED = { because: 'SANDBOX_OUTCOME' };

function buildError(code: ServiceErrorCode, returnTo: string | undefined): ServiceError {
  const waits = code === 'UNAVAILABLE' || code === 'TOO_MANY_REQUESTS';
  return new ServiceError(
    { code, sourceType: 'SERVICE', message: MESSAGE },
    { returnTo, ...(waits && { retryAfterSeconds: RETRY_AFTER_SECONDS }) },
  );
}
