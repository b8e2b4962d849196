/** The account that a call names, and which bindings of it the caller may act on (contract §12). */
import { type AccountReference, type AccountType, canonicalPan, passesLuhn } from '@payment-passkeys/protocol';
import { ServiceError } from '../../platform/errors/errors.ts';
import { lookupIndexes, type VaultKeys } from '../accounts/account-vault.ts';
import type { Client } from '../clients/client.ts';
import type { AccountScope } from './scope.ts';

/** One account, as it is looked up. */
export interface ReadAccount {
  readonly kind: AccountType;
  /** Only for a card. */
  readonly pan: string | undefined;
  /** The account's keyed hashes, one for each key version; the version in use comes first. */
  readonly indexes: readonly Buffer[];
}

/**
 * `pointer` is the place of the reference in the request. Throws {@link ServiceError}: not exactly one account, or a number that is not a card
 * number.
 */
export function readAccount(reference: AccountReference, pointer: string, vault: VaultKeys): ReadAccount {
  requireOne(reference, ['primaryAccountNumber', 'emailAddress', 'mobileNumber'], pointer);
  const { primaryAccountNumber, emailAddress, mobileNumber } = reference;
  const pan = primaryAccountNumber === undefined ? undefined : canonicalPan(primaryAccountNumber);
  if (pan !== undefined && !passesLuhn(pan)) {
    throw new ServiceError({ code: 'INVALID_FIELD', pointer: `${pointer}/primaryAccountNumber` });
  }
  const accounts = {
    cards: pan === undefined ? [] : [{ primaryAccountNumber: pan }],
    emailAddresses: emailAddress === undefined ? [] : [emailAddress],
    mobileNumbers: mobileNumber === undefined ? [] : [mobileNumber],
  };
  const ofAddress = emailAddress === undefined ? 'MOBILE' : 'EMAIL';
  return { kind: pan === undefined ? ofAddress : 'CARD', pan, indexes: lookupIndexes(accounts, vault) };
}

/** Which bindings of an account a client's call is about. Throws as {@link readAccount} does. */
export function readAccountScope(
  {
    reference,
    passkeyId,
    pointer,
  }: {
    readonly reference: AccountReference;
    readonly passkeyId?: string | undefined;
    readonly pointer: string;
  },
  { clientId, role, accountRanges }: Pick<Client, 'clientId' | 'role' | 'accountRanges'>,
  vault: VaultKeys,
): AccountScope {
  const { pan, indexes } = readAccount(reference, pointer, vault);
  const ofIssuer = role === 'issuer' && pan !== undefined;
  const inRange = ofIssuer && accountRanges.some((prefix) => pan.startsWith(prefix));
  return {
    callerId: clientId,
    accountIndexes: indexes,
    passkeyId,
    own: !ofIssuer || inRange,
    shops: inRange,
  };
}

/** Throws {@link ServiceError} unless exactly one of the members is present. */
export function requireOne<Name extends string>(
  given: { readonly [Member in Name]?: unknown },
  names: readonly Name[],
  pointer: string,
): void {
  const [first, second] = names.filter((name) => given[name] !== undefined);
  const message = `Send exactly one of ${names.join(', ')}.`;
  if (first === undefined) throw new ServiceError({ code: 'MISSING_FIELD', pointer, message });
  if (second !== undefined)
    throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: `${pointer}/${second}`, message });
}
