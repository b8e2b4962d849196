/** The one card of a merchant's new session: the statement that stores the session finds out what the card may be used for. */
import type { CardBrand, NextStep } from '@payment-passkeys/protocol';
import { column, nullable, type RowOf, type Sql, sql } from '@payment-passkeys/storage';
import { BINDING_IS_OPEN } from '../passkeys/open-binding.ts';
import { livePasskeys } from '../passkeys/store.ts';
import type { MerchantFacts } from './payment.ts';

/** How the card is known: by its number, or by the merchant's binding that the session's `bindingId` names. */
export type NewCard =
  | {
      readonly by: 'NUMBER';
      /** The keyed index of the number, by the key in use. */
      readonly index: Buffer;
      /** The keyed indexes of the number, by every key version. */
      readonly lookup: readonly Buffer[];
      readonly lastFour: string;
      readonly brand: CardBrand;
      /** The account ranges that contain the number. */
      readonly ranges: readonly string[];
    }
  | { readonly by: 'BINDING' };

/**
 * The answers of the statement. If `lastFour` is null, there is no such card, and nothing was stored: either the binding is not the merchant's, or
 * the request only asks to make a passkey and the card's issuer does not take part.
 */
export const FOUND_CARD = {
  /** Only for a payment. */
  nextStep: nullable(column.text<NextStep>(sql`(SELECT next_step FROM planned)`)),
  lastFour: nullable(column.text(sql`(SELECT last_four FROM planned)`)),
  /** The status of the merchant's binding that names the card, if that binding waits for its issuer. */
  bindingStatus: nullable(column.text<'PENDING_ACTIVATION'>(sql`(SELECT binding_status FROM planned)`)),
  /** The WebAuthn ids that are offered for Secure Payment Confirmation, in base64; null if it is not offered. */
  credentialIds: nullable(column.jsonb<readonly string[]>(sql`(SELECT credential_ids FROM offered)`)),
};

export type FoundCard = RowOf<typeof FOUND_CARD> & { readonly lastFour: string };

type NumberValue = 'cardIndex' | 'cardLastFour' | 'cardBrand' | 'cardRanges' | 'cardLookup';

/**
 * `usable`: passkeys may approve a payment with the card. `registers`: its issuer verifies cardholders at shops, so that a passkey can be made.
 * Ranges never overlap, so there is at most one issuer.
 */
const BY_NUMBER = sql`
  issuer AS (SELECT client.client_id, verification IS NOT NULL AS registers
             FROM client_account_range AS range JOIN client USING (client_id)
             WHERE range.prefix = ANY (${'cardRanges'}::text[]) AND role = 'issuer' AND suspended_at IS NULL),
  card AS (SELECT ${'cardIndex'}::bytea AS index, ${'cardLookup'}::bytea[] AS lookup, ${'cardLastFour'}::text AS last_four,
                  ${'cardBrand'}::text AS brand, issuer.client_id AS issuer_id, issuer.client_id IS NOT NULL AS usable,
                  coalesce(registers, false) AS registers, NULL::text AS binding_status
           FROM (SELECT 1) AS given LEFT JOIN issuer ON true)`;

/**
 * The card is known only as a keyed hash, so its issuer cannot be asked about it: without a live passkey, or with a binding that is not active,
 * the merchant must step up. The index is taken from the binding's account, because that one finds passkeys: if an older version of the program
 * has made the binding during a key rotation, `card_index` may be of an older key.
 */
const BY_BINDING = sql`
  card AS (SELECT known.*, ARRAY[known.index] AS lookup FROM (
             SELECT coalesce((SELECT account_index FROM binding_account AS account
                              WHERE account.binding_id = binding.binding_id AND kind = 'CARD'
                              ORDER BY account_index = card_index DESC LIMIT 1), card_index) AS index,
                    card_last_four AS last_four, card_brand AS brand, issuer_id, false AS registers,
                    ${BINDING_IS_OPEN} AND EXISTS (SELECT 1 FROM client AS issuer
                                                   WHERE issuer.client_id = issuer_id AND issuer.suspended_at IS NULL) AS usable,
                    CASE WHEN pending_activation THEN 'PENDING_ACTIVATION' END AS binding_status
             FROM binding WHERE binding_id = ${'bindingId'} AND client_id = ${'clientId'} AND card_last_four IS NOT NULL) AS known)`;

