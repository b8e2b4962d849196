/** The id of a session in a message of a caller. */
import { compileSchema, SessionId } from '@payment-passkeys/protocol';

const schema = compileSchema(SessionId);

/** The member `authenticationSessionId`. Undefined for what cannot be one: PostgreSQL refuses some texts, such as one with a NUL. */
export function readSessionId(message: unknown): string | undefined {
  const id: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'authenticationSessionId') : undefined;
  return schema.accepts(id) ? id : undefined;
}
