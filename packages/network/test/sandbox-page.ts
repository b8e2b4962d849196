/** The hosted page without a browser: where it goes after each answer of its back end (contract §3). */
import { buildFailureCallback, failureOf, type Offer, reasonForHttpStatus } from '@payment-passkeys/protocol';
import type { TestAnswer } from '@payment-passkeys/testkit';
import type { TestNetwork } from './running-network.ts';

export function createPage(network: TestNetwork) {
  const browser = network.browser();
  const leave = (returnTo: string, answer: TestAnswer | undefined) => {
    const incomplete = answer?.body.errordetail?.[0]?.reason === 'COMPLIANCE_INCOMPLETE';
    const unreadable = answer === undefined || answer.status < 300;
    const reason = unreadable ? 'UNKNOWN_ERROR' : reasonForHttpStatus(answer.status);
    return buildFailureCallback(returnTo, failureOf(incomplete ? 'INVALID_QUERY_PARAMS' : reason));
  };
  return {
    /** Answers the callback that the page goes to. The page sends a result once more if no answer arrives. */
    visit: async (uri: string): Promise<string> => {
      const known = await callbackOf(network, uri);
      const opened = await browser.open(uri).catch(() => undefined);
      if (opened?.body.redirect !== undefined) return opened.body.redirect;
      if (opened?.body.options === undefined) return leave(opened?.body.returnTo ?? known, opened);
      const offer: Offer = opened.body;
      const credential = browser.answer(offer);
      const send = () => browser.result(credential).catch(() => undefined);
      const result = (await send()) ?? (await send());
      return result?.body.redirect ?? leave(opened.body.returnTo, result);
    },
  };
}

/** The callback address of a session, which the page's template contains. */
async function callbackOf(network: TestNetwork, uri: string): Promise<string> {
  const sessionId = new URL(uri).searchParams.get('authenticationSessionId');
  const { rows } = await network.database.pool.query('SELECT callback_uri FROM session WHERE session_id = $1', [
    sessionId,
  ]);
  return rows[0].callback_uri;
}

/** The status and the reason of a callback. */
export const resultOf = (callback: string) => {
  const { searchParams } = new URL(callback);
  return [searchParams.get('status'), searchParams.get('reason')];
};
