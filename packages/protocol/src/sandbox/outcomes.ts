/** What a client does to its own sessions and events in sandbox mode: a session becomes older, an event is sent. */
import Type, { type Static } from 'typebox';
import { EVENT_TYPES, EventId } from '../events.ts';
import { ClientId, SessionId, Timestamp } from '../fields.ts';

/** Signed, for a session of the caller. */
export function ageSessionPath(authenticationSessionId: string): string {
  return `/sandbox/sessions/${authenticationSessionId}/age`;
}

/** Signed; the event goes to the caller. */
export const SANDBOX_EVENTS_PATH = '/sandbox/events';

/** Two days: more than any period of a session and its proof. */
export const MAX_AGE_SECONDS: number = 2 * 24 * 60 * 60;

export const AgeRequest = Type.Object({
  /** How much older. */
  seconds: Type.Integer({ minimum: 1, maximum: MAX_AGE_SECONDS }),
});
export type AgeRequest = Static<typeof AgeRequest>;

/** When the session began and ends, as it now is. */
export const AgeAnswer = Type.Object({
  authenticationSessionId: SessionId,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  /** Absent before the ceremony's result. */
  proofExpiresAt: Type.Optional(Timestamp),
});
export type AgeAnswer = Static<typeof AgeAnswer>;

export const SandboxEventRequest = Type.Object({ type: Type.Enum([...EVENT_TYPES]) });
export type SandboxEventRequest = Static<typeof SandboxEventRequest>;

export const SandboxEventAnswer = Type.Object({ eventId: EventId });
export type SandboxEventAnswer = Static<typeof SandboxEventAnswer>;

/** At the console. */
export const CONSOLE_AGE_SESSION_PATH = '/api/sandbox/sessions/:id/age';
export const CONSOLE_SANDBOX_EVENTS_PATH = '/api/sandbox/events';

export const ConsoleSandboxEventRequest = Type.Object({ clientId: ClientId, ...SandboxEventRequest.properties });
export type ConsoleSandboxEventRequest = Static<typeof ConsoleSandboxEventRequest>;
