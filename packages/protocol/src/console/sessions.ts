/**
 * Sessions at the console (contract §18, screen 2): the search, and one session with its timeline. The sentences of the steps are in
 * session-texts.ts.
 */
import Type, { type Static } from 'typebox';
import { ACTORS, AccountReference, PasskeyId } from '../bindings.ts';
import { ClientId, CorrelationId, SessionId, Text, Timestamp, Uuid } from '../fields.ts';
import { REASONS } from '../outcomes.ts';
import { SESSION_STATES } from '../session-report.ts';
import { AcquirerData, BindingId, NEXT_STEPS } from '../transactions.ts';
import { BROWSER_FAMILIES, FUNNEL_STEPS, SESSION_KINDS, SESSION_OUTCOMES } from './closed-lists.ts';

/** Takes a POST of a {@link SessionSearch}; answers a {@link SessionPage}. */
export const SESSION_SEARCH_PATH = '/api/sessions/search';
/** Takes GET with the session's id; answers a {@link SessionView}. */
export const SESSION_VIEW_PATH = '/api/sessions/:id';

/** Sessions in a page of an answer. */
export const SESSION_PAGE = 50;

/**
 * The body of a search. All members that are present apply. Without any: all sessions, the newest first. `id` or `account`, not both: the schema
 * does not check that, the network does.
 */
export const SessionSearch = Type.Object({
  /**
   * Any handle: authenticationSessionId, clientSessionId, srcCorrelationId, credentialId, bindingId, the order number of a payment, or a trace
   * id.
   */
  id: Type.Optional(Text(128)),
  /** An account that was typed in. It is looked up by its keyed index and kept nowhere. */
  account: Type.Optional(AccountReference),
  clientId: Type.Optional(ClientId),
  kind: Type.Optional(Type.Enum(SESSION_KINDS)),
  reason: Type.Optional(Type.Enum(REASONS)),
  outcome: Type.Optional(Type.Enum(SESSION_OUTCOMES)),
  browserFamily: Type.Optional(Type.Enum(BROWSER_FAMILIES)),
  /** The sessions that reached at least this step. */
  step: Type.Optional(Type.Enum(FUNNEL_STEPS)),
  /** Started at this time or later. */
  from: Type.Optional(Timestamp),
  /** Started before this time. */
  to: Type.Optional(Timestamp),
  /** The `next` of the page before, with the same other members. */
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 200 })),
});
export type SessionSearch = Static<typeof SessionSearch>;

/** The payment that a session is about. */
export const SessionPayment = Type.Object({
  merchantName: Text(200),
  merchantOrigin: Text(300),
  orderId: Text(64),
  amount: Text(40),
  currency: Text(3),
  ...AcquirerData.properties,
});
export type SessionPayment = Static<typeof SessionPayment>;

const COMMON = {
  authenticationSessionId: SessionId,
  clientSessionId: Uuid,
  clientId: ClientId,
  clientName: Text(200),
  kind: Type.Enum(SESSION_KINDS),
  state: Type.Enum(SESSION_STATES),
  /** STEPPED_UP: a payment that was answered with STEP_UP, because no passkey could be used. */
  outcome: Type.Enum([...SESSION_OUTCOMES, 'STEPPED_UP']),
  /** With CANCELLED and FAILED. */
  reason: Type.Optional(Type.Enum(REASONS)),
  browserFamily: Type.Enum(BROWSER_FAMILIES),
  createdAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  payment: Type.Optional(SessionPayment),
  /** Only for a merchant's session, which has one card. */
  panLastFour: Type.Optional(Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 })),
};

/** A session in a list. It contains no account. */
export const SessionRow = Type.Object(COMMON);
export type SessionRow = Static<typeof SessionRow>;

/**
 * The newest first. One call reads a bounded number of sessions. So a page may have few items, or none, although there are more: the search
 * continues at `next`. Without `next` the search is complete.
 */
export const SessionPage = Type.Object({
  items: Type.Array(SessionRow, { maxItems: SESSION_PAGE }),
  next: Type.Optional(Type.String({ maxLength: 200 })),
  /** With `next`: every session that was started after this time has been read. */
  searchedTo: Type.Optional(Timestamp),
});
export type SessionPage = Static<typeof SessionPage>;

/** The most steps that are kept of a session. If there are more, the first 25 and the latest 25 are kept. */
export const MAX_TIMELINE_STEPS = 50;

/**
 * What happened, in the order of a session's life. START: the Sessions call. OPEN: the hosted page. OFFER: what the cardholder could choose.
 * ISSUER_REQUEST: the browser was sent to the card's issuer. ISSUER_ANSWER: the issuer's answer. RESULT: the authenticator's answer was verified.
 * PROOF: the proof was signed. BINDING: the passkey was bound. APPROVAL: the payment was approved. OPT_OUT: of Secure Payment Confirmation. END:
 * the session ended without a result.
 */
