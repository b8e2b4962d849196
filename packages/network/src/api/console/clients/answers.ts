/** Clients as the console answers them. */
import type {
  Approval,
  ClientDetail,
  ClientSummary,
  ClientVersionReport,
  WebhookState,
} from '@payment-passkeys/protocol/console';
import type { Client } from '../../../domain/clients/client.ts';
import { type ClientVersion, compareClients } from '../../../domain/clients/history.ts';
import { describeKeys } from '../../../domain/clients/keys.ts';
import { buildRegistration } from '../../../domain/clients/registration.ts';
import type { Endpoint } from '../../../domain/events/deliveries.ts';

/** What every role may know: who the clients are. */
export function nameClient({ clientId, name, role, suspended }: Client): ClientSummary {
  return { clientId, name, role, state: suspended ? 'SUSPENDED' : 'ACTIVE' };
}

/** `endpoints` are those of the client. */
export function summariseClient(client: Client, endpoints: readonly Endpoint[]): ClientSummary {
  const ends = describeKeys(buildRegistration(client)).flatMap(({ certificate }) => certificate?.validTo ?? []);
  const [keysExpireAt] = ends.toSorted();
  const total = (of: 'waiting' | 'dead') => endpoints.reduce((sum, endpoint) => sum + endpoint[of], 0);
  return {
    ...nameClient(client),
    version: client.version,
    ...(keysExpireAt !== undefined && { keysExpireAt }),
    waiting: total('waiting'),
    dead: total('dead'),
    webhooksOff: endpoints.filter(({ disabledAt }) => disabledAt !== null).length,
  };
}

export function showClient(
  client: Client,
  endpoints: readonly Endpoint[],
  approvals: readonly Approval[],
): ClientDetail {
  const registration = buildRegistration(client);
  return {
    ...nameClient(client),
    version: client.version,
    registration,
    keys: [...describeKeys(registration)],
    webhooks: endpoints.map(showEndpoint),
    approvals: [...approvals],
  };
}

function showEndpoint({ uri, types, disabledAt, waiting, dead, failure }: Endpoint): WebhookState {
  return {
    uri,
    types: [...types],
    ...(disabledAt !== null && { offSince: disabledAt.toISOString() }),
    waiting,
    dead,
    ...(failure !== null && { failure }),
  };
}

/** Returns the newest version first. Expects `versions` in ascending order. */
export function showVersions(versions: readonly ClientVersion[]): ClientVersionReport[] {
  return versions
    .map(({ version, changedAt, change, client }, position) => {
      const before = versions[position - 1];
      return {
        version,
        changedAt: changedAt.toISOString(),
        change,
        differences: [...compareClients(before?.client, client)],
        missingBefore: version - 1 - (before?.version ?? 0),
      };
    })
    .toReversed();
}
