/** Whether a payment may be approved with a passkey and its bindings. */
import { type Sql, sql } from '@payment-passkeys/storage';
import { bindingIsOpen } from '../passkeys/open-binding.ts';

/**
 * The part `usable` has one row with the `answer`. One of the `ways` must be an open binding of the passkey. Of the `ways`, the payment's own
 * binding and other bindings of this merchant must be open too. A binding of this merchant may wait for its issuer if the payment itself has
 * `registered` the passkey.
 *
 * It locks the passkey, then the bindings in the order of their ids, and both before the session. So a statement that suspends or deletes one of
 * them comes wholly before an approval or wholly after it, and no payment is approved with them once that statement has returned.
 */
export const USABLE: Sql<'passkeyId' | 'ways' | 'isNew' | 'bindingId' | 'clientId' | 'registered'> = sql`
  active AS (SELECT passkey_id FROM passkey WHERE passkey_id = ${'passkeyId'} AND status = 'active' FOR NO KEY UPDATE),
  held AS (SELECT held.* FROM active, unnest(${'ways'}::text[]) AS way (binding_id),
             LATERAL (SELECT binding_id, passkey_id, client_id, ${bindingIsOpen(sql`(${'registered'}::boolean AND client_id = ${'clientId'})`)} AS open FROM binding
                      WHERE binding.binding_id = way.binding_id FOR NO KEY UPDATE) AS held),
  usable AS (SELECT bool_or(open AND passkey_id = ${'passkeyId'}) AND (${'isNew'} OR bool_or(binding_id = ${'bindingId'}))
                    AND bool_and(open OR (client_id <> ${'clientId'} AND binding_id <> ${'bindingId'})) AS answer FROM held)`;