/**
 * What comes next in a payment, and the passkeys that are offered for Secure Payment Confirmation: not those that an older program has opted out
 * (migrations/0008), and none if the cardholder has opted out for the card at this merchant. An unknown account and a suspended one cause the same
 * work (contract §9).
 */
const PAYMENT = sql`
  ${livePasskeys({
    deviceId: sql`NULL`,
    clientId: sql`${'clientId'}`,
    contactsOf: sql`NULL`,
    accountIndexes: sql`(SELECT lookup FROM card)`,
    forPayment: sql`true`,
    registeredPasskey: sql`NULL::text`,
  })},
  planned AS (SELECT card.*, CASE WHEN usable AND EXISTS (SELECT 1 FROM live) THEN 'AUTHENTICATE' WHEN registers THEN 'REGISTER'
                                  ELSE 'STEP_UP' END AS next_step FROM card),
  offered AS (SELECT array_agg(passkey_id ORDER BY last_used_at DESC) AS passkey_ids,
                     jsonb_agg(encode(webauthn_id, 'base64') ORDER BY last_used_at DESC) AS credential_ids
              FROM live, planned
              WHERE next_step = 'AUTHENTICATE' AND payment_confirmation
                AND NOT EXISTS (SELECT 1 FROM confirmation_opt_out AS opt_out
                                WHERE opt_out.card_index = ANY (lookup) AND opt_out.client_id = ${'clientId'}))`;

/** A passkey is made for the card, if its issuer takes part. */
const INSTRUMENT = sql`
  planned AS (SELECT card.*, NULL::text AS next_step FROM card WHERE registers),
  offered AS (SELECT NULL::text[] AS passkey_ids, NULL::jsonb AS credential_ids)`;

/** The parts that end in `planned`, the card, and `offered`; by the name of the statement. */
export const CARD_PARTS: {
  readonly [name in 'instrument' | 'payment' | 'payment-by-binding']: Sql<
    NumberValue | 'bindingId' | 'clientId' | 'now'
  >;
} = {
  instrument: sql`${BY_NUMBER}, ${INSTRUMENT}`,
  payment: sql`${BY_NUMBER}, ${PAYMENT}`,
  'payment-by-binding': sql`${BY_BINDING}, ${PAYMENT}`,
};

/**
 * `registered` is what a session takes from the registration of the merchant that it names; `matching` has the same, if the request contradicts
 * none of it. Without a matching merchant nothing is stored. A session that names no merchant takes nothing.
 */
export const MERCHANT_PARTS: Sql<'clientId' | 'merchantId' | 'claims'> = sql`
  registered AS (SELECT jsonb_build_object('merchantName', name, 'merchantOrigin', origin, 'merchantCountryCode', country,
                                           'merchantCategoryCode', category) AS facts
                 FROM merchant WHERE client_id = ${'clientId'} AND merchant_id = ${'merchantId'}
                 UNION ALL SELECT '{}'::jsonb WHERE ${'merchantId'}::text IS NULL),
  matching AS (SELECT facts FROM registered WHERE facts @> ${'claims'}::jsonb)`;

export const FOUND_MERCHANT = {
  merchant: nullable(column.jsonb<MerchantFacts>(sql`(SELECT facts FROM registered)`)),
  merchantMatches: column.boolean(sql`EXISTS (SELECT 1 FROM matching)`),
};

/** A session with STEP_UP cannot be opened, so its accounts are not stored. */
const unlessSteppedUp = <Name extends string>(value: Sql<Name>): Sql<Name> => sql`
  CASE WHEN next_step IS DISTINCT FROM 'STEP_UP' THEN ${value} END`;

/** The columns of the new session that follow from the card and the merchant. */
export const BY_CARD = {
  payment: sql`${'payment'}::jsonb || facts`,
  nextStep: sql`next_step`,
  cardIndex: sql`index`,
  cardLastFour: sql`last_four`,
  cardBrand: sql`brand`,
  issuerId: sql`issuer_id`,
  accounts: unlessSteppedUp(sql`${'accounts'}::bytea`),
  accountIndexes: unlessSteppedUp(sql`${'accountIndexes'}::bytea[]`),
  accountKinds: unlessSteppedUp(sql`${'accountKinds'}::text[]`),
  accountKeyVersions: unlessSteppedUp(sql`${'accountKeyVersions'}::integer[]`),
  confirmationChallenge: sql`CASE WHEN passkey_ids IS NOT NULL THEN ${'confirmationChallenge'}::bytea END`,
  confirmationPasskeys: sql`passkey_ids`,
};
