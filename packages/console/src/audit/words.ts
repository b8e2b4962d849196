/** An entry of the audit trail in words: who, what, on whose behalf. Pure. */
import type { AuditActor, AuditEntry } from '@payment-passkeys/protocol/console';
import { clientAddress, passkeyAddress, sessionAddress } from '../addresses.ts';
import { find, say } from './texts.ts';

export function actionWords(action: AuditEntry['action']): string {
  return find(`action.${action}`) ?? action;
}

/** An operator by name, a client by its id, every other actor by its kind. */
export function actorWords(actor: AuditActor): string {
  switch (actor.kind) {
    case 'OPERATOR':
      return actor.name;
    case 'CLIENT':
      return say('client', { id: actor.id });
    case 'CARDHOLDER':
      return say('cardholder');
    case 'COMMAND_LINE':
      return say('commandLine', { name: actor.name });
    case 'NETWORK':
      return say('network');
  }
}

/**
 * The subject of an entry: "Client bank", "Operator Nora Lind". Empty if the subject is the actor, who is named already. An operator is shown by
 * name if the entry has it, because an operator's id means nothing to people.
 */
export function subjectWords({ subject, actor, before, after }: AuditEntry): string {
  const { kind, id } = subject;
  if (kind === 'operator' && 'id' in actor && actor.id === id) return '';
  const name = kind === 'operator' || kind === 'invitation' ? (nameIn(after) ?? nameIn(before)) : undefined;
  return `${find(`subject.${kind}`) ?? kind} ${name ?? id}`;
}

function nameIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('name' in value)) return undefined;
  return typeof value.name === 'string' ? value.name : undefined;
}

/** The screen of what was changed, if it has one. */
export function subjectAddress({ kind, id }: AuditEntry['subject']): string | undefined {
  switch (kind) {
    case 'session':
      return sessionAddress(id);
    case 'passkey':
      return passkeyAddress(id);
    case 'client':
      return clientAddress(id);
    default:
      return undefined;
  }
}
