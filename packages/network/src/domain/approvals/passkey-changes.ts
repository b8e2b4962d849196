/** The change of passkeys that may wait for approval: several are deleted at once. */
import { BINDING_REASON_CODES, compileSchema, PasskeyId } from '@payment-passkeys/protocol';
import type { PasskeysDeletion } from '@payment-passkeys/protocol/console';
import { execute, sql, statement } from '@payment-passkeys/storage';
import type { Pool } from 'pg';
import Type from 'typebox';
import { ServiceError } from '../../platform/errors/errors.ts';
import { deletePasskey } from '../bindings/passkey-deletion.ts';
import { findPasskeysById } from '../bindings/passkey-search.ts';
import type { CarryOut } from './kind.ts';
import type { ProposedChange } from './request.ts';

/** The longest line that a Difference may have, in characters. */
const LINE_LENGTH = 1_000;

/** Throws {@link ServiceError} PASSKEY_NOT_FOUND if there is no passkey with one of the ids. */
export async function proposeDeletion(
  pool: Pool,
  { credentialIds, reasonCode }: PasskeysDeletion,
): Promise<ProposedChange> {
  const passkeyIds = [...new Set(credentialIds)];
  const lines: string[] = [];
  for (const id of passkeyIds) {
    const known = (await findPasskeysById(pool, id)).find(({ passkeyId }) => passkeyId === id);
    if (known === undefined) throw new ServiceError({ code: 'PASSKEY_NOT_FOUND', pointer: '/credentialIds' });
    lines.push([id, ...known.heldBy].join(', ').slice(0, LINE_LENGTH));
  }
  return {
    kind: 'passkeys.delete',
    // A request has one subject. The others are in the change.
    subject: { id: passkeyIds[0] ?? '', name: String(passkeyIds.length) },
    change: { passkeyIds, reasonCode },
    differences: [
      { field: 'passkeys', before: lines, after: [] },
      { field: 'reasonCode', before: [], after: [reasonCode] },
    ],
    waitsFor: [],
    needsApproval: true,
  };
}

const deletion = compileSchema(
  Type.Object({ passkeyIds: Type.Array(PasskeyId), reasonCode: Type.Enum(BINDING_REASON_CODES) }),
);

/**
 * Locks every passkey before the first binding, and both in the order of their ids. So the lock order of decision 89 also holds for several
 * passkeys.
 */
const LOCKS = [
  statement({
    text: sql`SELECT FROM passkey WHERE passkey_id = ANY (${'passkeyIds'}::text[]) ORDER BY passkey_id FOR UPDATE`,
  }),
  statement({
    text: sql`SELECT FROM binding WHERE passkey_id = ANY (${'passkeyIds'}::text[]) ORDER BY binding_id FOR UPDATE`,
  }),
];

/**
 * Deletes all of them or none. A passkey that was deleted after the request stays deleted. A binding that was made after the request is deleted
 * too.
 */
export const carryOutDeletion: CarryOut = async (connection, change, { author, now, onEnded }) => {
  if (!deletion.accepts(change)) throw new Error('A change that was stored has its form.');
  const { passkeyIds, reasonCode } = change;
  for (const lock of LOCKS) await execute(connection, lock, { passkeyIds });
  for (const passkeyId of passkeyIds) {
    const { endedClients } = await deletePasskey(connection, { passkeyId, by: 'NETWORK', author, reasonCode, now });
    onEnded(endedClients);
  }
};
