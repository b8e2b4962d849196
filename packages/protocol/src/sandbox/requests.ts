/** The last requests of a client, for the console's sandbox screen: what was wrong, and the shape of what was decrypted, without any value. */
import Type, { type Static } from 'typebox';
import { Text, Timestamp } from '../fields.ts';

/** How many requests of each client are kept. */
export const KEPT_REQUESTS = 100;

/** Takes GET with a {@link RequestsQuery}; answers a {@link RequestList}. */
export const sandboxRequestsPath = (clientId: string): string => `/api/sandbox/clients/${clientId}/requests`;

/** OAUTH2: a request with an access token, or one for an access token. */
export const REQUEST_SCHEMES = ['OAUTH1', 'OAUTH2'] as const;

/** RIGHT: it is the client's. WRONG: it was refused. NOT_CHECKED: the request was refused before the check, for example for an unknown path. */
export const SIGNATURE_STATES = ['RIGHT', 'WRONG', 'NOT_CHECKED'] as const;

export const RECORDED_TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'] as const;

/** One member of a body: its place and its type. */
export const RecordedMember = Type.Object({
  /** JSON pointer (RFC 6901); `*` in the place of a name that is in no message of the contract and does not look like a field's name. */
  pointer: Type.String({ maxLength: 500 }),
  type: Type.Enum(RECORDED_TYPES),
  /** The length of a string in characters, or of an array in items. */
  length: Type.Optional(Type.Integer()),
  /** It was in an encrypted object. */
  decrypted: Type.Optional(Type.Boolean()),
});
export type RecordedMember = Static<typeof RecordedMember>;

/** What was wrong with a request, as the client was answered. */
export const RecordedError = Type.Object({
  code: Type.String({ maxLength: 64 }),
  /** JSON pointer into the request after decryption; absent where it is not about a member. */
  pointer: Type.Optional(Type.String({ maxLength: 500 })),
  sentence: Type.String({ maxLength: 1000 }),
});
export type RecordedError = Static<typeof RecordedError>;

/** Where a claim of OAuth 2.0 is: in the DPoP proof, the client assertion, or the access token. */
export const CLAIM_PLACES = ['PROOF', 'ASSERTION', 'TOKEN'] as const;

/** A claim, or a member of the header, of a refused proof, assertion or token. `*` stands for a value that is not kept. */
export const RecordedClaim = Type.Object({
  of: Type.Enum(CLAIM_PLACES),
  /** `jwk` has the thumbprint (RFC 7638) as its value. */
  name: Text(32),
  /** Absent: the request does not have it. */
  given: Type.Optional(Text(500)),
  /** What the network compares it with. */
  expected: Type.Optional(Text(500)),
  /** The fault is in this claim, or in another one that is marked too. */
  wrong: Type.Boolean(),
});
export type RecordedClaim = Static<typeof RecordedClaim>;

export const RecordedRequest = Type.Object({
  /** Later requests have higher numbers. */
  position: Type.Integer(),
  /** As the answer's `x-request-id`. */
  requestId: Text(64),
  receivedAt: Timestamp,
  milliseconds: Type.Integer(),
  method: Text(16),
  /** With `*` in the place of each part that is not the contract's own, and of the query's values. */
  path: Text(500),
  /** Absent: the connection ended before the answer. */
  status: Type.Optional(Type.Integer()),
  scheme: Type.Enum(REQUEST_SCHEMES),
  /** With OAuth 2.0: the access token and the DPoP proof; of a token request, the client assertion and the proof. */
  signature: Type.Enum(SIGNATURE_STATES),
  errors: Type.Array(RecordedError),
  /** If the signature was wrong: each base string that the network accepts, first that of RFC 5849, then that of Mastercard's libraries. */
  baseStrings: Type.Array(Type.String({ maxLength: 8192 })),
  /** With OAuth 2.0: what the refused proof, assertion or token says. Empty if it cannot be read. */
  claims: Type.Array(RecordedClaim),
  /** `path` and `baseStrings` have `*` somewhere. */
  masked: Type.Boolean(),
  /** The members of the body, each before its own members. Empty where the signature is not RIGHT, or the body is not JSON. */
  shape: Type.Array(RecordedMember),
  /** Members that the network does not know and has ignored: JSON pointers. */
  unknownFields: Type.Array(Type.String({ maxLength: 500 })),
  /** The id of the session that the request was about, if it is in the request or in the answer. */
  sessionId: Type.Optional(Text(64)),
});
export type RecordedRequest = Static<typeof RecordedRequest>;

export const RequestsQuery = Type.Object({
  /** The highest position that is known already. */
  after: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', maxLength: 15 })),
});

/** The newest first. */
export const RequestList = Type.Object({ items: Type.Array(RecordedRequest) });
export type RequestList = Static<typeof RequestList>;
