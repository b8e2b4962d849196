/** The reference bank, visited by its demonstration's customer over HTTP. */
import { DEMO_SIGN_IN } from '@payment-passkeys/bank';
import { type Answer, type Browser, openHttpBrowser, plainTextOf } from '@payment-passkeys/web/testing';
import { begunBy, follow, type Party } from './party.ts';

export interface BankVisit extends Party {
  /** Answers the network's question at a shop's request: signs in and gives the code. Returns the address that leads back to the network. */
  confirm(address: string): Promise<string>;
}

/** `address` is where the bank listens, `origin` what browsers see. */
export async function visitReferenceBank(site: {
  readonly address: string;
  readonly origin: string;
}): Promise<BankVisit> {
  const { origin } = site;
  const here = await signIn(site);
  let elsewhere: Browser<Answer> | undefined;
  return {
    async begin() {
      return begunBy(await here.submit(await here.get('/passkeys/new'), '/passkeys'), origin);
    },
    async open(address, where = 'HERE') {
      if (where === 'ELSEWHERE') elsewhere ??= await signIn(site);
      return follow(where === 'ELSEWHERE' && elsewhere ? elsewhere : here, address);
    },
    async confirm(address) {
      const page = await follow(here, address);
      const code = /[0-9]{6}/.exec(plainTextOf(page))?.[0];
      if (code === undefined) throw new Error('The bank shows no code.');
      const { headers } = await here.submit(page, '/verification/confirm', { code });
      return String(headers.refresh).replace(/^0; url=/, '');
    },
  };
}

async function signIn({ address }: { readonly address: string }): Promise<Browser<Answer>> {
  const browser = openHttpBrowser(address);
  const { statusCode, headers } = await browser.signIn(DEMO_SIGN_IN.username, DEMO_SIGN_IN.password);
  if (statusCode !== 303) throw new Error(`The sign-in was answered ${statusCode} ${headers.location}.`);
  return browser;
}
