/** What a registration screen says was agreed to: the value of the element, and of the hidden field where no script runs. */
import type { ComplianceResource } from '@payment-passkeys/protocol';

/** Made in the browser, so every field is a claim: `Consents.record` checks it. */
export interface AcceptedConsent {
  readonly catalogueVersion: string;
  /** Lower-case hex SHA-256 of the text that was shown ({@link RenderedConsent.text}). */
  readonly textHash: string;
  readonly country: string;
  readonly language: string;
  /** RFC 3339, by the browser's clock: a claim. The receipt's time is the server's. */
  readonly acceptedAt: string;
  readonly resources: readonly ComplianceResource[];
  /** The bank's own ids of the accounts to be linked. */
  readonly accounts: readonly string[];
}
