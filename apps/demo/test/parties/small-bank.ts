/** A small bank made with the issuer kit, with at most one fault. */
import { hash } from 'node:crypto';
import {
  createIssuer,
  createMemoryEnrolmentStore,
  createMemoryEventStore,
  ourNetwork,
  serializeBrowserCookie,
} from '@payment-passkeys/issuer/server';
import { AUTHENTICATORS_PATH } from '@payment-passkeys/protocol';
import { buildSessionInfo } from '@payment-passkeys/testkit';
import { CALLBACK_PATH, EVENTS_PATH, leave, openSmallSite, type SiteFault, type SmallParty } from './small-site.ts';
import type { PartyNetwork } from './start-parties.ts';

export type BankFault =
  | SiteFault
  /** Sends a made-up proof for a return that has none. */
  | 'BINDS_WITHOUT_PROOF'
  /** Sends every proof that arrives, for the session that belongs to the callback's state, or else for the session that was started last. */
  | 'BINDS_UNCHECKED'
  /** Does not compare the cookie: accepts a return in any browser, as if it were the browser that left. */
  | 'TAKES_ANY_BROWSER'
  /** Sends the proof again after the network has bound it. */
  | 'BINDS_TWICE'
  /** Asks the network once for each proof, waits for a second, and treats a missing answer as a refusal. */
  | 'TAKES_SILENCE_FOR_REFUSAL'
  /** Sends a refused proof again. */
  | 'REPEATS_REFUSED_PROOF';

export type SmallBank = SmallParty<BankFault>;

const CARDHOLDER = 'customer-1';

/** A client of its own at the network, whose one card is `pan`. */
export async function openSmallBank(
  network: PartyNetwork,
  { name, pan }: { readonly name: string; readonly pan: string },
): Promise<SmallBank> {
  const { publicUrl, clock } = network;
  const site = await openSmallSite(name);
  const client = await network.addClient({
    clientId: name,
    name: `Bank ${name}`,
    consumerKey: `${name}!signing-key-1`,
    callbackDomains: [`${name}.localhost`],
    callbackSchemes: [],
    accountRanges: [pan.slice(0, 8)],
    webhooks: [{ uri: site.origin + EVENTS_PATH, types: ['binding.*', 'passkey.*', 'session.*'] }],
  });
  /** The network's session ids, by the hash of the callback's state. */
  const sessions = new Map<string, string>();
  /** The cookie of the browser that left last. */
  let lastCookie: string | undefined;
  const askOnce = createAskOnce();
  const store = createMemoryEnrolmentStore();
  const issuer = createIssuer({
    network: ourNetwork({ url: publicUrl, proof: { verify: 'ISSUER', audience: network.audience } }),
    clientId: name,
    consumerKey: client.registration.consumerKey,
    signingKey: client.privateKey,
    callbackOrigins: [site.origin],
    store: {
      ...store,
      async addEnrolment(enrolment) {
        sessions.set(enrolment.stateHash, enrolment.authenticationSessionId);
        await store.addEnrolment(enrolment);
      },
    },
    clock,
    fetch: (url, init) => {
      const isBroken = bank.fault === 'TAKES_SILENCE_FOR_REFUSAL' && url.endsWith(AUTHENTICATORS_PATH);
      return (isBroken ? askOnce : fetch)(url.replace(publicUrl, network.address), init);
    },
  });

  const bind = (authenticationSessionId: string, proofOfAuthentication: string) =>
    client.bind({ authenticationSessionId, proofOfAuthentication });

  const receive = async (to: string, cookie: string | undefined): Promise<string> => {
    const url = new URL(to);
    const state = hash('sha256', url.searchParams.get('state') ?? '');
    const proof = url.searchParams.get('proofOfAuthentication');
    const authenticationSessionId = sessions.get(state) ?? [...sessions.values()].at(-1);
    if (authenticationSessionId === undefined) return 'Nothing was started.';
    if (bank.fault === 'BINDS_WITHOUT_PROOF' && proof === null) {
      await bind(authenticationSessionId, 'none');
      return 'Your passkey is ready.';
    }
    if (bank.fault === 'BINDS_UNCHECKED' && proof !== null) {
      const { status } = await bind(authenticationSessionId, proof);
      return status === 201 ? 'Your passkey is ready.' : 'No passkey.';
    }
    const browser = bank.fault === 'TAKES_ANY_BROWSER' ? lastCookie : cookie;
    const outcome = await issuer.completeEnrolment({ url, browser, cardholderId: CARDHOLDER });
    const isRefused = outcome.status === 'IGNORED' && outcome.proofRefusal === 'NETWORK';
    if (proof !== null) {
      if (bank.fault === 'BINDS_TWICE' && outcome.status === 'ENROLLED') await bind(authenticationSessionId, proof);
      if (bank.fault === 'REPEATS_REFUSED_PROOF' && isRefused) await bind(authenticationSessionId, proof);
    }
    return outcome.status === 'ENROLLED' ? 'Your passkey is ready.' : `No passkey: ${outcome.nextStep}.`;
  };

  const webhook = issuer.events.webhook({
    store: createMemoryEventStore(),
    on: { 'binding.suspended': () => {} },
    onDelivery: () => {},
  });

  const bank: SmallBank = site.serve({
    client,
    role: 'ISSUER',
    pan,
    receive,
    webhook,
    async start(browser) {
      const { cardholderVerification, consent, complianceSettings } = buildSessionInfo(clock());
      const { redirect, cookie } = await issuer.startEnrolment({
        cardholderId: CARDHOLDER,
        accounts: { cards: [{ primaryAccountNumber: pan, panExpirationMonth: '12', panExpirationYear: '2032' }] },
        verification: cardholderVerification,
        consent,
        complianceResources: complianceSettings?.complianceResources ?? [],
        callbackUri: site.origin + CALLBACK_PATH,
        browser,
      });
      lastCookie = cookie.value;
      return leave(redirect, serializeBrowserCookie(cookie));
    },
    close: () => issuer.close(),
  });
  return bank;
}

type Ask = (url: string, init: RequestInit & { readonly body?: string }) => Promise<Response>;

/** Sends each body once, waits for a second, and turns everything that is not an answer into a refusal. */
function createAskOnce(): Ask {
  const asked = new Set<string>();
  return async (url, init) => {
    const { body = '' } = init;
    const refusal = () => Response.json({ status: 400, reason: 'PROOF_INVALID' }, { status: 400 });
    if (asked.has(body)) return refusal();
    asked.add(body);
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(1000) }).catch(refusal);
    const text = await answer.text().catch(() => '');
    return answer.status < 500 && text.startsWith('{') ? new Response(text, answer) : refusal();
  };
}
