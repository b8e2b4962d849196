/** A cardholder on the hosted page: what the page requests, what it retries, and when it gives up. */
import {
  CONSENT_PATH,
  END_PATH,
  OPEN_PATH,
  type OpenAnswer,
  PAGE_PATH,
  RESULT_PATH,
  type RedirectAnswer,
  readLaunchUrl,
} from '@payment-passkeys/protocol';
import type { TestAnswer, TestBrowser, VerifyingIssuer } from '@payment-passkeys/testkit';

/** The page has given up the session; the cardholder starts again. */
export class VisitLost extends Error {
  override readonly name = 'VisitLost';
}

export interface PageVisit {
  readonly browser: TestBrowser;
  /** The address that the bank or the shop has sent the browser to. */
  readonly launchUrl: string;
  readonly verifier: VerifyingIssuer;
  /** Another person's browser, which opens the issuer's answer first. */
  readonly stranger: TestBrowser;
  /** `SPOILS`: the first credential's signature is wrong. */
  readonly cardholder: 'AGREES' | 'DECLINES' | 'SPOILS';
}

/** Runs the ceremony; answers the callback's address. Throws {@link VisitLost}. */
export async function visitPage(visit: PageVisit): Promise<string> {
  const { browser, launchUrl, cardholder } = visit;
  const { authenticationSessionId } = readLaunchUrl(launchUrl);
  const post = (path: string, body: object) =>
    askedAgain(path, () => browser.post(path, { authenticationSessionId, ...body }));
  await askedAgain(PAGE_PATH, () => browser.visit(launchUrl));
  let opened = await open(browser, launchUrl);
  if (cardholder === 'DECLINES') {
    return expectOk(END_PATH, await post(END_PATH, { reason: 'USER_CANCELLATION' })).redirect;
  }
  if (cardholder === 'SPOILS') {
    await post(RESULT_PATH, { credential: spoiledAnswer(visit, opened) });
    opened = await open(browser, withoutToken(launchUrl));
  }
  for (;;) {
    if ('redirect' in opened) return opened.redirect;
    if (opened.scenario === 'VERIFY') {
      const consent = await post(CONSENT_PATH, { language: 'en', statement: 'I agree.' });
      await askIssuer(expectOk(CONSENT_PATH, consent).redirect, visit);
    } else {
      const offer = opened;
      const credential = useDevice(() => browser.answer(offer));
      const { redirect } = expectOk(RESULT_PATH, await post(RESULT_PATH, { credential }));
      if (redirect !== undefined) return redirect;
    }
    opened = await open(browser, withoutToken(launchUrl));
  }
}

type Opened = OpenAnswer | RedirectAnswer;

async function open(browser: TestBrowser, launchUrl: string): Promise<Opened> {
  return expectOk(OPEN_PATH, await askedAgain(OPEN_PATH, () => browser.open(launchUrl)));
}

/** The card's issuer verifies the cardholder, and sends the browser back. */
async function askIssuer(address: string, { browser, stranger, verifier }: PageVisit): Promise<void> {
  const { claims } = await verifier.read(address).catch((cause: unknown) => {
    throw new VisitLost('the issuer could not fetch the keys of the network', { cause });
  });
  const answer = await verifier.answer(claims.jti);
  await stranger.visit(answer).catch(() => {}); // any answer to it is fine
  await askedAgain('the way back', () => browser.visit(answer));
}

function spoiledAnswer({ browser, launchUrl }: PageVisit, opened: Opened): unknown {
  if ('redirect' in opened || opened.scenario !== 'USE') throw new VisitLost('there is no use that could be spoiled');
  const { options } = opened;
  const { origin } = new URL(launchUrl);
  return useDevice(() => browser.authenticator.use({ options, origin, breaks: 'signature' }));
}

/** A refusal by the device ends the visit, as on the page. */
function useDevice(answer: () => unknown): unknown {
  try {
    return answer();
  } catch (cause) {
    throw new VisitLost('the device refuses', { cause });
  }
}

/** Retries once if no answer arrived: the page retries a result by itself, and the cardholder chooses "Try again". */
async function askedAgain(what: string, ask: () => Promise<TestAnswer>): Promise<TestAnswer> {
  return ask()
    .catch(() => ask())
    .catch((cause: unknown) => {
      throw new VisitLost(`no answer to ${what}`, { cause });
    });
}

function expectOk(what: string, { status, body }: TestAnswer): TestAnswer['body'] {
  if (status === 200) return body;
  throw new VisitLost(`${what}: ${status} ${body?.errordetail?.[0]?.reason ?? ''}`);
}

function withoutToken(launchUrl: string): string {
  const url = new URL(launchUrl);
  url.hash = '';
  return url.href;
}
