/** A cache of clients. A signed request is judged by the cached client; the database is only asked whether it is still current. */
import { addSeconds } from '@payment-passkeys/protocol';
import type { Client } from './store.ts';

export interface KnownClients {
  /** Finds a client by the signer of its requests: see RequestNonce. */
  find(signer: string): Client | undefined;
  remember(signer: string, client: Client): void;
}

/** The cache is cleared when it has more clients than this. An operator has dozens of clients, and each takes some kilobytes. */
const MAX_CLIENTS = 1000;
/** After this time, a change that did not raise the version takes effect too (by an older program, or by SQL). */
const KNOWN_SECONDS = 60;

export function createKnownClients(clock: () => Date): KnownClients {
  const known = new Map<string, { readonly client: Client; readonly until: Date }>();
  return {
    find: (signer) => {
      const entry = known.get(signer);
      return entry !== undefined && clock() < entry.until ? entry.client : undefined;
    },
    remember: (signer, client) => {
      if (known.size >= MAX_CLIENTS) known.clear();
      known.set(signer, { client, until: addSeconds(clock(), KNOWN_SECONDS) });
    },
  };
}
