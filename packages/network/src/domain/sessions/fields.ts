/** A session's columns and their fields, each defined once: those that are read, and those of a new session. */
import type {
  AttestationDemand,
  AuthenticationReason,
  CardBrand,
  CardholderVerification,
  ComplianceSettings,
  Consent,
  NextStep,
  Reason,
} from '@payment-passkeys/protocol';
import { column, type NewRowOf, nullable, type RowOf, type Sql, sql } from '@payment-passkeys/storage';
import type { SessionIndexes } from '../accounts/account-vault.ts';
import type { NewCard } from './new-card.ts';
import type { GivenPayment, Payment } from './payment.ts';
import type { SessionState } from './session.ts';

/** The columns that are stored when a session is created, and read with it later. A new field of a Sessions request is one line here. */
const GIVEN = {
  sessionId: column.text('session_id'),
  clientId: column.text('client_id'),
  clientSessionId: column.text('client_session_id'),
  srcCorrelationId: column.text('src_correlation_id'),
  reason: column.text<AuthenticationReason>('reason'),
  createdAt: column.timestamptz('created_at'),
  expiresAt: column.timestamptz('expires_at'),
  callbackUri: nullable(column.text('callback_uri')),
  /** A SHA-256 hash of the access token. */
  tokenHash: column.bytea('token_hash'),
  /** Sealed. Null if the card is known only by a binding, if the session does not need it, and after the session's end. */
  accounts: nullable(column.bytea('accounts')),
  /** A W3C traceparent: the trace that the session's later steps belong to. */
  traceContext: nullable(column.text('trace_context')),
  /** Only for an issuer's session. */
  compliance: nullable(column.jsonb<ComplianceSettings>('compliance')),
  /** Only for a payment. */
  nextStep: nullable(column.text<NextStep>('next_step')),
  payment: nullable(column.jsonb<Payment>('payment')),
  /** The one card of a merchant's session. */
  cardIndex: nullable(column.bytea('card_index')),
  cardLastFour: nullable(column.text('card_last_four')),
  /** The issuer that takes part for this card. */
  issuerId: nullable(column.text('issuer_id')),
  /** The binding in the payment's request; after the approval, the one in the proof. */
  bindingId: nullable(column.text('binding_id')),
  /** The challenge for Secure Payment Confirmation; null if there is none, or it is consumed. */
  confirmationChallenge: nullable(column.bytea('confirmation_challenge')),
  confirmationPasskeys: nullable(column.textArray('confirmation_passkeys')),
};

/** The columns of a new session. The columns that are named here are read only by statements of their own. */
export const NEW_SESSION = {
  ...GIVEN,
  locale: nullable(column.text('locale')),
  /** The statement adds what the registration of the merchant says. */
  payment: nullable(column.jsonb<GivenPayment>('payment')),
  /** The merchant of a payment service provider. */
  merchantId: nullable(column.text('merchant_id')),
  /** Only for an issuer's session; in a merchant's, the cardholder agrees on the page. */
  consent: nullable(column.jsonb<Consent>('consent')),
  /** Null if the brand is unknown, because the binding was stored without one. */
  cardBrand: nullable(column.text<CardBrand>('card_brand')),
  /** Only for an issuer's session: how the issuer has verified the cardholder. */
  verification: nullable(column.jsonb<CardholderVerification>('verification')),
  /** Only for a payment: the key that is unique to its order within a client. */
  orderKey: nullable(column.text('order_key')),
  /** {@link SessionIndexes}. Null if `accounts` is null, and for a session that an older version of the program has stored. */
  accountIndexes: nullable(column.byteaArray('account_indexes')),
  accountKinds: nullable(column.textArray('account_kinds')),
  accountKeyVersions: nullable(column.integerArray('account_key_versions')),
};

/** A session with its client, and with the merchant that it names; after FROM. */
export const SESSION_ROW: Sql<never> = sql`session JOIN client USING (client_id) LEFT JOIN merchant USING (client_id, merchant_id)`;

