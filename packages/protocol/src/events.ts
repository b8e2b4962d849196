/** Events, contract §16: the network informs issuers and merchants of what others did. Pushed to webhooks, and pulled by a cursor. */
import Type, { type Static, type TSchema } from 'typebox';
import {
  ACCOUNT_TYPES,
  ACTORS,
  AuthenticatorFacts,
  BINDING_REASON_CODES,
  BINDING_STATUSES,
  BindingHolder,
  PasskeyId,
} from './bindings.ts';
import { SessionId, Text, Timestamp, Uuid } from './fields.ts';
import { CALLBACK_STATUSES, REASONS } from './outcomes.ts';
import { SESSION_STATES } from './session-report.ts';
import { AcquirerData, Amount, BindingId, CurrencyCode, MerchantName, OrderId, WebOrigin } from './transactions.ts';

/** Below the network's public URL: a signed GET. */
export const EVENTS_PATH = '/authentication/events';
/** Below the network's public URL: the public keys that verify deliveries to webhooks. */
export const WEBHOOK_KEYS_PATH = '/.well-known/webhook-keys.json';

/** How long an event can be pulled. */
export const EVENT_DAYS = 30;
/** For how long the delivery of an event to a webhook is tried again. */
export const DELIVERY_DAYS = 3;
/** How long a webhook may take to answer. */
export const DELIVERY_SECONDS = 10;
/** `client.key-expiring` is sent this many days before a client's certificate expires. */
export const KEY_EXPIRY_NOTICE_DAYS = [30, 7] as const;
export const MAX_WEBHOOKS = 5;
/** The most events of one answer. */
export const MAX_EVENTS = 500;
/** The number of events of one answer if the request has no `limit`. */
export const DEFAULT_EVENTS = 100;

const ids = { bindingId: BindingId, credentialId: PasskeyId };
const PanLastFour = Type.String({ pattern: '^[0-9]{4}$', maxLength: 4 });

/** The binding's status after the event. Absent in events of an earlier release. */
const status = Type.Optional(Type.Enum(BINDING_STATUSES));

const BindingChange = {
  ...ids,
  status,
  /** The kinds of all accounts that the binding stands for. */
  accountTypes: Type.Array(Type.Enum(ACCOUNT_TYPES), { maxItems: ACCOUNT_TYPES.length }),
  /** Only for a merchant's binding, which is for one card. */
  panLastFour: Type.Optional(PanLastFour),
  heldBy: BindingHolder,
  authenticator: Type.Optional(AuthenticatorFacts),
};

const BindingDecision = Type.Object({
  ...ids,
  status,
  reasonCode: Type.Enum(BINDING_REASON_CODES),
  /** Everyone who suspends the binding, after this event. */
  suspendedBy: Type.Array(Type.Enum(ACTORS), { maxItems: ACTORS.length }),
});

/** The schema of `data` for each type of event. Never a full account, an e-mail address, a phone number, a token or a proof. */
export const EVENT_DATA = {
  'binding.created': Type.Object(BindingChange),
  /** Accounts were added, or the card was replaced. */
  'binding.updated': Type.Object(BindingChange),
  'binding.suspended': BindingDecision,
  'binding.resumed': BindingDecision,
  'binding.deleted': BindingDecision,
  /** The card's issuer has activated it. */
  'binding.activated': BindingDecision,
  'passkey.deleted': Type.Object({ credentialId: PasskeyId, reasonCode: Type.Enum(BINDING_REASON_CODES) }),
  'payment.approved': Type.Object({
    authenticationSessionId: SessionId,
    ...ids,
    merchantName: MerchantName,
    merchantOrigin: WebOrigin,
    amount: Amount,
    currency: CurrencyCode,
    panLastFour: PanLastFour,
    /** Only in the merchant's event. */
    orderId: Type.Optional(OrderId),
    /** As far as the merchant gave them. */
    ...AcquirerData.properties,
    authenticator: Type.Optional(AuthenticatorFacts),
  }),
  /** The members are those of `SessionReport`. */
  'session.ended': Type.Object({
    authenticationSessionId: SessionId,
    clientSessionId: Uuid,
    state: Type.Enum(SESSION_STATES),
    /** Absent if the session expired or was superseded. */
    status: Type.Optional(Type.Enum(CALLBACK_STATUSES)),
    /** With CANCELLED and ERROR. */
    reason: Type.Optional(Type.Enum(REASONS)),
    credentialId: Type.Optional(PasskeyId),
    bindingId: Type.Optional(BindingId),
  }),
  'client.key-expiring': Type.Object({
    /** The SHA-256 of the key's SubjectPublicKeyInfo, in hexadecimal. */
    fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64 }),
    expiresAt: Timestamp,
  }),
} as const satisfies Record<string, TSchema>;

/** A type of event. Receivers must ignore types that they do not know: there may be more. */
export type EventType = keyof typeof EVENT_DATA;
export const EVENT_TYPES = Object.keys(EVENT_DATA) as readonly EventType[]; // Object.keys loses the key types

