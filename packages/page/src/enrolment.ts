/** One visit to the page, from the launch to the callback: the effects around the state machine of `flow.ts`. */
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
import { next, type Opened, type Outcome, type PageEvent, type PageState, type Telling } from './flow.ts';
import { isBroken, withoutToken } from './launch.ts';
import { isWebAddress, leadsTo } from './return-address.ts';

export interface Dependencies {
  readonly backEnd: BackEnd;
  readonly browser: Authenticators;
  /** The page stands inside another one. */
  readonly framed: boolean;
  /** What the template names as the session's callback, where the network knows the session; checked. */
  readonly knownReturnTo: string | undefined;
  readonly wasOpened: () => boolean;
  readonly markOpened: () => void;
  /** Brings the words for the session's locale, or by the browser's languages where none is known yet. Never rejects. */
  readonly speak: (locale: string | undefined) => Promise<void>;
  /** What the cardholder has been shown to agree to, in the words on the page. */
  readonly consentShown: () => ConsentRequest;
  /** Draws a state. Must not wait: the WebAuthn call follows within the same tap. */
  readonly show: (state: PageState) => void;
  readonly leave: (address: string) => void;
}

/** Reads the launch where the enrolment's rules for exceptions hold; undefined where there is no other than the last one. */
export type LaunchSource = () => LaunchParameters | undefined;

export interface Enrolment {
  /** Opens the session; again for a new launch, or without one for "Try again" and for a page that comes back from the cache. */
  start(launch?: LaunchParameters | LaunchSource): Promise<void>;
  /**
   * Must be called inside the tap itself. VERIFY agrees to the terms and goes to the issuer; as an alternative it shows the terms first, and
   * the payment is the alternative then.
   */
  choose(scenario: Scenario): Promise<void>;
  decline(): Promise<void>;
  /** Leaves a device that cannot: the scenario's own failure. */
  giveUp(): Promise<void>;
}

export function buildEnrolment(dependencies: Dependencies): Enrolment {
  const { backEnd, browser, knownReturnTo, wasOpened, markOpened, speak, show, leave } = dependencies;
  let state: PageState = { at: 'loading' };
  let launch: LaunchParameters = {};
  /** The session's own callback, once it is open. */
  let returnTo: string | undefined;
  let ceremonies: ReadonlyMap<Scenario, Ceremony> = new Map();
  let asking = new AbortController();

  /** False where the event is not for this state: whoever caused it came too late. */
  function move(event: PageEvent): boolean {
    const after = next(state, event);
    if (after === state) return false;
    state = after;
    try {
      show(state);
    } catch (failure) {
      // The last of all states has nothing to fall back on: the way back is gone all the same.
      if (state.at !== 'returning' && state.at !== 'stopped') throw failure;
    }
    return true;
  }

  async function start(newLaunch: LaunchParameters | LaunchSource = launch): Promise<void> {
    asking.abort();
    if (dependencies.framed) {
      await speak(undefined);
      move({ type: 'FRAMED' });
      return;
    }
    move({ type: 'RESTARTED' });
    launch = typeof newLaunch === 'function' ? await readLaunch(newLaunch) : newLaunch;
    const during = state;
    const [reply, support] = await Promise.all([backEnd.open(launch), findSupport(browser), speak(launch.locale)]);
    if (state !== during) return;
    if ('refusal' in reply) return refuseOpening(reply.refusal);
    if ('redirect' in reply.answer) return goBack(reply.answer.redirect, 'APPROVED');
    const opened: Opened = { answer: reply.answer, support };
    launch = withoutToken(launch);
    returnTo = opened.answer.returnTo;
    markOpened();
    await speak(opened.answer.display.locale);
    if (state !== during) return;
    ceremonies = support.webauthn ? prepareCeremonies(opened, browser) : new Map();
    move({ type: 'OPENED', opened });
  }

  async function readLaunch(read: LaunchSource): Promise<LaunchParameters> {
    try {
      return read() ?? launch;
    } catch (failure) {
      await speak(undefined);
      throw failure;
    }
  }

  function refuseOpening(refusal: Refusal): void {
    const broken = isBroken(launch, { openedBefore: wasOpened() });
    const canRetry = refusal.status === 503 || refusal.unreachable === true;
    if (!canRetry) launch = withoutToken(launch);
    fail(refusalOfLaunch(refusal, broken), canRetry);
  }

  async function choose(scenario: Scenario): Promise<void> {
    const ceremony = ceremonies.get(scenario);
    if (!ceremony || !move({ type: 'CHOSEN', scenario })) return;
    const during = state;
    asking = new AbortController();
    const result = await ceremony(asking.signal);
    if (state !== during) return;
    if ('reason' in result) return end(result.reason);
    const telling = await tell('CREDENTIAL', () => backEnd.result(result.credential));
    if (telling === undefined) return;
    if ('redirect' in telling) goBack(telling.redirect, scenario === 'PAY' ? 'APPROVED' : 'ENROLLED');
    // The passkey is made; now the payment is to be approved with it.
    else await start();
  }

  async function agree(): Promise<void> {
    const address = await tell('CONSENT', () => backEnd.consent(dependencies.consentShown()));
    if (address === undefined) return;
    if (isWebAddress(address)) go(address, 'ASKED');
    else fail({ reason: 'UNKNOWN_ERROR' });
  }

  async function end(reason: EndReason): Promise<void> {
    const redirect = await tell('END', () => backEnd.end(reason));
    if (redirect !== undefined) goBack(redirect, 'ENDED');
  }

  /** The answer; undefined where there is nothing more to do with it: it came too late, or it was a refusal. */
  async function tell<Answer>(telling: Telling, call: () => Promise<Reply<Answer>>): Promise<Answer | undefined> {
    if (!move({ type: 'TELLING', telling })) return undefined;
    const during = state;
    asking.abort();
    const reply = await call();
    if (state !== during) return undefined;
    if (!('refusal' in reply)) return reply.answer;
    fail(reply.refusal);
    return undefined;
  }

  /** To the session's own callback and nowhere else. */
  function goBack(redirect: string, outcome: Outcome): void {
    const address = returnTo ?? knownReturnTo;
    if (address !== undefined && leadsTo(redirect, address)) go(redirect, outcome);
    else fail({ reason: 'UNKNOWN_ERROR' });
  }

  /** To the callback if any is known (the session's own before the refusal's before the template's), else nowhere. */
  function fail(refusal: Refusal, canRetry = false): void {
    const address = returnTo ?? refusal.returnTo ?? knownReturnTo;
    if (address === undefined) move({ type: 'STOPPED', reason: refusal.reason, canRetry });
    else go(buildFailureCallback(address, failureOf(refusal.reason)), 'ENDED');
  }

  function go(to: string, outcome: Outcome): void {
    if (move({ type: 'LEAVING', to, outcome })) leave(to);
  }

  /** An exception of any kind ends as contract §3 says, and never in a page that stands still. */
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

/** A refusal that a broken launch explains is the launch's fault; one of the server's own (5xx, 429, none at all) is not. */
export function refusalOfLaunch(refusal: Refusal, broken: boolean): Refusal {
  const explained = broken && refusal.status !== undefined && [400, 401, 403, 404].includes(refusal.status);
  return explained || refusal.complianceIncomplete ? { ...refusal, reason: 'INVALID_QUERY_PARAMS' } : refusal;
}
