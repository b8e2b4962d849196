/** `/api/passkeys`: support finds a cardholder's passkeys, suspends, resumes and deletes them, and forgets devices. */
import { PasskeyId } from '@payment-passkeys/protocol';
import {
  ChangeOutcome,
  FoundPasskeys,
  PasskeyChange,
  PasskeyChanged,
  PasskeySearch,
  PasskeysDeletion,
  PasskeyView,
} from '@payment-passkeys/protocol/console';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { submitChange } from '../../../domain/approvals/approvals.ts';
import { proposeDeletion } from '../../../domain/approvals/passkey-changes.ts';
import { operatorAuthor } from '../../../domain/audit/entry.ts';
import { changeBindings } from '../../../domain/bindings/change.ts';
import { deletePasskey, forgetDevice } from '../../../domain/bindings/passkey-deletion.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { countRevokedSessions } from '../../../platform/telemetry/metrics.ts';
import { allow } from '../guard/allow.ts';
import { searchPasskeys } from './search.ts';
import { findView } from './view.ts';

const READERS = ['SUPPORT', 'OPERATOR', 'AUDITOR'] as const;
const PASSKEY_PATH = '/api/passkeys/:id';
const params = Type.Object({ id: PasskeyId });

export function passkeyRoutes(app: NetworkServer, network: ConsoleNetwork): void {
  const { pool, clock, metrics, console: settings } = network;

  /** Makes the change, and returns what it has changed. */
  const change = async (
    { params: { id: passkeyId }, body, operator }: FastifyRequest<ChangeCall>,
    action: 'SUSPEND' | 'RESUME' | 'DELETE',
  ): Promise<PasskeyChanged> => {
    const before = await findView(passkeyId, network);
    const { reasonCode, bindingId } = body;
    if (bindingId !== undefined && !before.bindings.some((binding) => binding.bindingId === bindingId))
      throw new ServiceError({ code: 'BINDING_NOT_FOUND', pointer: '/bindingId' });
    const decision = { by: 'NETWORK', author: operatorAuthor(operator), reasonCode, now: clock() } as const;
    const made =
      action === 'DELETE' && bindingId === undefined
        ? await deletePasskey(pool, { ...decision, passkeyId })
        : await changeBindings(
            pool,
            { scope: { kind: 'PASSKEY', passkeyId, bindingId }, decision: { ...decision, action } },
            undefined,
          );
    countRevokedSessions(metrics, made.endedClients);
    const passkey = await findView(passkeyId, network);
    const changed = passkey.bindings.filter((binding) => made.changedIds.includes(binding.bindingId));
    return {
      bindings: made.changedIds.length,
      heldBy: [...new Set(changed.map(({ heldBy }) => heldBy.name))],
      endedSessions: made.endedClients.length,
      passkey,
    };
  };

  app.post(
    '/api/passkeys/search',
    {
      config: allow(READERS),
      schema: {
        summary: 'Find passkeys by an account, or by the id of a passkey, a binding or a device',
        body: PasskeySearch,
        response: { 200: FoundPasskeys },
      },
    },
    async ({ body, operator }) => ({ items: [...(await searchPasskeys({ search: body, operator }, network))] }),
  );

  app.post(
    '/api/passkeys/delete',
    {
      config: allow(['OPERATOR'], { fresh: true }),
      schema: {
        summary: 'Delete several passkeys with every binding; for good',
        body: PasskeysDeletion,
        response: { 200: ChangeOutcome },
      },
    },
    async ({ body, operator }) =>
      submitChange(pool, await proposeDeletion(pool, body), {
        by: operator,
        approvals: settings.approvals,
        now: clock(),
        onEnded: (clientIds) => countRevokedSessions(metrics, clientIds),
      }),
  );

  app.get(
    PASSKEY_PATH,
    {
      config: allow(READERS),
      schema: { summary: 'Read a passkey', params, response: { 200: PasskeyView } },
    },
    async ({ params: { id } }) => findView(id, network),
  );

  app.post(
    `${PASSKEY_PATH}/suspend`,
    {
      config: allow(['SUPPORT', 'OPERATOR']),
      schema: {
        summary: 'Suspend every binding of a passkey, or one',
        params,
        body: PasskeyChange,
        response: { 200: PasskeyChanged },
      },
    },
    async (request) => change(request, 'SUSPEND'),
  );

  app.post(
    `${PASSKEY_PATH}/resume`,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      schema: {
        summary: "Take back the network's suspension",
        params,
        body: PasskeyChange,
        response: { 200: PasskeyChanged },
      },
    },
    async (request) => change(request, 'RESUME'),
  );

  app.post(
    `${PASSKEY_PATH}/delete`,
    {
      config: allow(['OPERATOR'], { fresh: true }),
      schema: {
        summary: 'Delete a passkey with every binding, or one binding; for good',
        params,
        body: PasskeyChange,
        response: { 200: PasskeyChanged },
      },
    },
    async (request) => change(request, 'DELETE'),
  );

  app.delete(
    `${PASSKEY_PATH}/devices/:deviceId`,
    {
      config: allow(['OPERATOR']),
      schema: {
        summary: 'A device no longer counts as one that has the passkey',
        params: Type.Object({ ...params.properties, deviceId: Type.String({ maxLength: 64 }) }),
        response: { 200: PasskeyView },
      },
    },
    async ({ params: { id: passkeyId, deviceId }, operator }) => {
      await forgetDevice(pool, { passkeyId, deviceId, author: operatorAuthor(operator), now: clock() });
      return findView(passkeyId, network);
    },
  );
}

interface ChangeCall {
  Params: { readonly id: string };
  Body: PasskeyChange;
}
