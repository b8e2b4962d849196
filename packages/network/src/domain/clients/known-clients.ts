/** Clients as this process last read them: a signed request is judged by what is known of its sender, and asks the database only whether that still holds. */
import { addSeconds } from '@payment-passkeys/protocol';
import type { Client } from './store.ts';

export interface KnownClients {
  find(consumerKey: string): Client | undefined;
  remember(client: Client): void;
}

/** All are forgotten when there are more: an operator has dozens, and each is some kilobytes. */
const MAX_CLIENTS = 1000;
/** A change that does not raise the version (a program from before there were versions, SQL by hand) holds after as long at the latest. */
const KNOWN_SECONDS = 60;

export function createKnownClients(clock: () => Date): KnownClients {
  const known = new Map<string, { readonly client: Client; readonly until: Date }>();
  return {
    find: (consumerKey) => {
      const entry = known.get(consumerKey);
      return entry !== undefined && clock() < entry.until ? entry.client : undefined;
    },
    remember: (client) => {
      if (known.size >= MAX_CLIENTS) known.clear();
      known.set(client.consumerKey, { client, until: addSeconds(clock(), KNOWN_SECONDS) });
    },
  };
}
