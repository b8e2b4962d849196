/** Checks a registration as `clients add` does, against the existing clients. Changes nothing. */
import type { Mode } from '@payment-passkeys/protocol';
import { type Difference, FIELDS_THAT_WAIT } from '@payment-passkeys/protocol/console';
import type { Queryable } from '@payment-passkeys/storage';
import type { Client, NewClient } from './client.ts';
import { compareClients } from './history.ts';
import {
  assertFitsMode,
  RegistrationError,
  type RegistrationProblem,
  readRegistration,
  refuseConflict,
} from './registration.ts';
import { findClient, findConflict } from './store.ts';

export interface RegistrationCheck {
  /** Empty if it can be registered. */
  readonly problems: readonly RegistrationProblem[];
  /** Undefined if there are problems. */
  readonly client: NewClient | undefined;
  /** The client with that id as it is now, if there is one. */
  readonly current: Client | undefined;
  readonly differences: readonly Difference[];
  /** The fields with a difference for which a second operator is needed. */
  readonly waitsFor: readonly string[];
}

export async function checkRegistration(
  database: Queryable,
  { registration, mode }: { readonly registration: unknown; readonly mode: Mode },
): Promise<RegistrationCheck> {
  const { client, problems } = read(registration, mode);
  const clientId = client?.clientId ?? readClientId(registration);
  const current = clientId === undefined ? undefined : await findClient(database, clientId);
  const conflict = client && (await findConflict(database, client));
  if (client === undefined || conflict !== undefined) {
    const found = conflict === undefined ? problems : refuseConflict(conflict).found;
    return { problems: found, client: undefined, current, differences: [], waitsFor: [] };
  }
  const differences = compareClients(current, client);
  const waiting: readonly string[] = FIELDS_THAT_WAIT;
  const waitsFor = differences.map(({ field }) => field).filter((field) => waiting.includes(field));
  return { problems: [], client, current, differences, waitsFor };
}

function read(registration: unknown, mode: Mode): Pick<RegistrationCheck, 'client' | 'problems'> {
  try {
    const client = readRegistration(registration);
    assertFitsMode(client, mode);
    return { client, problems: [] };
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error;
    return { client: undefined, problems: error.found };
  }
}

/** Reads the id from a registration that may have other faults. */
function readClientId(registration: unknown): string | undefined {
  const isObject = typeof registration === 'object' && registration !== null && 'clientId' in registration;
  return isObject && typeof registration.clientId === 'string' && !registration.clientId.includes('\0')
    ? registration.clientId
    : undefined;
}
