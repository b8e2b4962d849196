/** A session's columns and their fields, each once: what is read of a session, and what a new one is made with. */
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
import { column, type NewRowOf, nullable, type RowOf, sql } from '@payment-passkeys/storage';
import type { SessionState } from './session.ts';

/** What a payment's session asks approval for. */
export interface Payment {
  readonly merchantName: string;
  readonly merchantOrigin: string;
  readonly orderId: string;
  /** A decimal with the currency's own number of digits. */
  readonly amount: string;
  readonly currency: string;
}

/** The one card of a merchant's session. */
export interface SessionCard {
  readonly index: Buffer;
  readonly lastFour: string;
  /** Null where it is not known: a binding from before brands were kept. */
  readonly brand: CardBrand | null;
  /** The active issuer that takes part for it; null where there is none. */
  readonly issuerId: string | null;
}

/** What is handed out for Secure Payment Confirmation. */
export interface Confirmation {
  readonly challenge: Buffer;
  readonly passkeyIds: readonly string[];
}

/** Stored when a session is created, and read later. A new field of a Sessions request is one line here. */
const GIVEN = {
  sessionId: column.text('session_id'),
  clientId: column.text('client_id'),
  clientSessionId: column.text('client_session_id'),
  srcCorrelationId: column.text('src_correlation_id'),
  reason: column.text<AuthenticationReason>('reason'),
  createdAt: column.timestamptz('created_at'),
  expiresAt: column.timestamptz('expires_at'),
  callbackUri: nullable(column.text('callback_uri')),
  locale: nullable(column.text('locale')),
  /** A SHA-256 hash of the access token. */
  tokenHash: column.bytea('token_hash'),
  /** Sealed. Null where the card is only known by a binding, where nothing will be done with it, and from the session's end on. */
  accounts: nullable(column.bytea('accounts')),
  /** A W3C traceparent: the trace that the session's later steps belong to. */
  traceContext: nullable(column.text('trace_context')),
  /** Of an issuer's session; in a merchant's, the cardholder agrees on the page. */
  consent: nullable(column.jsonb<Consent>('consent')),
  /** Of an issuer's session. */
  compliance: nullable(column.jsonb<ComplianceSettings>('compliance')),
  /** Of a payment. */
  nextStep: nullable(column.text<NextStep>('next_step')),
  payment: nullable(column.jsonb<Payment>('payment')),
  /** The one card of a merchant's session: {@link SessionCard}. */
  cardIndex: nullable(column.bytea('card_index')),
  cardLastFour: nullable(column.text('card_last_four')),
  cardBrand: nullable(column.text<CardBrand>('card_brand')),
  issuerId: nullable(column.text('issuer_id')),
  /** The binding that the payment was asked for with, and from its approval on the one that its proof names. */
  bindingId: nullable(column.text('binding_id')),
  /** What was handed out for Secure Payment Confirmation; null where nothing was, or it is used up. */
  confirmationChallenge: nullable(column.bytea('confirmation_challenge')),
  confirmationPasskeys: nullable(column.textArray('confirmation_passkeys')),
};

/** What a new session is stored with. */
export const NEW_SESSION = {
  ...GIVEN,
  /** Of an issuer's session: how it has verified the cardholder. */
  verification: nullable(column.jsonb<CardholderVerification>('verification')),
  /** Of a payment: what makes its order one for a client. */
  orderKey: nullable(column.text('order_key')),
};

/** What is read of a session, from `session JOIN client USING (client_id)`. Secrets are SHA-256 hashes. */
export const SESSION = {
  ...GIVEN,
  clientName: column.text('client.name'),
  clientSuspended: column.boolean(sql`client.suspended_at IS NOT NULL`),
  callbackDomains: column.textArray('client.callback_domains'),
  callbackSchemes: column.textArray('client.callback_schemes'),
  /** The client's. */
  attestation: nullable(column.jsonb<AttestationDemand>('client.attestation')),
  issuerName: nullable(column.text(sql`(SELECT issuer.name FROM client AS issuer WHERE issuer.client_id = issuer_id)`)),
  state: column.text<SessionState>('state'),
  ceremonyHash: nullable(column.bytea('ceremony_hash')),
  returnTo: nullable(column.text('return_to')),
  challenge: nullable(column.bytea('challenge')),
  userHandle: nullable(column.bytea('user_handle')),
  /** The `jti` of what the issuer was asked last. */
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

/** Columns of one thing that stand together in a new session. */
type Grouped =
  | 'cardIndex'
  | 'cardLastFour'
  | 'cardBrand'
  | 'issuerId'
  | 'orderKey'
  | 'confirmationChallenge'
  | 'confirmationPasskeys';

export type NewSession = Omit<NewRowOf<typeof NEW_SESSION>, Grouped> & {
  /** Of a merchant's session. */
  readonly card?: SessionCard | undefined;
  readonly confirmation?: Confirmation | undefined;
};

/** What a new session's columns hold. */
export function columnsOfNew(session: NewSession): NewRowOf<typeof NEW_SESSION> {
  const { card, confirmation, payment } = session;
  return {
    ...session,
    cardIndex: card?.index,
    cardLastFour: card?.lastFour,
    cardBrand: card?.brand,
    issuerId: card?.issuerId,
    orderKey: payment && orderKey(payment),
    confirmationChallenge: confirmation?.challenge,
    confirmationPasskeys: confirmation?.passkeyIds,
  };
}

/** What makes an order one for a client: neither part can hold a space. */
export function orderKey({ merchantOrigin, orderId }: Payment): string {
  return `${merchantOrigin} ${orderId}`;
}
