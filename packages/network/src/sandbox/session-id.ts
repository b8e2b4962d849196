/** Reads the id of a session from a caller's message. */
import { compileSchema, SessionId } from '@payment-passkeys/protocol';

const schema = compileSchema(SessionId);

/** The member `authenticationSessionId`. Undefined if it cannot be an id: PostgreSQL refuses some texts, such as one with a NUL. */
export function readSessionId(message: unknown): string | undefined {
  const id: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'authenticationSessionId') : undefined;
  return schema.accepts(id) ? id : undefined;
}
