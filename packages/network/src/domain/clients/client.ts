/** An onboarded client. */
import type {
  Activation,
  AttestationDemand,
  ClientRegistration,
  VerificationEndpoint,
  Webhook,
} from '@payment-passkeys/protocol';

export interface Client {
  readonly clientId: string;
  readonly name: string;
  readonly role: ClientRegistration['role'];
  /** Null if the client does not use OAuth 1.0a. It then has no signing keys either. */
  readonly consumerKey: string | null;
  /** PEM: public keys or certificates, one or two. */
  readonly signingKeys: readonly string[];
  /** PEM: public keys or certificates for OAuth 2.0, one or two. Empty: the client does not use OAuth 2.0. */
  readonly oauth2Keys: readonly string[];
  readonly callbackDomains: readonly string[];
  readonly callbackSchemes: readonly string[];
  readonly accountRanges: readonly string[];
  readonly countries: readonly string[];
  /** A payment service provider: it acts for merchants that it registers. */
  readonly provider: boolean;
  /** For a merchant: the origins of its shops. */
  readonly merchantOrigins: readonly string[];
  /** For a merchant: the names by which cardholders know its shops. */
  readonly merchantNames: readonly string[];
  /** For an issuer that verifies cardholders at shops. */
  readonly verification: VerificationEndpoint | null;
  /** For an issuer; a merchant has AT_ONCE. */
  readonly activation: Activation;
  /** Null: no attestation is demanded. */
  readonly attestation: AttestationDemand | null;
  /** Where its events are posted to. */
  readonly webhooks: readonly Webhook[];
  readonly suspended: boolean;
  /** Increases with every change, including a suspension. */
  readonly version: number;
}

/** A client as an operator describes it. */
export type NewClient = Omit<Client, 'suspended' | 'version'>;
