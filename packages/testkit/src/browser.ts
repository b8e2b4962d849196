/** A browser on the hosted page, as its back end sees it: cookies, the launch's token, and a software authenticator. */
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from '@payment-passkeys/authenticator';
import {
  CONSENT_PATH,
  END_PATH,
  type Offer,
  OPEN_PATH,
  type PayOffer,
  RESULT_PATH,
  readLaunchUrl,
} from '@payment-passkeys/protocol';
import { type NetworkAddress, readAnswer, type TestAnswer } from './client.ts';

export interface TestBrowser {
  readonly authenticator: SoftwareAuthenticator;
  /** By name; a test may read, change and delete them. */
  readonly cookies: Map<string, string>;
  /** Posts JSON of `body`, or bytes as they are. A header that is undefined is left out. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string | undefined>>): Promise<TestAnswer>;
  /** Opens the session of a launch URL; `changes` go into the request. */
  open(launchUrl: string, changes?: Readonly<Record<string, unknown>>): Promise<TestAnswer>;
  /** Answers an offer with the authenticator. */
  answer(offer: Offer | PayOffer): unknown;
  result(credential: unknown): Promise<TestAnswer>;
  end(reason: string): Promise<TestAnswer>;
  /** Agrees to the terms of a VERIFY offer; `changes` go into the request. */
  consent(changes?: Readonly<Record<string, unknown>>): Promise<TestAnswer>;
  /** Follows a link, such as the issuer's way back; redirects are not followed. */
  visit(address: string): Promise<TestAnswer>;
}

export function createTestBrowser(
  network: NetworkAddress,
  authenticator: SoftwareAuthenticator = createSoftwareAuthenticator(),
): TestBrowser {
  const cookies = new Map<string, string>();
  const origin = network.publicUrl;
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const keepCookies = (response: Response) => {
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return readAnswer(response);
  };
  const browser: TestBrowser = {
    authenticator,
    cookies,
    post: async (path, body, headers = {}) => {
      const all = { 'content-type': 'application/json', origin, cookie: cookieHeader() || undefined, ...headers };
      const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const response = await fetch(network.address + path, {
        method: 'POST',
        body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body),
        headers: given,
      });
      return keepCookies(response);
    },
    open: (launchUrl, changes = {}) => {
      const { accessToken, ...launch } = readLaunchUrl(launchUrl);
      const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
      return browser.post(OPEN_PATH, { ...launch, ...changes }, headers);
    },
    answer: (offer) =>
      'rp' in offer.options
        ? authenticator.create({ options: offer.options, origin })
        : authenticator.use({ options: offer.options, origin }),
    result: (credential) => browser.post(RESULT_PATH, { credential }),
    end: (reason) => browser.post(END_PATH, { reason }),
    consent: (changes = {}) => browser.post(CONSENT_PATH, { language: 'en', statement: 'I agree.', ...changes }),
    visit: async (address) => {
      const { pathname, search } = new URL(address);
      const response = await fetch(network.address + pathname + search, {
        redirect: 'manual',
        headers: cookies.size === 0 ? {} : { cookie: cookieHeader() },
      });
      return keepCookies(response);
    },
  };
  return browser;
}
