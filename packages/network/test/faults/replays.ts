/** After the network is back: sends consumed values again, as an eavesdropper could. */
import {
  AUTHENTICATORS_PATH,
  OPEN_PATH,
  RESULT_PATH,
  SESSIONS_PATH,
  type SessionAnswer,
} from '@payment-passkeys/protocol';
import type { TestClient } from '@payment-passkeys/testkit';
import type { Exchange, WritableHistory } from './history.ts';

/** Adds the results to the history. `address` is the network's own, without the proxy; `bank` signs as the bank does. */
export async function replaySpent(
  { address, bank }: { readonly address: string; readonly bank: TestClient },
  history: WritableHistory,
): Promise<void> {
  const done = history.exchanges.filter(({ answer }) => answer?.heard && answer.status < 300);
  // The request must have changed something: a crash may lose the nonce of a request that changed nothing (docs/decisions/0040).
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

/** The same credential under another id (the id reversed), for the same challenge. */
function otherCredential({ request }: Exchange): string {
  const { credential, ...rest } = request as { credential: { id: string; response: Record<string, string> } };
  const changed = { ...credential, id: credential.id.split('').toReversed().join('') };
  return JSON.stringify({ ...rest, credential: { ...changed, rawId: changed.id } });
}

/** A bound proof of the bank, with another session of the bank. */
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
