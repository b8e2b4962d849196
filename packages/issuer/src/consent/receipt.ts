/** Evidence of one consent: written once, never changed. */
import type { ComplianceResource } from '@payment-passkeys/protocol';

/** Where the cardholder agreed. */
export const CHANNELS = ['WEB', 'APP', 'BRANCH', 'PHONE'] as const;
/** Where a cardholder gave the consent. */
export type Channel = (typeof CHANNELS)[number];

/** Evidence of one consent. It holds no PAN, e-mail address or phone number: the bank masks the accounts. */
export interface ConsentReceipt {
  /** UUID. */
  readonly receiptId: string;
  /** The bank's own id of the cardholder, as passed to `startEnrolment`. */
  readonly cardholderId: string;
  readonly channel: Channel;
  readonly country: string;
  readonly language: string;
  readonly catalogueVersion: string;
  /** The version of the text and its two documents. */
  readonly textVersion: string;
  /** Lower-case hex SHA-256 of `text`. */
  readonly textHash: string;
  /** Exactly what was shown: paragraphs, both documents with their addresses, edition. */
  readonly text: string;
  readonly resources: readonly ComplianceResource[];
  /** Masked, as shown: `•••• 4444`. */
  readonly accounts: readonly string[];
  /** When the consent arrived, by the server's clock. */
  readonly acceptedAt: Date;
}
