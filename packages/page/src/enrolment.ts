/** One visit to the page, from the launch to the callback: the effects for the state machine of `flow.ts`. */
import {
  buildFailureCallback,
  type ConsentRequest,
  type EndReason,
  failureOf,
  type LaunchParameters,
  type OpenAnswer,
  type Scenario,
} from '@payment-passkeys/protocol';
import type { BackEnd, Refusal, Reply } from './backend.ts';
import { type Authenticators, type Ceremony, findSupport, prepareCeremony } from './ceremony.ts';
import { next, type Opened, type Outcome, type PageEvent, type PageState, type Report } from './flow.ts';
import { isBroken, withoutToken } from './launch.ts';
import { isWebAddress, leadsTo } from './return-address.ts';

export interface Dependencies {
  readonly backEnd: BackEnd;
  readonly browser: Authenticators;
  /** The page is inside a frame. */
  readonly framed: boolean;
  /** Asks for the callback of this page's address, if `open` has not given it. Undefined if the network knows none. Never rejects. */
  readonly findReturnAddress: () => Promise<string | undefined>;
  readonly wasOpened: () => boolean;
  readonly markOpened: () => void;
  /** Loads the texts for a locale, or without one for the browser's languages. Never rejects. */
  readonly setLanguage: (locale: string | undefined) => Promise<void>;
  /** The consent as the page shows it. */
  readonly consentShown: () => ConsentRequest;
  /** Draws a state. Must be synchronous: the WebAuthn call follows in the same tap. */
  readonly show: (state: PageState) => void;
  readonly leave: (address: string) => void;
  /** Tells the authenticator that the passkey with this WebAuthn id was deleted. */
  readonly forgetPasskey: (credentialId: string) => void;
}

/** Reads the launch. It may throw: the enrolment handles that. Undefined if there is no new one. */
export type LaunchSource = () => LaunchParameters | undefined;

export interface Enrolment {
  /** Opens the session. Call it again with a new launch, or without one for "Try again" and for a page from the back/forward cache. */
  start(launch?: LaunchParameters | LaunchSource): Promise<void>;
  /**
   * Call it inside the tap. For VERIFY as the offer, it agrees to the terms and goes to the issuer. For VERIFY as the alternative, it only
   * shows the terms, with the payment as the alternative.
   */
  choose(scenario: Scenario): Promise<void>;
  decline(): Promise<void>;
  /** Ends the session on a device that cannot use or make a passkey. */
  giveUp(): Promise<void>;
}

