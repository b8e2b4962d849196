/** What the load generator is asked for, and what it answers. Both travel between two processes. */
import type { SignatureDialect } from '@payment-passkeys/channel';

/** 2A, a passkey is created; 2B, the passkey of a recognised device is used; or both by turns. */
export type Scenario = 'CREATE' | 'USE' | 'BOTH';

export interface LoadJob {
  /** Origins of the processes that serve; each request goes to the next one. */
  readonly servers: readonly string[];
  readonly publicUrl: string;
  readonly client: {
    readonly clientId: string;
    readonly consumerKey: string;
    /** PKCS #8, PEM. */
    readonly privateKeyPem: string;
  };
  readonly dialect: SignatureDialect;
  /** Whose cardholders: those that were enrolled under the name come back for USE. One for each database. */
  readonly population: string;
  readonly scenario: Scenario;
  readonly until: { readonly enrolments: number } | { readonly seconds: number };
  /**
   * How cardholders arrive. Open: at random times, `perSecond` on average, whatever the server does; a latency counts from the time of
   * arrival. Saturating: `inFlight` at any time, the next as soon as one has left.
   */
  readonly arrivals: { readonly perSecond: number } | { readonly inFlight: number };
}

/** An enrolment's requests, in their order. */
export const STEPS = ['sessions', 'page', 'open', 'result', 'authenticators'] as const;
export type Step = (typeof STEPS)[number];

export interface LoadResult {
  /** Within the time that was asked for. */
  readonly completed: number;
  readonly seconds: number;
  /** Of each whole enrolment, in milliseconds. */
  readonly milliseconds: readonly number[];
  /** Of each request, in milliseconds. */
  readonly stepMilliseconds: Readonly<Record<Step, readonly number[]>>;
  /** What failed, by what was said of it. */
  readonly failures: Readonly<Record<string, number>>;
  /** Of the generator itself while it measured, in microseconds. */
  readonly processorMicroseconds: number;
}
