/** A cardholder's steps on their own page (contract §17). */
import type { UseFault } from '@payment-passkeys/authenticator';
import { type DiscoverableOptions, MANAGE_CHALLENGE_PATH, MANAGE_SIGN_IN_PATH } from '@payment-passkeys/protocol';
import type { TestAnswer, TestBrowser } from '@payment-passkeys/testkit';
import { expect } from 'vitest';
import { enrol, type TestNetwork } from './running-network.ts';

/** The time at which each test begins. */
export const START = new Date('2026-11-24T12:00:00Z');

/** `network` answers the test's network, which is started after the test file was loaded. */
export function createCardholderSteps(network: () => TestNetwork) {
  /** A browser that has enrolled a passkey at the bank. */
  async function enrolled(client = network().client): Promise<TestBrowser> {
    const browser = network().browser();
    const { session, proof } = await enrol(network(), browser, client);
    const { authenticationSessionId } = session;
    const bound = await client.bind({ authenticationSessionId, proofOfAuthentication: proof });
    expect(bound.status).toBe(201);
    return browser;
  }

  async function challenge(browser: TestBrowser): Promise<DiscoverableOptions> {
    const { status, body } = await browser.post(MANAGE_CHALLENGE_PATH, {});
    expect(status).toBe(200);
    return body.options;
  }

  /** Answers with the first passkey of the browser's authenticator, as a cardholder who chooses it does. */
  function answer(browser: TestBrowser, options: DiscoverableOptions, breaks?: UseFault) {
    const [passkey] = browser.authenticator.credentials;
    return browser.authenticator.use({
      options: { ...options, allowCredentials: [] },
      origin: network().publicUrl,
      credentialId: passkey?.credentialId,
      breaks,
    });
  }

  const present = (browser: TestBrowser, credential: unknown) => browser.post(MANAGE_SIGN_IN_PATH, { credential });

  async function signIn(browser: TestBrowser): Promise<TestAnswer> {
    return present(browser, answer(browser, await challenge(browser)));
  }

  const visitRows = async () => (await network().database.pool.query('SELECT * FROM manage_visit')).rows;
  return { enrolled, challenge, answer, present, signIn, visitRows };
}

export const told = ({ status, body }: TestAnswer) => [status, body.errordetail[0].reason];
