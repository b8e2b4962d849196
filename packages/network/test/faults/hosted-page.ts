/** A cardholder on the hosted page: what the page asks its back end, what it asks again, and when it gives up. */
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

/** The page has given the session up; the cardholder starts anew. */
export class VisitLost extends Error {
  override readonly name = 'VisitLost';
}

export interface PageVisit {
  readonly browser: TestBrowser;
  /** Where bank or shop have sent the browser. */
  readonly launchUrl: string;
  readonly verifier: VerifyingIssuer;
  /** A browser that the issuer's answer is shown to first: it is nobody's business there. */
  readonly stranger: TestBrowser;
  /** `SPOILS`: the first credential's signature is wrong. */
  readonly cardholder: 'AGREES' | 'DECLINES' | 'SPOILS';
}

/** Up to the callback's address. Throws {@link VisitLost}. */
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

/** The card's issuer confirms the cardholder, and sends the browser back. */
async function askIssuer(address: string, { browser, stranger, verifier }: PageVisit): Promise<void> {
  const { claims } = await verifier.read(address).catch((cause: unknown) => {
    throw new VisitLost('the issuer could not fetch the keys of the network', { cause });
  });
  const answer = await verifier.answer(claims.jti);
  await stranger.visit(answer).catch(() => {}); // whatever it is told, it is no loss
  await askedAgain('the way back', () => browser.visit(answer));
}

function spoiledAnswer({ browser, launchUrl }: PageVisit, opened: Opened): unknown {
  if ('redirect' in opened || opened.scenario !== 'USE') throw new VisitLost('there is no use that could be spoiled');
  const { options } = opened;
  const { origin } = new URL(launchUrl);
  return useDevice(() => browser.authenticator.use({ options, origin, breaks: 'signature' }));
}

/** What a device refuses ends the visit, as on the page. */
function useDevice(answer: () => unknown): unknown {
  try {
    return answer();
  } catch (cause) {
    throw new VisitLost('the device refuses', { cause });
  }
}

/** As the page does with a result, and a cardholder with "Try again": once more where no answer has arrived at all. */
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
