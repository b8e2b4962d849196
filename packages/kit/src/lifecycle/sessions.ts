/** Reads the state of a session (contract §15), for example after the cardholder has closed the browser or the app on the way. */
import {
  compileSchema,
  type Reason,
  type SessionState,
  sessionPath,
  SessionReport as WireReport,
} from '@payment-passkeys/protocol';
import { invalidAnswer } from '../network/network-caller.ts';
import { aTrace, text } from '../options/rules.ts';
import type { TraceContext } from '../tracing/trace-context.ts';
import type { LifecycleParts } from './parts.ts';

const sessionReport = compileSchema(WireReport);

/** The state of a session at the network. It never holds a proof or an account. */
export interface SessionReport {
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  /** `bound` for an enrolment that is complete, `approved` for an approved payment; the states are the network's own. */
  readonly state: SessionState;
  /** The status of the callback, whether or not it arrived. Absent while the session is open, and if it expired or was superseded. */
  readonly status?: 'ENROLLED' | 'AUTHENTICATED' | 'CANCELLED' | 'ERROR';
  /** With CANCELLED and ERROR. */
  readonly reason?: Reason;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly endedAt?: Date;
  /** The network's id of the passkey, if there is one. */
  readonly credentialId?: string;
  /** The client's binding: of a bound session, and of a payment. */
  readonly bindingId?: string;
  /** Of a merchant's binding, only while the card's issuer has not activated it: keep the card; `binding.activated` ends the wait. */
  readonly bindingStatus?: 'PENDING_ACTIVATION';
}

/** The session to read. */
export interface SessionToRead {
  /** From the start's result. */
  readonly authenticationSessionId: string;
  /** The trace of the request, if it is not the active one of OpenTelemetry's API. */
  readonly trace?: TraceContext | undefined;
}

/** Reads sessions at the network. */
export interface Sessions {
  /**
   * The state of a session that this client opened. It completes nothing: only the callback completes an enrolment or a payment. Throws
   * `INVALID_OPTIONS`; `NETWORK_REFUSED` with the reason `SESSION_NOT_FOUND` if this client opened no such session, or the network has
   * deleted it; `NETWORK_…`; `SIGNER_UNAVAILABLE`.
   */
  read(session: SessionToRead): Promise<SessionReport>;
}

const SESSION_TO_READ = { authenticationSessionId: text(255), trace: aTrace };

export function createSessions({ caller, contextOf, checkGiven, guardAsync }: LifecycleParts): Sessions {
  return {
    read: (given) =>
      guardAsync(async () => {
        checkGiven(given, { name: 'sessions.read', fields: SESSION_TO_READ });
        const call = {
          path: sessionPath(encodeURIComponent(given.authenticationSessionId)),
          template: sessionPath('{authenticationSessionId}'),
        };
        const answer = await caller.call(call, contextOf(given.trace));
        if (!sessionReport.accepts(answer)) throw invalidAnswer("the session's report cannot be read");
        return readReport(answer);
      }),
  };
}

function readReport(answer: WireReport): SessionReport {
  const { authenticationSessionId, clientSessionId, state, status, reason } = answer;
  const { credentialId, bindingId, bindingStatus } = answer;
  return {
    authenticationSessionId,
    clientSessionId,
    state,
    ...(status && { status }),
    ...(reason && { reason }),
    createdAt: new Date(answer.createdAt),
    expiresAt: new Date(answer.expiresAt),
    ...(answer.endedAt !== undefined && { endedAt: new Date(answer.endedAt) }),
    ...(credentialId !== undefined && { credentialId }),
    ...(bindingId !== undefined && { bindingId }),
    ...(bindingStatus && { bindingStatus }),
  };
}
