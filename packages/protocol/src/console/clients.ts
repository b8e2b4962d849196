/** Clients at the console: the form that registers and changes them, their versions, their webhooks and deliveries. `/api/clients…`. */
import Type, { type Static } from 'typebox';
import { CLIENT_ROLES, ClientRegistration } from '../clients.ts';
import { EventId } from '../events.ts';
import { ClientId, MerchantId, Text, Timestamp } from '../fields.ts';
import { Merchant } from '../merchants.ts';
import { Approval, Difference } from './approvals.ts';

/** Takes GET and POST of a {@link ClientAddition}. `{id}` below it takes GET and PUT; its other paths are named at their messages. */
export const CLIENTS_PATH = '/api/clients';
/** Takes a {@link ClientCheck}. */
export const CLIENT_CHECK_PATH = `${CLIENTS_PATH}/check`;

export const CLIENT_STATES = ['ACTIVE', 'SUSPENDED'] as const;

/** The fields of a registration that do not change without a second operator, if approvals are on. */
export const FIELDS_THAT_WAIT = [
  'consumerKey',
  'signingKeys',
  'oauth2Keys',
  'verification.uri',
  'verification.signingKey',
  'verification.encryptionKey',
  'activation',
  'accountRanges',
  'callbackDomains',
  'callbackSchemes',
  'provider',
  'merchantOrigins',
] as const;

/** A line of `GET /api/clients`. The role SUPPORT gets the first four members only. */
export const ClientSummary = Type.Object({
  clientId: ClientId,
  name: Text(100),
  role: Type.Enum(CLIENT_ROLES),
  state: Type.Enum(CLIENT_STATES),
  version: Type.Optional(Type.Integer()),
  /** When the first of its certificates expires. Absent if its keys are bare keys, which do not expire. */
  keysExpireAt: Type.Optional(Timestamp),
  /** Deliveries to its webhooks that wait, and that are given up. */
  waiting: Type.Optional(Type.Integer()),
  dead: Type.Optional(Type.Integer()),
  /** How many of its webhooks are switched off because they answered 410. */
  webhooksOff: Type.Optional(Type.Integer()),
});
export type ClientSummary = Static<typeof ClientSummary>;

/** All clients, by their ids. */
export const ClientList = Type.Object({ items: Type.Array(ClientSummary) });
export type ClientList = Static<typeof ClientList>;

/** A public key of a registration, as it was read from its PEM. */
export const ClientKey = Type.Object({
  /** The JSON pointer in the registration: `/signingKey`, `/signingKeys/0`, `/oauth2Keys/0`, `/verification/encryptionKey`. */
  pointer: Type.String({ maxLength: 64 }),
  /** SHA-256 of the SubjectPublicKeyInfo, in hexadecimal. */
  fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$', maxLength: 64 }),
  algorithm: Type.String({ maxLength: 32 }),
  /** The length of an RSA modulus, or of the order of an elliptic curve. */
  bits: Type.Integer(),
  /** The members of a certificate; absent for a bare key. */
  certificate: Type.Optional(
    Type.Object({
      subject: Type.String({ maxLength: 1000 }),
      issuer: Type.String({ maxLength: 1000 }),
      validFrom: Timestamp,
      validTo: Timestamp,
    }),
  ),
});
export type ClientKey = Static<typeof ClientKey>;

/** The body of `POST /api/clients/check`. The answer names what is wrong with the registration, so it may be any JSON value. */
export const ClientCheck = Type.Object({ registration: Type.Unknown() });
export type ClientCheck = Static<typeof ClientCheck>;

export const ClientProblem = Type.Object({
  /** The JSON pointer (RFC 6901) in the registration; empty for the whole. */
  pointer: Type.String({ maxLength: 500 }),
  /** The end of a sentence that begins with the field: `is required for an issuer`. */
  problem: Type.String({ maxLength: 500 }),
});
export type ClientProblem = Static<typeof ClientProblem>;

/** What `POST /api/clients/check` found. It changes nothing. */
export const ClientCheckAnswer = Type.Object({
  /** Empty: the registration can be sent. */
  problems: Type.Array(ClientProblem),
  /** The keys that could be read. */
  keys: Type.Array(ClientKey),
  /** The differences to the client as it is now, or to nothing for a new one. Empty if there are problems. */
  differences: Type.Array(Difference),
  /** The changed fields that need a second operator; empty if approvals are off or no such field changes. */
  waitsFor: Type.Array(Type.String({ maxLength: 64 })),
  /** The client's version now; absent for a new client. */
  version: Type.Optional(Type.Integer()),
});
export type ClientCheckAnswer = Static<typeof ClientCheckAnswer>;

/** The body of `POST /api/clients`: a new client. */
export const ClientAddition = Type.Object({ registration: ClientRegistration });
export type ClientAddition = Static<typeof ClientAddition>;

/** The body of `PUT /api/clients/{id}`. `version` is the one that the operator has edited; a later one is not overwritten. */
export const ClientUpdate = Type.Object({ registration: ClientRegistration, version: Type.Integer() });
export type ClientUpdate = Static<typeof ClientUpdate>;

/** The body of `POST /api/clients/{id}/resume`. A suspension has no such body: it is done at once, whatever the client's version is. */
export const ClientResumption = Type.Object({ version: Type.Integer() });
export type ClientResumption = Static<typeof ClientResumption>;

