/** Outcomes on demand: a session's age, and events of the caller's own. */
import Type from 'typebox';
import { EVENT_TYPES } from '../events.ts';

/** Signed; the session is one of the caller's. */
export const AGE_SESSION_PATH = '/sandbox/sessions/:authenticationSessionId/age';
export const SANDBOX_EVENTS_PATH = '/sandbox/events';

/** A week: more than any period of a session or a proof. */
export const MAX_AGE_SECONDS = 604_800;

export type AgeRequest = Type.Static<typeof AgeRequest>;
export const AgeRequest = Type.Object({
  /** So much older the session and its proof become. */
  seconds: Type.Integer({ minimum: 1, maximum: MAX_AGE_SECONDS }),
});

export type SandboxEventRequest = Type.Static<typeof SandboxEventRequest>;
export const SandboxEventRequest = Type.Object({ type: Type.Union(EVENT_TYPES.map((type) => Type.Literal(type))) });
