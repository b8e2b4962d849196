/** Pages of a list, and their cursor: where a page ended, as base64url of JSON. Opaque to the caller, and checked when it comes back. */
import type { CompiledSchema } from '@payment-passkeys/protocol';
import type { Static, TSchema } from 'typebox';
import { ServiceError } from '../errors/errors.ts';
import { readJson } from './json-body.ts';

export function writeCursor(place: object): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * Reads the place that a cursor names; undefined without a cursor. `sourceType` is the part of the request that holds the cursor. Throws {@link
 * ServiceError} INVALID_FIELD if it does not have the form that {@link writeCursor} gives it.
 */
export function readCursor<const Schema extends TSchema>(
  cursor: string | undefined,
  { schema, sourceType }: { readonly schema: CompiledSchema<Schema>; readonly sourceType: 'BODY' | 'QUERY' },
): Static<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const place = readJson(Buffer.from(cursor, 'base64url'));
  if (!schema.accepts(place)) throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/cursor', sourceType });
  return place;
}

/**
 * Cuts a page of `size` rows from `read`, which has one row more if another page follows. `last` is the last row of the page; undefined if no page
 * follows.
 */
export function cutPage<Row>(
  read: readonly Row[],
  size: number,
): { readonly rows: readonly Row[]; readonly last: Row | undefined } {
  const rows = read.slice(0, size);
  return { rows, last: read.length > size ? rows.at(-1) : undefined };
}
