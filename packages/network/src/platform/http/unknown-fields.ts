/** Names unknown fields in a header, in sandbox mode only. They are ignored, and a developer would not notice a misspelt optional field. */
import { findUnknownFields, type Mode } from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import type { TSchema } from 'typebox';

/** JSON pointers, separated by commas. `/* (2)` counts fields whose names are not repeated, because they may hold anything. */
export const UNKNOWN_FIELDS_HEADER = 'x-unknown-fields';

/**
 * Adds to the header the fields of the message that none of the schemas knows. Fields of objects within the message are not checked. `pointer` is
 * the place of the message in the request.
 */
export function noteUnknownFields(
  reply: FastifyReply,
  message: { readonly value: unknown; readonly schemas: readonly TSchema[]; readonly pointer: string },
  mode: Mode,
): void {
  if (mode !== 'sandbox') return;
  const { names, more } = findUnknownFields(message.value, message.schemas);
  const pointers = names.map((name) => `${message.pointer}/${name}`);
  const told = more === 0 ? pointers : [...pointers, `${message.pointer}/* (${more})`];
  if (told.length === 0) return;
  const before = reply.getHeader(UNKNOWN_FIELDS_HEADER);
  const all = new Set([...(typeof before === 'string' ? before.split(', ') : []), ...told]);
  reply.header(UNKNOWN_FIELDS_HEADER, [...all].join(', '));
}
