/** The consent that a registration screen reports: the value of the element, and of the hidden field without a script. */
import type { ComplianceResource } from '@payment-passkeys/protocol';

/** Comes from the browser, so every field is an unverified claim: `Consents.record` checks it. */
export interface AcceptedConsent {
  readonly catalogueVersion: string;
  /** Lower-case hex SHA-256 of the text that was shown ({@link RenderedConsent.text}). */
  readonly textHash: string;
  readonly country: string;
  readonly language: string;
  /** RFC 3339, by the browser's clock, so unverified. The receipt has the server's time. */
  readonly acceptedAt: string;
  readonly resources: readonly ComplianceResource[];
  /** The bank's own ids of the accounts to link. */
  readonly accounts: readonly string[];
}
