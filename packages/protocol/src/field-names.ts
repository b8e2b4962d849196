/**
 * The member names that may be shown: in an error's pointer, a log line, a warning. A name that no schema knows was made by a caller, and may
 * be anything, a card number included.
 */
import type { TSchema } from 'typebox';
import { AssertionRequest } from './assertion.ts';
import { AuthenticatorRequest } from './authenticators.ts';
import { ConsentRequest, EndRequest, OpenRequest, ResultRequest } from './ceremonies.ts';
import { escapeToken } from './json-pointer.ts';
import { propertiesOf, schemasWithin } from './schema-parts.ts';
import { SessionRequest, SrcSessionInitiationRequestInfo } from './sessions.ts';
import { BindingTransactionInfo, CardTransactionInfo, InstrumentSessionInfo } from './transactions.ts';

const MESSAGES: readonly TSchema[] = [
  SessionRequest,
  SrcSessionInitiationRequestInfo,
  InstrumentSessionInfo,
  CardTransactionInfo,
  BindingTransactionInfo,
  AuthenticatorRequest,
  AssertionRequest,
  OpenRequest,
  ResultRequest,
  ConsentRequest,
  EndRequest,
];

let known: ReadonlySet<string> | undefined;

function isKnown(name: string): boolean {
  known ??= new Set(MESSAGES.flatMap(schemasWithin).flatMap((schema) => Object.keys(propertiesOf(schema))));
  return known.has(name);
}

/** A member's name as it stands in a pointer that is shown (RFC 6901 §3): `*` for a name that no message has. */
export function shownToken(name: string): string {
  return isKnown(name) ? escapeToken(name) : '*';
}

/** Of how many unknown fields {@link findUnknownFields} tells the names. */
const MAX_TOLD = 8;
/** Letters alone, as every field of the contract: no number, no address, and no text of several words is named. */
const FIELD_LIKE = /^[A-Za-z]{2,40}$/;

/**
 * The members of an object that none of the schemas has at its top level, for whoever wrote them: the first eight whose name looks like a
 * field's. `more` counts the others.
 */
export function findUnknownFields(
  value: unknown,
  schemas: readonly TSchema[],
): { readonly names: readonly string[]; readonly more: number } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { names: [], more: 0 };
  const expected = new Set(schemas.flatMap(alternatives).flatMap((schema) => Object.keys(propertiesOf(schema))));
  const unknown = Object.keys(value).filter((name) => !expected.has(name));
  const names = unknown.filter((name) => FIELD_LIKE.test(name)).slice(0, MAX_TOLD);
  return { names, more: unknown.length - names.length };
}

function alternatives(schema: TSchema): readonly TSchema[] {
  return 'anyOf' in schema ? (schema.anyOf as readonly TSchema[]).flatMap(alternatives) : [schema]; // Type.Union's own member
}
