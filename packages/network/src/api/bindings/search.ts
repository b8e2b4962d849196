/** The bindings that a search finds, and its answer (contract §13). */
import { type BindingReport, type BindingSearch, BindingSearchInfo, compileSchema } from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import { readAccountScope, requireOne } from '../../domain/bindings/account-reference.ts';
import type { Scope } from '../../domain/bindings/scope.ts';
import { searchBindings } from '../../domain/bindings/search.ts';
import type { Client } from '../../domain/clients/store.ts';
import { readEncryptedBody } from '../../domain/keys/encrypted-body.ts';
import type { Network } from '../../network.ts';

const infoSchema = compileSchema(BindingSearchInfo);

interface SearchCall {
  readonly client: Client;
  readonly search: BindingSearch;
  readonly reply: FastifyReply;
}

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'findModel' | 'tracing' | 'clock'>;

/** Throws {@link ServiceError}. Bindings that the caller may not act on are left out, as if they did not exist. */
export async function search(call: SearchCall, network: Dependencies): Promise<readonly BindingReport[]> {
  requireOne(call.search, ['encryptedData', 'bindingId', 'credentialId'], '');
  return searchBindings(network.pool, await scopeOf(call, network), network.findModel);
}

async function scopeOf({ client, search, reply }: SearchCall, network: Dependencies): Promise<Scope> {
  const { encryptedData, bindingId, credentialId } = search;
  const callerId = client.clientId;
  if (bindingId !== undefined) return { kind: 'BINDING', callerId, bindingId };
  if (encryptedData === undefined) return { kind: 'CREDENTIAL', callerId, passkeyId: credentialId ?? '' };
  const info = await readEncryptedBody(encryptedData, { network, schema: infoSchema, reply });
  const account = { reference: info.accountReference, pointer: '/accountReference' };
  return { kind: 'ACCOUNT', ...readAccountScope(account, client, network.keys.current().vault) };
}
