/** A browser on the hosted page, as far as its back end can tell: cookies, the launch's token, and a software authenticator. */
import { END_PATH, OPEN_PATH, type OpenAnswer, RESULT_PATH, readLaunchUrl } from '@payment-passkeys/protocol';
import { createSoftwareAuthenticator, type SoftwareAuthenticator } from './authenticator.ts';
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
  answer(offer: Pick<OpenAnswer, 'scenario' | 'options'>): unknown;
  result(credential: unknown): Promise<TestAnswer>;
  end(reason: string): Promise<TestAnswer>;
}

export function createTestBrowser(
  network: NetworkAddress,
  authenticator: SoftwareAuthenticator = createSoftwareAuthenticator(),
): TestBrowser {
  const cookies = new Map<string, string>();
  const origin = network.publicUrl;
  const browser: TestBrowser = {
    authenticator,
    cookies,
    post: async (path, body, headers = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const all = { 'content-type': 'application/json', origin, cookie: cookie || undefined, ...headers };
      const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const response = await fetch(network.address + path, {
        method: 'POST',
        body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body),
        headers: given,
      });
      for (const line of response.headers.getSetCookie()) {
        const [pair = ''] = line.split(';');
        cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
      }
      return readAnswer(response);
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
  };
  return browser;
}
