/** Misspelt optional fields are ignored as every unknown one is: in sandbox mode an answer names them, so that a developer finds out. */
import { findUnknownFields, type Mode } from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import type { TSchema } from 'typebox';

/** JSON pointers, separated by commas; `/* (2)` for fields that are not named, as their names may be anything. */
export const UNKNOWN_FIELDS_HEADER = 'x-unknown-fields';

/** Adds what the message has at its top level and none of the schemas knows. `pointer` is where the message stands in the request. */
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
