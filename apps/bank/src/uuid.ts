/**
 * The ids of our own records in an address: lower-case UUIDs (RFC 9562 §4). PostgreSQL reports an error if another text is compared with a
 * uuid.
 */
import Type from 'typebox';

/** Part of a regular expression. */
export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
export const Uuid: Type.TString = Type.String({ pattern: `^${UUID}$` });
