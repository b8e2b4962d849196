/** Whether a payment may use a binding. */
import { type Sql, sql } from '@payment-passkeys/storage';

/** Nobody has suspended the binding, and it does not wait for its issuer, unless `registeredHere`: the payment itself has registered the passkey. */
export const bindingIsOpen = <Name extends string = never>(registeredHere: Sql<Name>): Sql<Name> =>
  sql`(suspended_by = '{}' AND (NOT pending_activation OR ${registeredHere}))`;

export const BINDING_IS_OPEN: Sql<never> = sql`(suspended_by = '{}' AND NOT pending_activation)`;