/** The client may not go on with the session: it is suspended, or the merchant that the session names was deleted. From {@link SESSION_ROW}. */
export const IS_BARRED: Sql<never> = sql`
  (client.suspended_at IS NOT NULL OR (session.merchant_id IS NOT NULL AND merchant.merchant_id IS NULL))`;

/** The columns that are read for a session, from {@link SESSION_ROW}. Secrets are SHA-256 hashes. */
export const SESSION = {
  ...GIVEN,
  /**
   * How the issuer has verified the cardholder: before an issuer's session, or during a merchant's session. The column is named with its table,
   * because `client` has such a column too.
   */
  verification: nullable(column.jsonb<CardholderVerification>('session.verification')),
  /** The name that cardholders see. */
  clientName: column.text(sql`coalesce(merchant.name, client.name)`),
  isBarred: column.boolean(IS_BARRED),
  /** The origins of the provider's frames, if Secure Payment Confirmation may run in them on a page of the merchant; otherwise none. */
  frameOrigins: column.textArray(sql`CASE WHEN merchant.frame THEN client.merchant_origins ELSE '{}' END`),
  callbackDomains: column.textArray('client.callback_domains'),
  callbackSchemes: column.textArray('client.callback_schemes'),
  /** The client's setting. */
  attestation: nullable(column.jsonb<AttestationDemand>('client.attestation')),
  state: column.text<SessionState>('state'),
  ceremonyHash: nullable(column.bytea('ceremony_hash')),
  returnTo: nullable(column.text('return_to')),
  challenge: nullable(column.bytea('challenge')),
  userHandle: nullable(column.bytea('user_handle')),
  /** The `jti` of the latest question to the issuer. */
  verificationId: nullable(column.text('verification_id')),
  verifiedAt: nullable(column.timestamptz('verified_at')),
  credentialHash: nullable(column.bytea('credential_hash')),
  passkeyId: nullable(column.text('passkey_id')),
  deviceId: nullable(column.text('device_id')),
  completedAt: nullable(column.timestamptz('completed_at')),
  proofKeyId: nullable(column.text('proof_key_id')),
  proofHash: nullable(column.bytea('proof_hash')),
  proofExpiresAt: nullable(column.timestamptz('proof_expires_at')),
  endedAt: nullable(column.timestamptz('ended_at')),
  endReason: nullable(column.text<Reason>('end_reason')),
};

export type Session = RowOf<typeof SESSION>;

/** Columns that follow from the card or the payment of a new session. */
type Grouped =
  | 'cardIndex'
  | 'cardLastFour'
  | 'cardBrand'
  | 'issuerId'
  | 'nextStep'
  | 'orderKey'
  | 'confirmationPasskeys';

export type NewSession = Omit<NewRowOf<typeof NEW_SESSION>, Grouped | keyof SessionIndexes> & {
  /** The indexes of the session's accounts; undefined without accounts. */
  readonly indexes?: SessionIndexes | undefined;
  /** Only for a merchant's session. With a payment, the session also gets its `confirmationChallenge`, which is stored if it is offered. */
  readonly card?: NewCard;
  /** The indexes of the session's accounts, for a search by account at the console; without the card, which has a column of its own. */
  readonly searchIndexes: readonly Buffer[];
};

/** The column values of a new session. */
export function columnsOfNew(session: NewSession): NewRowOf<typeof NEW_SESSION> {
  const { card, indexes } = session;
  const number = card?.by === 'NUMBER' ? card : undefined;
  return {
    cardIndex: number?.index,
    cardLastFour: number?.lastFour,
    cardBrand: number?.brand,
    orderKey: orderKey(session),
    ...session,
    ...indexes,
  };
}

/** The unique key of an order within a client. Neither part can contain a space, so the key is unambiguous. */
export function orderKey({ merchantId, payment }: Pick<NewSession, 'merchantId' | 'payment'>): string | undefined {
  return payment == null ? undefined : `${merchantId ?? payment.merchantOrigin} ${payment.orderId}`;
}