export const TIMELINE_STEPS = [
  'START',
  'OPEN',
  'OFFER',
  'ISSUER_REQUEST',
  'ISSUER_ANSWER',
  'RESULT',
  'PROOF',
  'BINDING',
  'APPROVAL',
  'OPT_OUT',
  'END',
] as const;
export type TimelineStepName = (typeof TIMELINE_STEPS)[number];

/** REPEATED: the same call came again and was answered as before. REFUSED: it was refused and changed nothing, or used a challenge up. */
export const TIMELINE_DECISIONS = ['ACCEPTED', 'REPEATED', 'REFUSED'] as const;
export type TimelineDecision = (typeof TIMELINE_DECISIONS)[number];

/** CREATE: a new passkey. USE: one that exists. PAY: approve the payment on the page. CONFIRM: Secure Payment Confirmation. VERIFY: ask the issuer. */
export const OFFERS = ['CREATE', 'USE', 'PAY', 'CONFIRM', 'VERIFY'] as const;
export type OfferName = (typeof OFFERS)[number];

/** What ends a session from outside: a suspension or a deletion of the binding or passkey that it would use, or a replaced card. */
export const REVOCATIONS = ['SUSPENSION', 'DELETION', 'REPLACEMENT'] as const;
export type Revocation = (typeof REVOCATIONS)[number];

/** A code of the catalogue, such as `CREDENTIALS_NOT_VERIFIED` or `PROOF_MISMATCH`. */
const Code = Type.String({ pattern: '^[A-Z][A-Z0-9_]*$', maxLength: 64 });

/** A step of a timeline. No account, token or cookie is in it. */
export const TimelineStep = Type.Object({
  at: Timestamp,
  step: Type.Enum(TIMELINE_STEPS),
  decision: Type.Enum(TIMELINE_DECISIONS),
  /** Who acted. */
  by: Type.Enum(ACTORS),
  /** What the caller was told: the reason of the callback, or the code of the error. */
  code: Type.Optional(Code),
  /** A more precise reason than `code`. The caller does not get it. */
  because: Type.Optional(Code),
  /** Only for OFFER and RESULT. */
  offer: Type.Optional(Type.Enum(OFFERS)),
  /** Only for END: the state that the session ended in; with `revocation`, why. */
  state: Type.Optional(Type.Enum(SESSION_STATES)),
  revocation: Type.Optional(Type.Enum(REVOCATIONS)),
  /** The key that signed the proof. */
  kid: Type.Optional(Text(128)),
  browserFamily: Type.Optional(Type.Enum(BROWSER_FAMILIES)),
  traceId: Type.Optional(Type.String({ pattern: '^[0-9a-f]{32}$', maxLength: 32 })),
  /** Only for an accepted RESULT: what was verified. */
  verified: Type.Optional(
    Type.Object({
      userPresent: Type.Boolean(),
      userVerified: Type.Boolean(),
      /** Whether the passkey is backed up, and so may be on other devices of its owner. */
      backedUp: Type.Boolean(),
      /** The signature counter did not grow: a sign of a copied passkey. */
      counterRegressed: Type.Boolean(),
      /** A COSE algorithm, such as `-7` (ES256). Absent where the passkey is no longer stored. */
      algorithm: Type.Optional(Type.Integer()),
      /** The authenticator's model in the FIDO metadata, if the attestation proves it. */
      model: Type.Optional(Text(300)),
      credentialId: Type.Optional(PasskeyId),
      /** The device, `appInstanceId` in the proof. */
      deviceId: Type.Optional(Text(64)),
    }),
  ),
});
export type TimelineStep = Static<typeof TimelineStep>;

/** One session. It contains no account beyond the last four digits of a merchant's card. */
export const SessionView = Type.Object({
  ...COMMON,
  srcCorrelationId: CorrelationId,
  expiresAt: Timestamp,
  /** Only for a payment: what the merchant was told to do. */
  nextStep: Type.Optional(Type.Enum(NEXT_STEPS)),
  /** Only for a merchant's session: the issuer of the card. */
  issuerName: Type.Optional(Text(200)),
  credentialId: Type.Optional(PasskeyId),
  deviceId: Type.Optional(Text(64)),
  bindingId: Type.Optional(BindingId),
  traceId: TimelineStep.properties.traceId,
  /** The oldest first. */
  timeline: Type.Array(TimelineStep, { maxItems: 2 * MAX_TIMELINE_STEPS + 4 }),
  /** How many steps were dropped, after the 25th. A step that is kept may be shown as two. */
  droppedSteps: Type.Integer({ minimum: 0 }),
});
export type SessionView = Static<typeof SessionView>;
