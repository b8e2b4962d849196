/** An entry of the audit trail in words: who, what, on whose behalf. Pure. */
import type { AuditActor, AuditEntry } from '@payment-passkeys/protocol/console';
import { clientAddress, passkeyAddress, sessionAddress } from '../addresses.ts';
import { find, say } from './texts.ts';

export function actionWords(action: AuditEntry['action']): string {
  return find(`action.${action}`) ?? action;
}

/** The name of an operator; the id of a client; what stands for the others. */
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

export function subjectWords({ kind }: AuditEntry['subject']): string {
  return find(`subject.${kind}`) ?? kind;
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
