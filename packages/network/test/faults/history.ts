/** What was said between the clients and the network, and what was meant by it: all that the checker goes by, beside the database. */
import type { AccountReferences } from '@payment-passkeys/protocol';

/** One request and what became of it, as the proxy in front of the network saw it. */
export interface Exchange {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `POST /authentication/sessions`; ids in the path are `:id`. */
  readonly route: string;
  readonly path: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined where there was none. */
  readonly request: unknown;
  readonly requestText: string;
  /** The network's own answer; absent where it died first. What it has answered it has to keep to, whether it arrived or not. */
  readonly answer?: Answer;
}

export interface Answer {
  readonly status: number;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
  /** The Retry-After header, as it came. */
  readonly retryAfter: string | undefined;
  /** False where it was cut off on its way to the client. */
  readonly heard: boolean;
}

/** The accounts that a session was started for, by the client that started it. */
export interface Intent {
  readonly clientId: string;
  readonly clientSessionId: string;
  /** None where the client named the card by a binding. */
  readonly accounts: AccountReferences | undefined;
}

/** Something that was used up, sent once more. */
export interface Replay {
  readonly what: 'REQUEST' | 'TOKEN' | 'CHALLENGE' | 'PROOF';
  readonly status: number;
}

/** Somebody who did not get there, although the network came back every time. */
export interface Stuck {
  readonly visit: string;
  readonly because: string;
}

export interface History {
  /** When something was killed, in milliseconds since the epoch. */
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
