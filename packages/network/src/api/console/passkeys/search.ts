/** `POST /api/passkeys/search`. An account is looked up only by its keyed index; no address, log or table holds the account itself. */
import type { FoundPasskey, PasskeySearch } from '@payment-passkeys/protocol/console';
import { operatorAuthor, writeEntry } from '../../../domain/audit/entry.ts';
import { readAccount, requireOne } from '../../../domain/bindings/account-reference.ts';
import {
  buildFoundPasskey,
  findPasskeysById,
  findPasskeysOfAccount,
  type KnownPasskey,
} from '../../../domain/bindings/passkey-search.ts';
import type { SignedInOperator } from '../../../domain/operators/operator.ts';
import type { ConsoleNetwork } from '../../../network.ts';

interface SearchCall {
  readonly search: PasskeySearch;
  readonly operator: SignedInOperator;
}

type Dependencies = Pick<ConsoleNetwork, 'pool' | 'keys' | 'clock' | 'findModel'>;

/** Throws {@link ServiceError} if the search has no account and no id, or both, or several accounts, or a number that is no card number. */
export async function searchPasskeys(call: SearchCall, network: Dependencies): Promise<readonly FoundPasskey[]> {
  requireOne(call.search, ['account', 'id'], '');
  const found = await find(call, network);
  return found.map((known) => buildFoundPasskey(known, network.findModel));
}

async function find({ search, operator }: SearchCall, network: Dependencies): Promise<readonly KnownPasskey[]> {
  const { pool, keys, clock } = network;
  if (search.account === undefined) return findPasskeysById(pool, search.id ?? '');
  const { kind, indexes } = readAccount(search.account, '/account', keys.current().vault);
  const found = await findPasskeysOfAccount(pool, indexes);
  // A look-up by account is an entry of the audit trail, although it changes nothing.
  await writeEntry(pool, {
    ...operatorAuthor(operator),
    action: 'passkeys.searched',
    subject: { kind: 'operator', id: operator.operatorId },
    after: { accountType: kind, passkeys: found.map(({ passkeyId }) => passkeyId) },
    now: clock(),
  });
  return found;
}
