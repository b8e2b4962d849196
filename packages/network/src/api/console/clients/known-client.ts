/** What the routes of one client share. */
import { ClientId } from '@payment-passkeys/protocol';
import { CLIENTS_PATH } from '@payment-passkeys/protocol/console';
import type { Pool } from 'pg';
import Type from 'typebox';
import { type Client, findClient } from '../../../domain/clients/store.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';

export const CLIENT_PATH = `${CLIENTS_PATH}/:id` as const;
export const ClientParameters = Type.Object({ id: ClientId });

/** The roles that see more of a client than its name. */
export const READERS = ['OPERATOR', 'AUDITOR'] as const;

/** Throws {@link ServiceError} CLIENT_NOT_FOUND. */
export async function findKnownClient(pool: Pool, clientId: string): Promise<Client> {
  const client = await findClient(pool, clientId);
  if (client === undefined) throw new ServiceError({ code: 'CLIENT_NOT_FOUND' });
  return client;
}
