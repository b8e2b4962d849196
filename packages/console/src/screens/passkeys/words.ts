/** What the screens say of a passkey, a binding and an authenticator. Pure. */
import type { Actor, AuthenticatorFacts, BindingStatus } from '@payment-passkeys/protocol';
import type { PasskeyBinding, PasskeyChanged } from '@payment-passkeys/protocol/console';
import { LANGUAGE } from '../../language.ts';
import type { MarkKind } from '../../parts/mark.ts';
import { find, say, sayCount } from './texts.ts';

export function listOf(words: readonly string[]): string {
  return new Intl.ListFormat(LANGUAGE).format(words);
}

const MARKS: Readonly<Record<BindingStatus, MarkKind>> = {
  ACTIVE: 'good',
  PENDING_ACTIVATION: 'notice',
  SUSPENDED: 'bad',
  DELETED: 'quiet',
};

/** The mark and the words of a status: "Suspended by the bank and the cardholder". */
export function statusWords(
  status: BindingStatus,
  suspendedBy: readonly Actor[],
): { readonly kind: MarkKind; readonly text: string } {
  const words = find(`status.${status}`) ?? status;
  if (suspendedBy.length === 0 || status === 'ACTIVE' || status === 'DELETED')
    return { kind: MARKS[status], text: words };
  const actors = listOf(suspendedBy.map(actorName));
  return { kind: 'bad', text: say(status === 'SUSPENDED' ? 'suspendedBy' : 'pendingAndSuspended', { actors }) };
}

function actorName(actor: Actor): string {
  return find(`actor.${actor}`) ?? actor;
}

/** What the authenticator is: its model if that is proven, else whether the passkey can leave the device. */
export function authenticatorName({ model, backupEligible }: AuthenticatorFacts): string {
  return model ?? say(backupEligible ? 'synced' : 'deviceBound');
}

/** `•••• 4444` of a card at a shop, else the kinds of accounts. */
export function accountsOf({
  panLastFour,
  accountTypes,
}: Pick<PasskeyBinding, 'panLastFour' | 'accountTypes'>): string {
  if (panLastFour !== undefined) return `•••• ${panLastFour}`;
  return listOf(accountTypes.map((type) => find(`account.${type}`) ?? type));
}

/** The effect of a change, in sentences: how many bindings, whose, and what ended. */
export function changeMeant(
  action: 'suspend' | 'resume' | 'delete',
  { bindings, heldBy, endedSessions }: Pick<PasskeyChanged, 'bindings' | 'heldBy' | 'endedSessions'>,
): string {
  if (bindings === 0 && action !== 'delete') return say(`${action}.nothing`);
  const changed =
    bindings === 0 ? say('delete.unused') : sayCount(`${action}.bindings`, bindings, { clients: listOf(heldBy) });
  const ended = action === 'resume' ? '' : endedSessions === 0 ? say('noneEnded') : sayCount('ended', endedSessions);
  return [changed, ended].filter((sentence) => sentence !== '').join(' ');
}
