/** A card is replaced by another (contract §15): its passkeys stay, at shops too. */
import { createHash } from 'node:crypto';
import type { CardBrand } from '@payment-passkeys/protocol';
import { column, query, selectList, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import { auditEntry, authorValues } from '../audit/entry.ts';
import {
  byAdmission,
  chooseByAdmission,
  type NonceClaim,
  type NonceVerdict,
  nonceValues,
  readVerdict,
  VERDICT,
} from '../clients/nonce-store.ts';
import { bindingChanged, bindingDecided, ENDED_SESSION, sessionEnded, storedEvents } from '../events/outbox.ts';
import { REVOCABLE } from '../sessions/states-in-sql.ts';
import { auditedBindings, BY, deletedBindings, REASON_CODE, targetedForDeletion } from './change.ts';
import { enrollingSessions, revoked } from './revoked-sessions.ts';

const FROM = sql`ANY (${'fromIndexes'}::bytea[])`;
const TO = sql`${'toIndex'}::bytea`;

/**
 * `old` are the bindings of the old card. `twin` are bindings that the same merchant already has for the new card and the same passkey. Such a
 * pair becomes one binding: the old card's stays, because the shop stores its id (decision 89).
 */
const FOUND = sql`
  old AS (SELECT DISTINCT held.* FROM binding_account AS account,
            LATERAL (SELECT binding_id, passkey_id, client_id, card_index FROM binding WHERE binding.binding_id = account.binding_id OFFSET 0) AS held
          WHERE account_index = ${FROM} AND kind = 'CARD'),
  twin AS (SELECT other.binding_id, old.binding_id AS kept_id FROM old,
             LATERAL (SELECT binding_id FROM binding WHERE passkey_id = old.passkey_id AND client_id = old.client_id AND card_index = ${TO}
                      OFFSET 0) AS other
           WHERE old.card_index <> '' AND other.binding_id <> old.binding_id),
  found AS (SELECT binding_id FROM old UNION SELECT binding_id FROM twin)`;

/** The accounts of the twins, read before the twins are deleted. */
const TWIN_ACCOUNTS = sql`
  twin_account AS MATERIALIZED (SELECT account.*, kept_id
                   FROM twin, LATERAL (SELECT * FROM binding_account AS account WHERE account.binding_id = twin.binding_id OFFSET 0) AS account)`;

/** The count in `moved` makes the deletion of a twin come before the change that takes its place. */
const MOVED = sql`
  stale AS (DELETE FROM binding_account AS account USING target, admitted
            WHERE account.binding_id = target.binding_id AND account_index = ${FROM} AND kind = 'CARD' RETURNING account.binding_id),
  renewed AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
              SELECT DISTINCT binding_id, ${TO}, ${'keyVersion'}::integer, 'CARD', ${'now'}::timestamptz FROM stale
              ON CONFLICT (binding_id, account_index) DO NOTHING),
  inherited AS (INSERT INTO binding_account (binding_id, account_index, key_version, kind, added_at)
                SELECT kept_id, account_index, key_version, kind, added_at
                FROM changed JOIN twin_account USING (binding_id) WHERE account_index <> ${TO}
                ON CONFLICT (binding_id, account_index) DO NOTHING),
  merged AS (SELECT kept_id, suspended_by, pending_activation, last_used_at FROM changed JOIN twin USING (binding_id)),
  moved AS (UPDATE binding SET updated_at = ${'now'},
              card_index = CASE WHEN card_index = '' THEN card_index ELSE ${TO} END,
              card_last_four = CASE WHEN card_index = '' THEN card_last_four ELSE ${'lastFour'} END,
              card_brand = CASE WHEN card_index = '' THEN card_brand ELSE ${'brand'} END,
              suspended_by = ARRAY(SELECT unnest(binding.suspended_by) UNION SELECT unnest(suspended_by) FROM merged
                                   WHERE kept_id = binding.binding_id ORDER BY 1),
              -- The issuer has activated the passkey at this shop if it has activated one of the two.
              pending_activation = pending_activation AND NOT EXISTS (SELECT FROM merged WHERE kept_id = binding.binding_id AND NOT merged.pending_activation),
              last_used_at = greatest(last_used_at, (SELECT max(last_used_at) FROM merged WHERE kept_id = binding.binding_id))
            WHERE binding_id = ANY (ARRAY(SELECT binding_id FROM stale)) AND (SELECT count(*) FROM changed) >= 0
            RETURNING binding_id, passkey_id, client_id, issuer_id, card_last_four, suspended_by, pending_activation)`;

/** Open sessions end. Sessions that have ended get the new index, so that a call about them is answered as before. */
const SESSIONS = sql`
  ended AS (UPDATE session SET ${revoked('REPLACEMENT')}, card_index = CASE WHEN card_index IS NOT NULL THEN ${TO} END
            WHERE session_id = ANY (ARRAY(
                SELECT session_id FROM session
                WHERE card_index = ANY (${'fromIndexes'}::bytea[] || ${TO}) AND ${REVOCABLE}
                  AND (card_index <> ${TO} OR binding_id IN (SELECT binding_id FROM changed))
                UNION ALL
                SELECT session_id FROM ${enrollingSessions(sql`${'fromIndexes'}::bytea[]`)} AS own WHERE client_id = ${'callerId'}))
              AND ${REVOCABLE} AND EXISTS (SELECT FROM admitted) AND (SELECT count(*) FROM target) >= 0
            RETURNING ${ENDED_SESSION}),
  ended_before AS (UPDATE session SET card_index = ${TO}
                   WHERE card_index = ${FROM} AND NOT (${REVOCABLE}) AND EXISTS (SELECT FROM admitted) AND (SELECT count(*) FROM target) >= 0)`;

const OPT_OUTS = sql`
  opted_out AS (DELETE FROM confirmation_opt_out USING admitted WHERE card_index = ${FROM} RETURNING client_id, opted_out_at),
  still_out AS (INSERT INTO confirmation_opt_out (client_id, card_index, opted_out_at)
                SELECT client_id, ${TO}, min(opted_out_at) FROM opted_out GROUP BY client_id ON CONFLICT (card_index, client_id) DO NOTHING)`;

/** The same replacement again adds nothing, so its number stays the same. */
const RECORDED = sql`
  recorded AS (INSERT INTO account_replacement (request_hash, client_id, bindings, replaced_at)
               SELECT ${'replacementHash'}::bytea, ${'callerId'}, (SELECT count(DISTINCT binding_id) FROM stale), ${'now'} FROM admitted
               ON CONFLICT (request_hash) DO UPDATE SET bindings = account_replacement.bindings + EXCLUDED.bindings
               RETURNING bindings),
  earlier AS (SELECT coalesce(sum(bindings), 0) AS bindings FROM account_replacement
              WHERE request_hash = ANY (${'replacementHashes'}::bytea[]) AND request_hash <> ${'replacementHash'}::bytea)`;

const EVENTS = storedEvents<'by' | 'reasonCode' | 'callerId'>(
  bindingChanged({
    type: 'binding.updated',
    by: BY,
    from: sql`moved`,
    storedKinds: sql`SELECT unnest(kinds) AS kind FROM target WHERE target.binding_id = changed.binding_id`,
  }),
  bindingDecided({
    type: 'binding.deleted',
    by: BY,
    from: sql`changed`,
    reasonCode: REASON_CODE,
    notTo: sql`${'callerId'}::text`,
  }),
  sessionEnded({ from: sql`ended`, by: BY }),
);

/** `moved` has the new last four digits, `target` the old ones. */
const AUDITED = auditEntry<'reasonCode'>(
  {
    action: 'binding.card-replaced',
    subject: { kind: 'binding', id: sql`moved.binding_id` },
    before: sql`jsonb_build_object('panLastFour', target.card_last_four)`,
    after: sql`jsonb_build_object('panLastFour', moved.card_last_four, 'credentialId', moved.passkey_id)`,
    from: sql`moved JOIN target USING (binding_id)`,
  },
  auditedBindings('binding.deleted'),
);

const RETURNED = {
  ...VERDICT,
  bindings: column.integer(
    sql`(coalesce((SELECT bindings FROM recorded), 0) + (SELECT bindings FROM earlier))::integer`,
  ),
  endedClients: column.textArray(sql`ARRAY(SELECT client_id FROM ended)`),
};

const TWINS = sql`SELECT binding_id FROM target JOIN twin USING (binding_id)`;

const REPLACE = byAdmission((admission) =>
  statement({
    name: `account-replace-${admission.name}`,
    text: sql`WITH ${admission.parts}, ${FOUND}, ${targetedForDeletion}, ${TWIN_ACCOUNTS}, ${deletedBindings(TWINS)},
                   ${MOVED}, ${SESSIONS}, ${OPT_OUTS}, ${RECORDED}, ${EVENTS}, ${AUDITED}
              SELECT ${selectList(RETURNED)}`,
    returns: RETURNED,
  }),
);

export interface Replacement {
  readonly callerId: string;
  /** The indexes of the old card, one for each key version; the version in use comes first. */
  readonly fromIndexes: readonly Buffer[];
  /** The indexes of the new card, in the same order. */
  readonly toIndexes: readonly Buffer[];
  readonly to: {
    readonly index: Buffer;
    readonly keyVersion: number;
    readonly lastFour: string;
    readonly brand: CardBrand;
  };
  readonly now: Date;
}

interface Replaced {
  readonly verdict: NonceVerdict;
  /** How many bindings this replacement has moved, in this call and in earlier ones. */
  readonly bindings: number;
  readonly endedClients: readonly string[];
}

/**
 * Makes every binding of the old card one of the new card, and consumes the nonce of the request. Before the call, the caller has moved the rows
 * of both cards to the key version in use. As `changeBindings` does, it tries again until nothing more is moved.
 */
export async function replaceAccount(
  pool: Pool,
  replacement: Replacement,
  nonceClaim: NonceClaim | undefined,
): Promise<Replaced> {
  let replaced = await replaceOnce(pool, replacement, nonceClaim);
  for (let before = 0; replaced.verdict === 'CONSUMED' && replaced.bindings > before; ) {
    before = replaced.bindings;
    const again = await replaceOnce(pool, replacement, undefined);
    replaced = { ...again, endedClients: [...replaced.endedClients, ...again.endedClients] };
  }
  return replaced;
}

async function replaceOnce(
  pool: Pool,
  replacement: Replacement,
  nonceClaim: NonceClaim | undefined,
): Promise<Replaced> {
  const { callerId, fromIndexes, toIndexes, to, now } = replacement;
  const hashes = fromIndexes.flatMap((from) => toIndexes.map((index) => hashReplacement(callerId, from, index)));
  const [row] = await query(pool, chooseByAdmission(REPLACE, nonceClaim), {
    ...nonceValues(nonceClaim),
    callerId,
    fromIndexes,
    toIndex: to.index,
    keyVersion: to.keyVersion,
    lastFour: to.lastFour,
    brand: to.brand,
    replacementHash: hashes[0],
    replacementHashes: hashes,
    requestHash: null,
    by: 'ISSUER',
    ...authorValues({ actor: { kind: 'CLIENT', id: callerId } }),
    reasonCode: 'CLIENT_DECISION',
    now,
  });
  return { verdict: readVerdict(row), bindings: row?.bindings ?? 0, endedClients: row?.endedClients ?? [] };
}

function hashReplacement(callerId: string, from: Buffer, to: Buffer): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([callerId, from.toString('base64'), to.toString('base64')]))
    .digest();
}