/** The `data` of a type of event. */
export type EventData<Of extends EventType> = Static<(typeof EVENT_DATA)[Of]>;

/**
 * The type of the event with which the network's operator tests one webhook. It goes to that webhook whatever its types are, and reports
 * nothing. It is not one of EVENT_TYPES: nobody registers for it, and the kits pass it to `otherwise`. Its `data` is a {@link TestEventData}.
 */
export const TEST_EVENT = 'webhook.test';
export const TestEventData = Type.Object({
  test: Type.Literal(true),
  /** A new one for each test. */
  testId: Uuid,
  /** The webhook that is tested. */
  uri: Type.String({ maxLength: 500 }),
});
export type TestEventData = Static<typeof TestEventData>;

/** An event's id. A repeated delivery has the same id. The order of ids has no meaning. */
export const EventId = Type.String({ pattern: '^evt_[0-9a-f]{32}$', maxLength: 36 });

/**
 * The envelope of every event. `data` must match the type's schema in `EVENT_DATA`. A type that is not known here is not an error: a
 * later version may have it.
 */
export const EventEnvelope = Type.Object({
  id: EventId,
  type: Type.String({ pattern: '^[a-z]+\\.[a-z-]+$', maxLength: 64 }),
  /** When it happened. */
  timestamp: Timestamp,
  triggeredBy: Type.Enum(ACTORS),
  data: Type.Object({}),
});
export type EventEnvelope = Static<typeof EventEnvelope>;

/** An event of a known type. */
export type NetworkEvent = {
  readonly [Of in EventType]: Omit<EventEnvelope, 'type' | 'data'> & {
    readonly type: Of;
    readonly data: EventData<Of>;
  };
}[EventType];

/** The query of `GET /authentication/events`. Without `after`, the answer begins with the oldest event there is. */
export const EventsQuery = Type.Object({
  /** The id of the last event that the caller has. */
  after: Type.Optional(EventId),
  /** 1 to MAX_EVENTS; DEFAULT_EVENTS if absent. */
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|[1-4][0-9]{2}|500)$', maxLength: 3 })),
});
export type EventsQuery = Static<typeof EventsQuery>;

/** The client's events after a cursor, oldest first. */
export const EventPage = Type.Object({
  events: Type.Array(EventEnvelope, { maxItems: MAX_EVENTS }),
  /** The next call's `after`. Absent only if the client has had no event in the last 30 days and gave no `after`. */
  next: Type.Optional(EventId),
});
export type EventPage = Static<typeof EventPage>;

/** The path and query of a pull. */
export function eventsPath({
  after,
  limit,
}: {
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}): string {
  const query = new URLSearchParams({
    ...(after !== undefined && { after }),
    ...(limit !== undefined && { limit: String(limit) }),
  });
  return query.size === 0 ? EVENTS_PATH : `${EVENTS_PATH}?${query}`;
}

/** The families of types: `binding.*` stands for every type of bindings. */
const FAMILIES = [...new Set(EVENT_TYPES.map((type) => `${type.slice(0, type.indexOf('.'))}.*`))];

/**
 * An address in a client's registration to which the network posts the events of these types. https, with port 443 or one from 1024 on, and
 * no user info; in sandbox mode also http to a loopback name. The schema checks the form only: see the network's registration.
 */
export const Webhook = Type.Object({
  uri: Type.String({ pattern: '^https?://[\\x21-\\x7e]+$', maxLength: 500 }),
  types: Type.Array(Type.Enum([...EVENT_TYPES, ...FAMILIES]), {
    minItems: 1,
    maxItems: EVENT_TYPES.length + FAMILIES.length,
  }),
});
export type Webhook = Static<typeof Webhook>;

/**
 * The headers of a delivery, as Standard Webhooks names them. The signature is `v1a,` and the base64 of an Ed25519 signature over
 * `<webhook-id>.<webhook-timestamp>.<body>`; several are separated by spaces. The timestamp is in seconds since 1970-01-01 UTC.
 */
export const WEBHOOK_HEADERS = {
  id: 'webhook-id',
  timestamp: 'webhook-timestamp',
  signature: 'webhook-signature',
} as const;
/** The scheme of an asymmetric signature in Standard Webhooks. */
export const WEBHOOK_SIGNATURE_SCHEME = 'v1a';

/** The answer of WEBHOOK_KEYS_PATH: a JSON Web Key Set (RFC 7517) of Ed25519 keys (RFC 8037). Two keys during a rotation. */
export const WebhookKeySet = Type.Object({
  keys: Type.Array(
    Type.Object({
      kty: Type.Literal('OKP'),
      crv: Type.Literal('Ed25519'),
      /** The public key: 32 bytes in base64url. */
      x: Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 }),
      kid: Text(100),
      use: Type.Literal('sig'),
      alg: Type.Literal('EdDSA'),
    }),
  ),
});
export type WebhookKeySet = Static<typeof WebhookKeySet>;
