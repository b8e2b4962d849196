/** Schemas of fields that several messages have. Every string has a maximum length. */
import Type, { type Static } from 'typebox';

/** No control characters and no lone surrogates: PostgreSQL does not store all of them, and they can break a log line or a page. */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$';

/** One to `maxLength` characters, without control characters. */
export const Text = (maxLength: number) => Type.String({ pattern: PRINTABLE, minLength: 1, maxLength });

/** RFC 9562, in either case. Any version. */
export const Uuid = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  maxLength: 36,
});

/** RFC 3339 date-time with a zone. */
export const Timestamp = Type.String({ format: 'date-time', maxLength: 40 });

/** ISO 3166-1 alpha-2, upper case. */
export const Country = Type.String({ pattern: '^[A-Z]{2}$', maxLength: 2 });

/** The network's id of a session: at least 128 random bits in base64url. */
export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_-]{22,64}$', maxLength: 64 });

/** The access token of the launch URL: 256 random bits in base64url. */
export const AccessToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 });

/** The network's id of a client, chosen at its registration. */
export const ClientId = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', maxLength: 64 });

/** The network's id of a merchant that a payment service provider has registered: 128 random bits in base64url. */
export const MerchantId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', maxLength: 22 });

/** A compact JWS (RFC 7515 §3.1). The published sample proof has 1,114 characters. */
export const CompactJws = Type.String({
  pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$',
  maxLength: 4096,
});

/** An id by which the caller finds a request again: printable ASCII without spaces. */
export const CorrelationId = Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$', maxLength: 64 });

export type Timestamp = Static<typeof Timestamp>;
