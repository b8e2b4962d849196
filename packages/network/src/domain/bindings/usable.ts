/** Whether a payment may be approved with a passkey and its bindings. */
import { type Sql, sql } from '@payment-passkeys/storage';

/**
 * The part `usable`, whose one row has the `answer`. One of the `ways` must be a binding of the passkey that nobody has suspended; and neither
 * the payment's own binding, nor another one of this merchant, may be suspended or deleted.
 *
 * It locks the passkey, then the bindings in the order of their ids, and both before the session. So a statement that suspends or deletes one of
 * them comes wholly before an approval or wholly after it, and no payment is approved after its answer.
 */
export const USABLE: Sql<'passkeyId' | 'ways' | 'isNew' | 'bindingId' | 'clientId'> = sql`
  active AS (SELECT passkey_id FROM passkey WHERE passkey_id = ${'passkeyId'} AND status = 'active' FOR NO KEY UPDATE),
  held AS (SELECT held.* FROM active, unnest(${'ways'}::text[]) AS way (binding_id),
             LATERAL (SELECT binding_id, passkey_id, client_id, suspended_by = '{}' AS open FROM binding
                      WHERE binding.binding_id = way.binding_id FOR NO KEY UPDATE) AS held),
  usable AS (SELECT bool_or(open AND passkey_id = ${'passkeyId'}) AND (${'isNew'} OR bool_or(binding_id = ${'bindingId'}))
                    AND bool_and(open OR (client_id <> ${'clientId'} AND binding_id <> ${'bindingId'})) AS answer FROM held)`;
