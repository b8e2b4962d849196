/** The jobs and the results of the load generator. Both are sent between two processes. */
import type { SignatureDialect } from '@payment-passkeys/channel';

/** 2A, a passkey is created; 2B, the passkey of a recognised device is used; or both alternately. */
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
  /** The name of a group of cardholders: USE uses those that were enrolled under it. One group per database. */
  readonly population: string;
  readonly scenario: Scenario;
  readonly until: { readonly enrolments: number } | { readonly seconds: number };
  /**
   * How cardholders arrive. Open: at random times, `perSecond` on average, independent of the server; a latency counts from the arrival.
   * Saturating: always `inFlight` cardholders; when one finishes, the next starts.
   */
  readonly arrivals: { readonly perSecond: number } | { readonly inFlight: number };
}

/** The requests of an enrolment, in order. */
export const STEPS = ['sessions', 'page', 'open', 'result', 'authenticators'] as const;
export type Step = (typeof STEPS)[number];

export interface LoadResult {
  /** How many finished within the requested time. */
  readonly completed: number;
  readonly seconds: number;
  /** The duration of each whole enrolment, in milliseconds. */
  readonly milliseconds: readonly number[];
  /** The duration of each request, in milliseconds. */
  readonly stepMilliseconds: Readonly<Record<Step, readonly number[]>>;
  /** The number of failures, by message. */
  readonly failures: Readonly<Record<string, number>>;
  /** The processor time of the generator itself during the measurement, in microseconds. */
  readonly processorMicroseconds: number;
}
