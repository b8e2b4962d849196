/** The ids of our own records in an address: UUIDs in lower case (RFC 9562 §4). PostgreSQL refuses anything else where it compares one. */
import Type from 'typebox';

/** Of a pattern. */
export const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
export const Uuid: Type.TString = Type.String({ pattern: `^${UUID}$` });
