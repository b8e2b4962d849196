/** The changes of clients that may wait for approval: a new client, a changed registration, a resumption. */
import { ClientRegistration, compileSchema, type Mode } from '@payment-passkeys/protocol';
import type { Queryable } from '@payment-passkeys/storage';
import type { PoolClient } from 'pg';
import Type from 'typebox';
import { ServiceError } from '../../platform/errors/errors.ts';
import { checkRegistration } from '../clients/check.ts';
import {
  buildRegistration,
  RegistrationError,
  readRegistration,
  refuseConflict,
  serviceErrorOf,
} from '../clients/registration.ts';
import { changeSuspension, findClient, lockClients, lockVersion, writeClient } from '../clients/store.ts';
import type { CarryOut } from './kind.ts';
import type { ProposedChange } from './request.ts';

/**
 * Checks a registration, as an operator sends it, and builds the change that it proposes. `version` is the client's version that was edited;
 * undefined for a new client. Throws {@link ServiceError}: INVALID_FIELD for each problem, CLIENT_EXISTS, CLIENT_NOT_FOUND, CLIENT_CHANGED if the
 * client has another version.
 */
export async function proposeRegistration(
  database: Queryable,
  given: { readonly registration: unknown; readonly version: number | undefined; readonly mode: Mode },
): Promise<ProposedChange> {
  const { client, current, problems, differences, waitsFor } = await checkRegistration(database, given);
  if (given.version === undefined && current !== undefined) throw new ServiceError({ code: 'CLIENT_EXISTS' });
  if (given.version !== undefined && current === undefined) throw new ServiceError({ code: 'CLIENT_NOT_FOUND' });
  if (current?.version !== given.version) throw new ServiceError({ code: 'CLIENT_CHANGED' });
  if (client === undefined) throw serviceErrorOf(new RegistrationError(problems), '/registration');
  return {
    kind: current === undefined ? 'client.add' : 'client.change',
    subject: { id: client.clientId, name: client.name },
    change: { registration: buildRegistration(client), version: given.version ?? null },
    differences,
    waitsFor,
    needsApproval: waitsFor.length > 0,
  };
}

/** Throws {@link ServiceError}: CLIENT_NOT_FOUND; CLIENT_CHANGED if the client has another version, or is not suspended. */
export async function proposeResumption(
  database: Queryable,
  { clientId, version }: { readonly clientId: string; readonly version: number },
): Promise<ProposedChange> {
  const client = await findClient(database, clientId);
  if (client === undefined) throw new ServiceError({ code: 'CLIENT_NOT_FOUND' });
  if (client.version !== version || !client.suspended) throw new ServiceError({ code: 'CLIENT_CHANGED' });
  return {
    kind: 'client.resume',
    subject: { id: clientId, name: client.name },
    change: { clientId, version },
    differences: [],
    waitsFor: [],
    needsApproval: true,
  };
}

const registrationChange = compileSchema(
  Type.Object({ registration: ClientRegistration, version: Type.Union([Type.Integer(), Type.Null()]) }),
);

/** Throws {@link ServiceError}: CLIENT_CHANGED if the client has another version by now; INVALID_FIELD if another client has its ranges or key. */
export const carryOutRegistration: CarryOut = async (connection, change, context) => {
  if (!registrationChange.accepts(change)) throw new Error('A change that was stored has its form.');
  const client = readRegistration(change.registration);
  await lockClients(connection);
  await assertVersion(connection, client.clientId, change.version ?? undefined);
  const written = await writeClient(connection, client, context);
  if (typeof written !== 'string') throw serviceErrorOf(refuseConflict(written), '/registration');
};

const resumption = compileSchema(Type.Object({ clientId: Type.String({ maxLength: 64 }), version: Type.Integer() }));

/** Throws {@link ServiceError}: CLIENT_CHANGED if the client has another version by now. */
export const carryOutResumption: CarryOut = async (connection, change, context) => {
  if (!resumption.accepts(change)) throw new Error('A change that was stored has its form.');
  const { clientId, version } = change;
  await assertVersion(connection, clientId, version);
  await changeSuspension(connection, { clientId, change: 'RESUMED', ...context });
};

async function assertVersion(connection: PoolClient, clientId: string, version: number | undefined): Promise<void> {
  if ((await lockVersion(connection, clientId)) !== version) throw new ServiceError({ code: 'CLIENT_CHANGED' });
}
