/**
 * Which member names may be shown in an error, a log line or a warning. A name that is in no schema comes from the caller, and may be anything,
 * even a card number.
 */
import type { TSchema } from 'typebox';
import { AssertionRequest } from './assertion.ts';
import { AuthenticatorRequest } from './authenticators.ts';
import {
  BindingSearch,
  BindingSearchInfo,
  ReplacementInfo,
  ReplacementRequest,
  StatusUpdate,
  StatusUpdateInfo,
} from './bindings.ts';
import { ConsentRequest, EndRequest, OpenRequest, ResultRequest } from './ceremonies.ts';
import { escapeToken } from './json-pointer.ts';
import { TokenRequest } from './oauth2.ts';
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
  BindingSearch,
  BindingSearchInfo,
  StatusUpdate,
  StatusUpdateInfo,
  ReplacementRequest,
  ReplacementInfo,
  OpenRequest,
  ResultRequest,
  ConsentRequest,
  EndRequest,
  TokenRequest,
];

let known: ReadonlySet<string> | undefined;

function isKnown(name: string): boolean {
  known ??= new Set(MESSAGES.flatMap(schemasWithin).flatMap((schema) => Object.keys(propertiesOf(schema))));
  return known.has(name);
}

/** A member's name for a JSON pointer that is shown, escaped (RFC 6901 §3). `*` for a name that is in no message. */
export function shownToken(name: string): string {
  return isKnown(name) ? escapeToken(name) : '*';
}

/** {@link findUnknownFields} returns at most this many names. */
const MAX_TOLD = 8;
/** Letters only, as in every field of the contract. A number, an address or a text of several words is not returned. */
const FIELD_LIKE = /^[A-Za-z]{2,40}$/;

/** Whether a member's name may be shown: a message has it, or it looks like a field's name, such as one that is misspelt. */
export function isShownName(name: string): boolean {
  return isKnown(name) || FIELD_LIKE.test(name);
}

/**
 * The top-level members of an object that none of the schemas has, to warn the caller about them. `names` has the first eight that look like
 * field names; `more` is the number of the others. Both are empty for a value that is not an object.
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
