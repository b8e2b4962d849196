/** A bank or a shop, visited over HTTP without a browser. */
import type { Answer, Browser } from '@payment-passkeys/web/testing';

/** What a cardholder does at a bank or a shop. */
export interface Party {
  /** Begins at the party's page. `uri` is the network's launch address; undefined if the party did not send the browser to the network. */
  begin(): Promise<Begun>;
  /** Opens an address of the party in the browser that began, or in another one of the same person, and follows the party's own redirects. */
  open(address: string, where?: 'HERE' | 'ELSEWHERE'): Promise<Answer>;
}

export interface Begun {
  readonly uri: string | undefined;
  readonly page: Answer;
}

/** Opens an address in a browser at the site, and follows redirects as long as they stay there. */
export async function follow(browser: Browser<Answer>, address: string): Promise<Answer> {
  const { origin, pathname, search } = new URL(address);
  let answer = await browser.get(pathname + search);
  for (let next = locationOf(answer, origin); next?.origin === origin; next = locationOf(answer, origin)) {
    answer = await browser.get(next.pathname + next.search);
  }
  return answer;
}

/** Where the answer sends the browser; `origin` is that of the site. */
export function locationOf({ headers }: Answer, origin: string): URL | undefined {
  const { location } = headers;
  return typeof location === 'string' ? new URL(location, origin) : undefined;
}

/** Reads the answer to a start. A redirect to another site is the launch address. */
export function begunBy(page: Answer, origin: string): Begun {
  const next = locationOf(page, origin);
  return { page, uri: next === undefined || next.origin === origin ? undefined : next.href };
}
