/** Evidence of one consent, as it is kept: written once, never changed. */
import type { ComplianceResource } from '@payment-passkeys/protocol';

/** Where the cardholder agreed. */
export const CHANNELS = ['WEB', 'APP', 'BRANCH', 'PHONE'] as const;
/** Where a cardholder gave the consent. */
export type Channel = (typeof CHANNELS)[number];

/** Evidence of one consent. No PAN, no e-mail address, no phone number: accounts are masked by the bank. */
export interface ConsentReceipt {
  /** UUID. */
  readonly receiptId: string;
  /** The bank's own name for the cardholder, as `startEnrolment` takes it. */
  readonly cardholderId: string;
  readonly channel: Channel;
  readonly country: string;
  readonly language: string;
  readonly catalogueVersion: string;
  /** Of the text and its two documents. */
  readonly textVersion: string;
  /** Lower-case hex SHA-256 of `text`. */
  readonly textHash: string;
  /** To the letter what was shown: paragraphs, both documents with their addresses, edition. */
  readonly text: string;
  readonly resources: readonly ComplianceResource[];
  /** Masked, as shown: `•••• 4444`. */
  readonly accounts: readonly string[];
  /** By the server's clock, when the consent arrived. */
  readonly acceptedAt: Date;
}
