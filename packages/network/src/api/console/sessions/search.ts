/** `POST /api/sessions/search`. An account is looked up only by its keyed index; no address, log or table holds the account itself. */
import { addSeconds, PROOF_SECONDS, SESSION_SECONDS } from '@payment-passkeys/protocol';
import type { SessionPage, SessionSearch } from '@payment-passkeys/protocol/console';
import { operatorAuthor, writeEntry } from '../../../domain/audit/entry.ts';
import { readAccount } from '../../../domain/bindings/account-reference.ts';
import type { SignedInOperator } from '../../../domain/operators/operator.ts';
import { readPlace } from '../../../domain/session-search/filter.ts';
import { searchSessions } from '../../../domain/session-search/search.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';

/** A session lasts until its proof expires. The next sweep ends it. */
const LONGEST_OPEN_SECONDS = SESSION_SECONDS + PROOF_SECONDS + 10 * 60;

/** Throws {@link ServiceError} if the search has an account and an id, several accounts, a number that is no card number, or a wrong cursor. */
export async function findSessions(
  { search, operator }: { readonly search: SessionSearch; readonly operator: SignedInOperator },
  { pool, keys, clock }: Pick<ConsoleNetwork, 'pool' | 'keys' | 'clock'>,
): Promise<SessionPage> {
  const place = readPlace(search.cursor);
  const openSince = addSeconds(clock(), -LONGEST_OPEN_SECONDS);
  if (search.account === undefined)
    return searchSessions(pool, { search, accountIndexes: undefined, place, openSince });
  if (search.id !== undefined) {
    throw new ServiceError({ code: 'FIELD_NOT_ALLOWED', pointer: '/id', message: 'Send an account or an id.' });
  }
  const { kind, indexes } = readAccount(search.account, '/account', keys.current().vault);
  const page = await searchSessions(pool, { search, accountIndexes: indexes, place, openSince });
  // A look-up by account is an entry of the audit trail, although it changes nothing.
  await writeEntry(pool, {
    ...operatorAuthor(operator),
    action: 'passkeys.searched',
    subject: { kind: 'operator', id: operator.operatorId },
    after: { accountType: kind, sessions: page.items.map(({ authenticationSessionId }) => authenticationSessionId) },
    now: clock(),
  });
  return page;
}
