/** Schemas of single fields that more than one message uses. Every string has an upper bound. */
import Type, { type Static } from 'typebox';

/** No control characters and no lone surrogates: PostgreSQL stores neither, and a log line or a page may be broken by them. */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff]*$';

/** Text of at least one and at most `maxLength` characters, without controls. */
export const Text = (maxLength: number) => Type.String({ pattern: PRINTABLE, minLength: 1, maxLength });

export const Uuid = Type.String({
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  maxLength: 36,
});

/** RFC 3339 date-time with a zone. */
export const Timestamp = Type.String({ format: 'date-time', maxLength: 40 });

/** ISO 3166-1 alpha-2, upper case. */
export const Country = Type.String({ pattern: '^[A-Z]{2}$', maxLength: 2 });

/** The session's handle at the network, at least 128 random bits, base64url. */
export const SessionId = Type.String({ pattern: '^[A-Za-z0-9_-]{22,64}$', maxLength: 64 });

/** 256 random bits, base64url: the access token of the launch URL's fragment. */
export const AccessToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$', maxLength: 43 });

export const ClientId = Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', maxLength: 64 });

/** A compact JWS; the published sample proof has 1,114 characters. */
export const CompactJws = Type.String({
  pattern: '^[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+$',
  maxLength: 4096,
});

/** A caller's own tracing handle. */
export const CorrelationId = Type.String({ pattern: '^[\\x21-\\x7e]{1,64}$', maxLength: 64 });

export type Timestamp = Static<typeof Timestamp>;
