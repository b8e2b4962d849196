/** Steps of the tests of a session's life. */
import type { TestBrowser } from '@payment-passkeys/testkit';
import type { TestNetwork } from './running-network.ts';

/** The first error's code. */
export const detail = ({ body }: { readonly body: { errordetail: readonly { reason: string }[] } }) =>
  body.errordetail[0]?.reason;

/** The row of a session without its timeline, which notes refused and repeated attempts. */
export async function rowOf({ database }: TestNetwork, sessionId: string) {
  const { rows } = await database.pool.query('SELECT * FROM session WHERE session_id = $1', [sessionId]);
  const { timeline: _noted, ...row } = rows[0];
  return row;
}

/** The state of a session, as it is stored. */
export async function storedState(network: TestNetwork, sessionId: string): Promise<string> {
  return (await rowOf(network, sessionId)).state;
}

export async function openSession(network: TestNetwork, browser: TestBrowser = network.browser()) {
  const { body: session } = await network.client.startSession();
  const { body: offer } = await browser.open(session.uri);
  return { session, browser, offer };
}
