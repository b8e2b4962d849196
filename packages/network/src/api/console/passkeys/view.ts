/** One passkey, as the console shows it. */
import type { Actor, BindingReport } from '@payment-passkeys/protocol';
import type { PasskeyBinding, PasskeyView } from '@payment-passkeys/protocol/console';
import { searchTrail } from '../../../domain/audit/trail.ts';
import { findPasskeysById, statusOfPasskey } from '../../../domain/bindings/passkey-search.ts';
import { buildDevices, searchBindings } from '../../../domain/bindings/search.ts';
import { describeFacts } from '../../../domain/passkeys/authenticator-facts.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';

/** At most so many entries of the audit trail are shown. */
const MAX_CHANGES = 20;

/** Throws {@link ServiceError} PASSKEY_NOT_FOUND. */
export async function findView(
  passkeyId: string,
  { pool, findModel }: Pick<ConsoleNetwork, 'pool' | 'findModel'>,
): Promise<PasskeyView> {
  const known = (await findPasskeysById(pool, passkeyId)).find((one) => one.passkeyId === passkeyId);
  if (known === undefined) throw new ServiceError({ code: 'PASSKEY_NOT_FOUND' });
  const bindings = await searchBindings(pool, { kind: 'PASSKEY', passkeyId }, findModel);
  const subjects = [passkeyId, ...bindings.map(({ bindingId }) => bindingId)];
  const { items } = await searchTrail(pool, { subjects, limit: MAX_CHANGES });
  const live = bindings.filter(({ status }) => status !== 'DELETED');
  return {
    credentialId: passkeyId,
    status: statusOfPasskey(known),
    suspendedBy: [...new Set(live.flatMap(({ suspendedBy }): Actor[] => suspendedBy))],
    createdAt: known.createdAt.toISOString(),
    lastUsedAt: known.lastUsedAt.toISOString(),
    authenticator: describeFacts(known.authenticator, findModel),
    counterRegressions: known.counterRegressions,
    bindings: bindings.map(buildBinding),
    devices: buildDevices(known.devices),
    changes: [...items],
  };
}

function buildBinding(report: BindingReport): PasskeyBinding {
  const { credentialId: _credentialId, authenticator: _authenticator, devices: _devices, ...binding } = report;
  return binding;
}
