/** The cursor of a list: where a page ended, as base64url of JSON. Opaque to the caller, and checked when it comes back. */
import { compileSchema } from '@payment-passkeys/protocol';
import type { Static, TSchema } from 'typebox';
import { ServiceError } from '../errors/errors.ts';
import { readJson } from './json-body.ts';

export function writeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** Undefined without a cursor. Throws {@link ServiceError} INVALID_FIELD for one that {@link writeCursor} has not made. */
export function readCursor<const Schema extends TSchema>(
  cursor: string | undefined,
  schema: Schema,
): Static<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const place = readJson(Buffer.from(cursor, 'base64url'));
  const compiled = compileSchema(schema);
  if (!compiled.accepts(place))
    throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/cursor', sourceType: 'QUERY' });
  return place;
}
