/** The bindings that a status update changes, and its answer (contract §14). */
import { type BindingState, compileSchema, type StatusUpdate, StatusUpdateInfo } from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import { readAccountScope, requireOne } from '../../domain/bindings/account-reference.ts';
import { type ChangedBinding, type ChangeScope, changeBindings } from '../../domain/bindings/change.ts';
import { statusOf } from '../../domain/bindings/status.ts';
import type { SignedCall } from '../../domain/clients/signed-request.ts';
import { readEncryptedBody } from '../../domain/keys/encrypted-body.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';

const infoSchema = compileSchema(StatusUpdateInfo);

interface StatusUpdateCall extends SignedCall {
  readonly update: StatusUpdate;
  readonly reply: FastifyReply;
}

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>;

interface UpdatedStatus {
  readonly bindings: readonly BindingState[];
  readonly endedClients: readonly string[];
}

/**
 * Throws {@link ServiceError}: BINDING_NOT_FOUND if the caller may act on none; ACTION_NOT_ALLOWED if a merchant asks for ACTIVATE;
 * BINDING_DELETED if every binding to suspend, resume or activate was deleted.
 */
export async function updateStatus(call: StatusUpdateCall, network: Dependencies): Promise<UpdatedStatus> {
  const { client, update, nonceClaim, assertAdmitted } = call;
  requireOne(update, ['encryptedData', 'bindingId'], '');
  const { action, reasonCode } = update;
  if (action === 'ACTIVATE' && client.role !== 'issuer')
    throw new ServiceError({ code: 'ACTION_NOT_ALLOWED', pointer: '/action' });
  const by = client.role === 'issuer' ? 'ISSUER' : 'MERCHANT';
  const author = { actor: { kind: 'CLIENT', id: client.clientId } } as const;
  const decision = { action, by, author, reasonCode, now: network.clock() } as const;
  const scope = await scopeOf(call, network);
  const { verdict, bindings, endedClients } = await changeBindings(network.pool, { scope, decision }, nonceClaim);
  assertAdmitted(verdict);
  const pointer = scope.kind === 'ACCOUNT' ? '/accountReference' : '/bindingId';
  if (bindings.length === 0) throw new ServiceError({ code: 'BINDING_NOT_FOUND', pointer });
  const answered = action === 'DELETE' ? bindings : bindings.filter(({ deleted }) => !deleted);
  if (answered.length === 0) throw new ServiceError({ code: 'BINDING_DELETED', pointer });
  return { bindings: answered.map(buildState), endedClients };
}

async function scopeOf({ client, update, reply }: StatusUpdateCall, network: Dependencies): Promise<ChangeScope> {
  const { encryptedData, bindingId } = update;
  if (encryptedData === undefined) return { kind: 'BINDING', callerId: client.clientId, bindingId: bindingId ?? '' };
  const info = await readEncryptedBody(encryptedData, { network, schema: infoSchema, reply });
  const { accountReference, credentialId } = info;
  const account = { reference: accountReference, passkeyId: credentialId, pointer: '/accountReference' };
  return { kind: 'ACCOUNT', ...readAccountScope(account, client, network.keys.current().vault) };
}

function buildState(binding: ChangedBinding): BindingState {
  const { bindingId, suspendedBy } = binding;
  const status = statusOf({ ...binding, suspended: suspendedBy.length > 0 });
  return { bindingId, status, suspendedBy: [...suspendedBy] };
}
