/** The steps of a cardholder whom the issuer verifies at a shop (contract §11). */
import {
  buildInstrumentInfo,
  buildPaymentInfo,
  buildTransaction,
  startInstrument,
  startPayment,
  type TestBrowser,
} from '@payment-passkeys/testkit';
import { expect } from 'vitest';
import { rowOf as storedRow } from './session-steps.ts';
import { cardOf, freshPan, type TestShop } from './shop.ts';

export interface Left {
  readonly browser: TestBrowser;
  readonly pan: string;
  readonly session: { readonly authenticationSessionId: string; readonly uri: string };
  readonly id: string;
  /** The request that the issuer receives. */
  readonly requestId: string;
}

/** `shop` answers the test's shop, which is started after the test file was loaded. */
export function createVerificationSteps(shop: () => TestShop) {
  const pool = () => shop().network.database.pool;
  const wait = (seconds: number) => {
    shop().network.now = new Date(shop().network.now.getTime() + seconds * 1000);
  };

  const rowOf = (sessionId: string) => storedRow(shop().network, sessionId);

  async function count(table: string): Promise<number> {
    return (await pool().query(`SELECT count(*)::integer AS count FROM ${table}`)).rows[0].count;
  }

  const startCard = (pan: string) =>
    startInstrument(
      shop().shop,
      buildInstrumentInfo({ accountReferences: { ...cardOf(pan), emailAddresses: ['a@mail.example'] } }),
    );
  const startRegistering = (pan: string) =>
    startPayment(shop().shop, buildPaymentInfo({ accountReferences: cardOf(pan), transaction: buildTransaction() }));

  /** The cardholder agrees to the terms, and is sent to the issuer. */
  async function leave(start = startCard, pan = freshPan(), browser = shop().network.browser()): Promise<Left> {
    const { body: session } = await start(pan);
    await browser.open(session.uri);
    const { body } = await browser.consent();
    const { claims } = await shop().issuer.read(body.redirect);
    return { browser, pan, session, id: session.authenticationSessionId, requestId: claims.jti };
  }

  /** Follows an answer; answers the address that the browser is sent to. */
  async function follow(browser: TestBrowser, answer: string): Promise<string> {
    const { status, headers } = await browser.visit(answer);
    expect(status).toBe(303);
    expect(headers.get('cache-control')).toBe('no-store');
    return new URL(headers.get('location') ?? '', shop().network.publicUrl).href;
  }

  /** Follows the issuer's answer, and opens the page that it leads to. */
  async function comeBack({ browser, requestId }: Left, answer?: string) {
    return browser.open(await follow(browser, answer ?? (await shop().issuer.answer(requestId))));
  }
  return { wait, rowOf, count, startCard, startRegistering, leave, follow, comeBack };
}
