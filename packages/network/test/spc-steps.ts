/** The steps of a payment by Secure Payment Confirmation (contract §10). */

import { confirmPayment, type PaymentClientData } from '@payment-passkeys/authenticator';
import type { PaymentSessionAnswer } from '@payment-passkeys/protocol';
import {
  buildPaymentInfo,
  buildTransaction,
  reportAssertion,
  startPayment,
  type TestBrowser,
} from '@payment-passkeys/testkit';
import { storedState } from './session-steps.ts';
import { cardOf, enrolAtBank, freshPan, type TestShop } from './shop.ts';

export interface Started {
  readonly browser: TestBrowser;
  readonly pan: string;
  readonly info: ReturnType<typeof buildPaymentInfo>;
  readonly session: PaymentSessionAnswer & { readonly uri: string };
  readonly id: string;
}

export function confirm(
  { browser, session, info }: Started,
  more: { readonly lie?: (honest: PaymentClientData) => unknown; readonly credentialId?: Buffer } = {},
) {
  const { securePaymentConfirmation: offer } = session;
  if (offer === undefined) throw new Error('The session offers Secure Payment Confirmation.');
  const { authenticator } = browser;
  return confirmPayment({ authenticator, offer, origin: info.transaction.merchantOrigin, ...more });
}

/** `shop` answers the test's shop, which is started after the test file was loaded. */
export function createConfirmationSteps(shop: () => TestShop) {
  async function start(changes: Parameters<typeof buildTransaction>[0] = {}, pan = freshPan()): Promise<Started> {
    const browser = await enrolAtBank(shop(), pan);
    const info = buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction(changes) });
    const { body } = await startPayment(shop().shop, info);
    return { browser, pan, info, session: body, id: body.authenticationSessionId };
  }

  const accept = (id: string, credential: ReturnType<typeof confirm>) =>
    reportAssertion(shop().shop, id, { outcome: 'ACCEPTED', credential });

  const stateOf = (sessionId: string) => storedState(shop().network, sessionId);
  return { start, accept, stateOf };
}