export function buildEnrolment(dependencies: Dependencies): Enrolment {
  const { backEnd, browser, findReturnAddress, wasOpened, markOpened, setLanguage, show, leave } = dependencies;
  let state: PageState = { at: 'loading' };
  let launch: LaunchParameters = {};
  /** The session's callback, once it is known. */
  let returnTo: string | undefined;
  let ceremonies: ReadonlyMap<Scenario, Ceremony> = new Map();
  let asking = new AbortController();

  /** False if the event is ignored in this state, because it came too late. */
  function move(event: PageEvent): boolean {
    const after = next(state, event);
    if (after === state) return false;
    state = after;
    try {
      show(state);
    } catch (failure) {
      // A final state has no fallback, and the page leaves anyway.
      if (state.at !== 'returning' && state.at !== 'stopped') throw failure;
    }
    return true;
  }

  async function start(newLaunch: LaunchParameters | LaunchSource = launch): Promise<void> {
    asking.abort();
    if (dependencies.framed) {
      await setLanguage(undefined);
      move({ type: 'FRAMED' });
      return;
    }
    move({ type: 'RESTARTED' });
    launch = typeof newLaunch === 'function' ? await readLaunch(newLaunch) : newLaunch;
    const during = state;
    const [reply, support] = await Promise.all([
      backEnd.open(launch),
      findSupport(browser),
      setLanguage(launch.locale),
    ]);
    if (state !== during) return;
    if ('refusal' in reply) return await refuseOpening(reply.refusal);
    if ('redirect' in reply.answer) return await goBack(reply.answer.redirect, 'APPROVED');
    const opened: Opened = { answer: reply.answer, support };
    launch = withoutToken(launch);
    returnTo = opened.answer.returnTo;
    markOpened();
    await setLanguage(opened.answer.display.locale);
    if (state !== during) return;
    ceremonies = support.webauthn ? prepareCeremonies(opened, browser) : new Map();
    move({ type: 'OPENED', opened });
  }

  async function readLaunch(read: LaunchSource): Promise<LaunchParameters> {
    try {
      return read() ?? launch;
    } catch (failure) {
      await setLanguage(undefined);
      throw failure;
    }
  }

  async function refuseOpening(refusal: Refusal): Promise<void> {
    const broken = isBroken(launch, { openedBefore: wasOpened() });
    const canRetry = refusal.status === 503 || refusal.unreachable === true;
    if (!canRetry) launch = withoutToken(launch);
    await fail(refusalOfLaunch(refusal, broken), canRetry);
  }

  async function choose(scenario: Scenario): Promise<void> {
    const ceremony = ceremonies.get(scenario);
    if (!ceremony || !move({ type: 'CHOSEN', scenario })) return;
    const during = state;
    asking = new AbortController();
    const result = await ceremony(asking.signal);
    if (state !== during) return;
    if ('reason' in result) return end(result.reason);
    const answer = await sendReport('CREDENTIAL', () => report(result.credential));
    if (answer === undefined) return;
    if ('redirect' in answer) await goBack(answer.redirect, scenario === 'PAY' ? 'APPROVED' : 'ENROLLED');
    // The passkey is made. Open again, to approve the payment with it.
    else await start();
  }

  /** A passkey that was deleted is taken off the device's list. */
  async function report(credential: unknown) {
    const reply = await backEnd.result(credential);
    if ('refusal' in reply && reply.refusal.passkeyDeleted) {
      const { id } = credential as { readonly id: string }; // the browser made it
      dependencies.forgetPasskey(id);
    }
    return reply;
  }

  async function agree(): Promise<void> {
    const address = await sendReport('CONSENT', () => backEnd.consent(dependencies.consentShown()));
    if (address === undefined) return;
    if (isWebAddress(address)) go(address, 'ASKED');
    else await fail({ reason: 'UNKNOWN_ERROR' });
  }

  async function end(reason: EndReason): Promise<void> {
    const redirect = await sendReport('END', () => backEnd.end(reason));
    if (redirect !== undefined) await goBack(redirect, 'ENDED');
  }

  /** The answer; undefined if it came too late, or it was a refusal, which is handled here. */
  async function sendReport<Answer>(report: Report, call: () => Promise<Reply<Answer>>): Promise<Answer | undefined> {
    if (!move({ type: 'REPORTING', report })) return undefined;
    const during = state;
    asking.abort();
    const reply = await call();
    if (state !== during) return undefined;
    if (!('refusal' in reply)) return reply.answer;
    await fail(reply.refusal);
    return undefined;
  }

  /** Goes to the session's callback, and to no other address. */
  async function goBack(redirect: string, outcome: Outcome): Promise<void> {
    const during = state;
    returnTo ??= await findReturnAddress();
    if (state !== during) return;
    if (returnTo !== undefined && leadsTo(redirect, returnTo)) go(redirect, outcome);
    else await fail({ reason: 'UNKNOWN_ERROR' });
  }

  /** Goes to the first known callback: the session's, the refusal's, the launch's. Without one, the page stays. */
  async function fail(refusal: Refusal, canRetry = false): Promise<void> {
    const during = state;
    const address = returnTo ?? refusal.returnTo ?? (await findReturnAddress());
    if (state !== during) return;
    if (address === undefined) move({ type: 'STOPPED', reason: refusal.reason, canRetry });
    else go(buildFailureCallback(address, failureOf(refusal.reason)), 'ENDED');
  }

  function go(to: string, outcome: Outcome): void {
    if (move({ type: 'LEAVING', to, outcome })) leave(to);
  }

  /** Every exception ends the visit by the rules of contract §3, so that the page never hangs. */
  const guarded =
    <Input extends readonly unknown[]>(work: (...input: Input) => Promise<void>) =>
    (...input: Input): Promise<void> =>
      work(...input).catch(() => fail({ reason: 'UNKNOWN_ERROR' }));

  return {
    start: guarded(start),
    choose: guarded(async (scenario: Scenario) => {
      const turned = 'opened' in state && state.opened.answer.scenario !== scenario && move({ type: 'TURNED' });
      if (!turned) await (scenario === 'VERIFY' ? agree() : choose(scenario));
    }),
    decline: guarded(() => end('USER_CANCELLATION')),
    giveUp: guarded(async () => {
      if (state.at === 'unsupported') await end(reasonToGiveUp(state.opened.answer));
    }),
  };
}

function prepareCeremonies({ answer, support }: Opened, browser: Authenticators): ReadonlyMap<Scenario, Ceremony> {
  const offers = answer.alternative ? [answer, answer.alternative] : [answer];
  return new Map(
    offers.flatMap((offer) =>
      offer.scenario === 'VERIFY' ? [] : [[offer.scenario, prepareCeremony(offer, support, browser)]],
    ),
  );
}

function reasonToGiveUp({ scenario }: OpenAnswer): EndReason {
  return scenario === 'USE' || scenario === 'PAY' ? 'CREDENTIALS_NOT_VERIFIED' : 'CREDENTIALS_CREATION_NOT_ALLOWED';
}

/** The reason is INVALID_QUERY_PARAMS if a broken launch explains the refusal. It does not explain 5xx, 429 or no answer. */
export function refusalOfLaunch(refusal: Refusal, broken: boolean): Refusal {
  const explained = broken && refusal.status !== undefined && [400, 401, 403, 404].includes(refusal.status);
  return explained || refusal.complianceIncomplete ? { ...refusal, reason: 'INVALID_QUERY_PARAMS' } : refusal;
}
