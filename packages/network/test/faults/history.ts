/** The record of a run for the checker: the requests and answers, and what the clients wanted. Its only other input is the database. */
import type { AccountReferences } from '@payment-passkeys/protocol';

/** One request and its result, as the proxy in front of the network saw it. */
export interface Exchange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `POST /authentication/sessions`; ids in the path are `:id`. */
  readonly route: string;
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined when there was none. */
  readonly request: unknown;
  readonly requestText: string;
  /** The network's answer; absent when the network died first. It counts even if it did not arrive. */
  readonly answer?: Answer;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** The Retry-After header, unchanged. */
  readonly retryAfter: string | undefined;
  /** False when it was cut off on its way to the client. */
  readonly heard: boolean;
}

/** The accounts of a session, by the client that started it. */
export interface Intent {
  readonly clientId: string;
  readonly clientSessionId: string;
  /** Undefined if the client named the card by a binding. */
  readonly accounts: AccountReferences | undefined;
}

/** A repeated use of something single-use. */
export interface Replay {
  readonly what: 'REQUEST' | 'TOKEN' | 'CHALLENGE' | 'PROOF';
  readonly status: number;
}

/** A cardholder who did not finish, although the network came back every time. */
export interface Stuck {
  readonly visit: string;
  readonly because: string;
}

export interface History {
  /** The time of a kill, in milliseconds since the epoch. */
  readonly faults: readonly number[];
  readonly exchanges: readonly Exchange[];
  readonly intents: readonly Intent[];
  readonly replays: readonly Replay[];
  readonly stuck: readonly Stuck[];
}

export interface WritableHistory extends History {
  readonly faults: number[];
  readonly exchanges: Exchange[];
  readonly intents: Intent[];
  readonly replays: Replay[];
  readonly stuck: Stuck[];
}

export function createHistory(): WritableHistory {
  return { faults: [], exchanges: [], intents: [], replays: [], stuck: [] };
}
