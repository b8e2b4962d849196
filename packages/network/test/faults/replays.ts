/** Once the network is back: what was used up before is sent once more, by somebody who has listened. */
import {
  AUTHENTICATORS_PATH,
  OPEN_PATH,
  RESULT_PATH,
  SESSIONS_PATH,
  type SessionAnswer,
} from '@payment-passkeys/protocol';
import type { TestClient } from '@payment-passkeys/testkit';
import type { Exchange, WritableHistory } from './history.ts';

/** Adds to the history what came of it. `address` is the network's own, past the proxy; `bank` signs as the bank does. */
export async function replaySpent(
  { address, bank }: { readonly address: string; readonly bank: TestClient },
  history: WritableHistory,
): Promise<void> {
  const done = history.exchanges.filter(({ answer }) => answer?.heard && answer.status < 300);
  // A change: of a request that changed nothing PostgreSQL's crash may forget the nonce (docs/decisions/0040).
  const signed = done.findLast(
    ({ requestHeaders, answer }) => requestHeaders.authorization?.startsWith('OAuth') && answer?.status === 201,
  );
  const opening = done.findLast(({ path, requestHeaders }) => path === OPEN_PATH && requestHeaders.authorization);
  const result = done.findLast(({ path }) => path === RESULT_PATH);
  const send = async (exchange: Exchange, changes: RequestChanges = {}) => {
    const { 'content-length': _length, cookie, ...headers } = exchange.requestHeaders;
    const response = await fetch(address + exchange.path, {
      method: 'POST',
      headers: changes.withoutCookies || cookie === undefined ? headers : { ...headers, cookie },
      body: changes.body ?? exchange.requestText,
    });
    await response.arrayBuffer();
    return response.status;
  };
  const { replays } = history;
  if (signed) replays.push({ what: 'REQUEST', status: await send(signed) });
  if (opening) replays.push({ what: 'TOKEN', status: await send(opening, { withoutCookies: true }) });
  if (result) replays.push({ what: 'CHALLENGE', status: await send(result, { body: otherCredential(result) }) });
  const spent = findSpentProof(done, bank);
  if (spent) replays.push({ what: 'PROOF', status: (await bank.bind(spent)).status });
}

interface RequestChanges {
  readonly withoutCookies?: boolean;
  readonly body?: string;
}

/** Another credential for the same challenge: one that differs by where it says it was. */
function otherCredential({ request }: Exchange): string {
  const { credential, ...rest } = request as { credential: { id: string; response: Record<string, string> } };
  const changed = { ...credential, id: credential.id.split('').toReversed().join('') };
  return JSON.stringify({ ...rest, credential: { ...changed, rawId: changed.id } });
}

/** A proof of the bank's that was bound, with another session of the bank's. */
function findSpentProof(done: readonly Exchange[], bank: TestClient) {
  const ofBank = ({ requestHeaders }: Exchange) =>
    decodeURIComponent(requestHeaders.authorization ?? '').includes(`"${bank.registration.consumerKey}"`);
  const binding = done.findLast((exchange) => exchange.path === AUTHENTICATORS_PATH && ofBank(exchange));
  if (binding === undefined) return undefined;
  const { authenticationSessionId: own, proofOfAuthentication } = binding.request as Record<string, string>;
  const other = done
    .filter((exchange) => exchange.path === SESSIONS_PATH && ofBank(exchange))
    .map(({ answer }) => (answer?.body as SessionAnswer | undefined)?.authenticationSessionId)
    .findLast((id) => id !== own);
  return other && proofOfAuthentication ? { authenticationSessionId: other, proofOfAuthentication } : undefined;
}
