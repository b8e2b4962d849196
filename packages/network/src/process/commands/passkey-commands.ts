/** The commands `passkeys …`: what the network's operator may do to passkeys, bindings and devices (contract §12). */
import {
  BINDING_REASON_CODES,
  type BindingAction,
  type BindingReasonCode,
  type BindingReport,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { changeBindings } from '../../domain/bindings/change.ts';
import { deletePasskey, forgetDevice } from '../../domain/bindings/passkey-deletion.ts';
import { findSubject, type Subject, searchBindings } from '../../domain/bindings/search.ts';
import { openAttestationTrust } from '../../domain/passkeys/attestation.ts';
import { readConfig } from '../../platform/config/config.ts';
import { type Call, type Command, commandAuthor, report, UsageError } from './command.ts';
import { withDatabase } from './with-database.ts';

export const PASSKEY_COMMANDS: readonly Command[] = [
  {
    name: 'passkeys show',
    operands: ['ID'],
    options: ['json'],
    summary: 'the bindings and devices of a passkey, or one binding;\nID is a credentialId or a bindingId',
    run: show,
  },
  {
    name: 'passkeys suspend',
    operands: ['ID'],
    options: ['reason', 'json'],
    summary: 'suspend every binding of the passkey, or the one',
    run: (call) => change(call, 'SUSPEND'),
  },
  {
    name: 'passkeys resume',
    operands: ['ID'],
    options: ['reason', 'json'],
    summary: "take back the network's suspension",
    run: (call) => change(call, 'RESUME'),
  },
  {
    name: 'passkeys delete',
    operands: ['ID'],
    options: ['reason', 'json'],
    summary: 'delete the passkey with every binding, or the one binding; for good',
    run: remove,
  },
  {
    name: 'passkeys forget-device',
    operands: ['CREDENTIAL', 'DEVICE'],
    options: ['json'],
    summary: 'DEVICE, an appInstanceId, no longer counts as one that has the passkey',
    run: forget,
  },
];

async function show(call: Call): Promise<void> {
  const { findModel } = await openAttestationTrust(readConfig(call.env), call.clock);
  const bindings = await withSubject(call, (pool, subject) =>
    searchBindings(pool, { kind: 'PASSKEY', ...subject }, findModel),
  );
  report(call, bindings, bindings.length > 0 ? bindings.flatMap(describe) : ['The passkey has no binding.']);
}

async function change(call: Call, action: Exclude<BindingAction, 'ACTIVATE'>): Promise<void> {
  const decision = {
    action,
    by: 'NETWORK',
    author: commandAuthor(call),
    reasonCode: readReason(call),
    now: call.clock(),
  } as const;
  const { bindings } = await withSubject(call, (pool, subject) =>
    changeBindings(pool, { scope: { kind: 'PASSKEY', ...subject }, decision }, undefined),
  );
  const lines = bindings.map(({ bindingId, suspendedBy, pendingActivation, deleted }) => {
    const unused = pendingActivation ? 'pending activation' : 'active';
    const suspended = suspendedBy.length > 0 ? `suspended by ${suspendedBy.join(', ')}` : unused;
    return `${bindingId}\t${deleted ? 'deleted' : suspended}`;
  });
  report(call, bindings, lines.length > 0 ? lines : ['The passkey has no binding.']);
}

/** Deletes one binding if the id is a binding's, otherwise the passkey with every binding. */
async function remove(call: Call): Promise<void> {
  const reasonCode = readReason(call);
  const now = call.clock();
  const deleted = await withSubject(call, async (pool, { passkeyId, bindingId }) => {
    if (bindingId === undefined)
      await deletePasskey(pool, { passkeyId, by: 'NETWORK', author: commandAuthor(call), reasonCode, now });
    return { passkeyId, bindingId };
  });
  if (deleted.bindingId !== undefined) return change(call, 'DELETE');
  report(call, { credentialId: deleted.passkeyId, status: 'DELETED' }, [
    `The passkey ${deleted.passkeyId} is deleted with every binding.`,
  ]);
}

async function forget(call: Call): Promise<void> {
  const [passkeyId = '', deviceId = ''] = call.operands;
  const forgotten = await withDatabase(call, ({ pool }) =>
    forgetDevice(pool, { passkeyId, deviceId, author: commandAuthor(call), now: call.clock() }),
  );
  if (!forgotten) throw new UsageError(`The passkey ${passkeyId} has no device ${deviceId}.`);
  report(call, { credentialId: passkeyId, forgotten: deviceId }, [`The device ${deviceId} is forgotten.`]);
}

async function withSubject<Result>(
  call: Call,
  work: (pool: Pool, subject: Subject) => Promise<Result>,
): Promise<Result> {
  const id = call.operands[0] ?? '';
  return withDatabase(call, async ({ pool }) => {
    const subject = await findSubject(pool, id);
    if (subject === undefined) throw new UsageError(`There is no passkey and no binding ${id}.`);
    return work(pool, subject);
  });
}

function readReason({ options: { reason } }: Call): BindingReasonCode {
  const known = BINDING_REASON_CODES.find((code) => code === reason);
  if (known === undefined) throw new UsageError(`--reason is one of ${BINDING_REASON_CODES.join(', ')}.`);
  return known;
}

function describe(binding: BindingReport): readonly string[] {
  const { bindingId, status, suspendedBy, heldBy, accountTypes, panLastFour, createdAt, lastUsedAt, devices } = binding;
  const words = suspendedBy.length > 0 ? ` by ${suspendedBy.join(', ')}` : '';
  return [
    `${bindingId}\t${status}${words}\t${heldBy.name} (${heldBy.role})`,
    `  ${accountTypes.join(', ')}${panLastFour === undefined ? '' : ` •••• ${panLastFour}`}, made ${createdAt}, last used ${lastUsedAt ?? 'never'}`,
    ...devices.map((device) => `  device ${device.appInstanceId}, last used ${device.lastUsedAt}`),
  ];
}