/** An address that events are posted to. */
export const WebhookState = Type.Object({
  uri: Type.String({ maxLength: 500 }),
  types: Type.Array(Type.String({ maxLength: 64 })),
  /** Since when nothing is posted there, because it answered 410. Absent: it is on. */
  offSince: Type.Optional(Timestamp),
  waiting: Type.Integer(),
  dead: Type.Integer(),
  /** Why the delivery that failed last did so, such as `HTTP_500` or `TIMEOUT`. */
  failure: Type.Optional(Type.String({ maxLength: 64 })),
});
export type WebhookState = Static<typeof WebhookState>;

/** `GET /api/clients/{id}`. */
export const ClientDetail = Type.Object({
  clientId: ClientId,
  name: Text(100),
  role: Type.Enum(CLIENT_ROLES),
  state: Type.Enum(CLIENT_STATES),
  version: Type.Integer(),
  /** As `clients add` takes it; the form is filled from it. Every key in it is a public one. */
  registration: ClientRegistration,
  keys: Type.Array(ClientKey),
  webhooks: Type.Array(WebhookState),
  /** The changes of this client that wait for approval. */
  approvals: Type.Array(Approval),
});
export type ClientDetail = Static<typeof ClientDetail>;

/** A version of a client, and what it changed. */
export const ClientVersionReport = Type.Object({
  version: Type.Integer(),
  changedAt: Timestamp,
  change: Type.Enum(['ADDED', 'REPLACED', 'SUSPENDED', 'RESUMED']),
  /** From the last known version before this one. Empty for a suspension and a resumption. */
  differences: Type.Array(Difference),
  /** How many versions directly before it have no record, because an older program made them. */
  missingBefore: Type.Integer(),
});
export type ClientVersionReport = Static<typeof ClientVersionReport>;

/** `GET /api/clients/{id}/versions`: the newest first. */
export const ClientVersions = Type.Object({ items: Type.Array(ClientVersionReport) });
export type ClientVersions = Static<typeof ClientVersions>;

/** The query of `GET /api/clients/{id}/merchants`. */
export const ClientMerchantsQuery = Type.Object({
  /** The `next` of the page before. */
  cursor: Type.Optional(MerchantId),
});
export type ClientMerchantsQuery = Static<typeof ClientMerchantsQuery>;

/** The merchants of a payment service provider, by their ids; empty for another client. */
export const ClientMerchants = Type.Object({ items: Type.Array(Merchant), next: Type.Optional(MerchantId) });
export type ClientMerchants = Static<typeof ClientMerchants>;

/** The query of `GET /api/clients/{id}/deliveries`. */
export const DeliveriesQuery = Type.Object({
  state: Type.Optional(Type.Enum(['WAITING', 'DEAD'])),
  /** The `next` of the page before. */
  cursor: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 1000 })),
});
export type DeliveriesQuery = Static<typeof DeliveriesQuery>;

/** An event that a webhook has not taken. A delivery that was taken is not kept. */
export const Delivery = Type.Object({
  eventId: EventId,
  type: Type.String({ maxLength: 64 }),
  occurredAt: Timestamp,
  uri: Type.String({ maxLength: 500 }),
  /** DEAD: it was tried for three days, or the webhook answered 410. */
  state: Type.Enum(['WAITING', 'DEAD']),
  attempts: Type.Integer(),
  /** With WAITING. */
  nextAttemptAt: Type.Optional(Timestamp),
  /** With DEAD. */
  deadAt: Type.Optional(Timestamp),
  /** Why the last attempt failed, such as `HTTP_500` or `TIMEOUT`. */
  failure: Type.Optional(Type.String({ maxLength: 64 })),
});
export type Delivery = Static<typeof Delivery>;

/** The newest event first. */
export const DeliveryPage = Type.Object({
  items: Type.Array(Delivery),
  next: Type.Optional(Type.String({ maxLength: 1000 })),
});
export type DeliveryPage = Static<typeof DeliveryPage>;

/** The body of `POST /api/clients/{id}/deliveries/replay`: the dead deliveries, or every event since a time, taken before or not. */
export const DeliveryReplay = Type.Object({ since: Type.Optional(Timestamp) });
export type DeliveryReplay = Static<typeof DeliveryReplay>;
export const DeliveryReplayAnswer = Type.Object({ deliveries: Type.Integer() });
export type DeliveryReplayAnswer = Static<typeof DeliveryReplayAnswer>;

/** The body of `POST /api/clients/{id}/webhooks/enable` and of `POST /api/clients/{id}/events/test`: one of the client's webhooks. */
export const WebhookChoice = Type.Object({ uri: Type.String({ maxLength: 500 }) });
export type WebhookChoice = Static<typeof WebhookChoice>;

/** `POST /api/clients/{id}/events/test`: the event that is on its way. Its type is TEST_EVENT. */
export const TestEventAnswer = Type.Object({ eventId: EventId });
export type TestEventAnswer = Static<typeof TestEventAnswer>;

/** `GET /api/clients/{id}/events/test/{eventId}`: the state of the test event. Ask again while it is WAITING. */
export const TestEventState = Type.Object({
  /** TAKEN: the webhook answered 2xx. */
  state: Type.Enum(['WAITING', 'TAKEN', 'DEAD']),
  attempts: Type.Integer(),
  /** Why the last attempt failed, such as `HTTP_500` or `TIMEOUT`. */
  failure: Type.Optional(Type.String({ maxLength: 64 })),
});
export type TestEventState = Static<typeof TestEventState>;
