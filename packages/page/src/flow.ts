/** The states of the page, and which event leads from which to which. Pure. */
import type { OpenAnswer, Reason, Scenario } from '@payment-passkeys/protocol';
import type { Support } from './ceremony.ts';

/** What the page goes back with, or away for: a passkey, a payment that is approved, a question to the issuer, none of them. */
export type Outcome = 'ENROLLED' | 'APPROVED' | 'ASKED' | 'ENDED';

/** What the network is being told. */
export type Telling = 'CREDENTIAL' | 'CONSENT' | 'END';

/** An opened session, and what this device can do about it. */
export interface Opened {
  readonly answer: OpenAnswer;
  readonly support: Support;
}

export type PageState =
  | { readonly at: 'loading' }
  /** Inside another page: nothing is called. */
  | { readonly at: 'framed' }
  | { readonly at: 'offer'; readonly opened: Opened }
  /** The browser has no WebAuthn, or a passkey is to be made on a device that seems to have no screen lock. */
  | { readonly at: 'unsupported'; readonly opened: Opened }
  /** The device asks for a finger, a face or a PIN. */
  | { readonly at: 'working'; readonly opened: Opened; readonly scenario: Scenario }
  /** The network is being told. */
  | { readonly at: 'finishing'; readonly opened: Opened; readonly telling: Telling }
  /** `clientName` is who waits at the other end. */
  | { readonly at: 'returning'; readonly to: string; readonly outcome: Outcome; readonly clientName?: string }
  /** No callback is known: an error page of the network's own. */
  | { readonly at: 'stopped'; readonly reason: Reason; readonly canRetry: boolean };

export type PageEvent =
  | { readonly type: 'FRAMED' }
  | { readonly type: 'OPENED'; readonly opened: Opened }
  | { readonly type: 'CHOSEN'; readonly scenario: Scenario }
  /** Between a payment and the terms of the way to the issuer: the alternative becomes the offer, and the offer the alternative. */
  | { readonly type: 'TURNED' }
  /** The device has answered, or the cardholder has declined. */
  | { readonly type: 'TELLING'; readonly telling: Telling }
  | { readonly type: 'LEAVING'; readonly to: string; readonly outcome: Outcome }
  | { readonly type: 'STOPPED'; readonly reason: Reason; readonly canRetry: boolean }
  /** "Try again", a page shown again from the back/forward cache, or a new launch in the same page. */
  | { readonly type: 'RESTARTED' };

export type At = PageState['at'];

/** From which states each event leads anywhere; elsewhere it is ignored, which is what a second tap deserves. */
export const ACCEPTED: { readonly [Type in PageEvent['type']]: readonly At[] } = {
  FRAMED: ['loading'],
  OPENED: ['loading'],
  CHOSEN: ['offer', 'unsupported'],
  TURNED: ['offer'],
  TELLING: ['offer', 'unsupported', 'working'],
  LEAVING: ['loading', 'offer', 'unsupported', 'working', 'finishing'],
  STOPPED: ['loading', 'offer', 'unsupported', 'working', 'finishing'],
  RESTARTED: ['loading', 'offer', 'unsupported', 'working', 'finishing', 'returning', 'stopped'],
};

/** The state after `event`; the very same object where the event leads nowhere. */
export function next(state: PageState, event: PageEvent): PageState {
  if (!ACCEPTED[event.type].includes(state.at)) return state;
  const opened = 'opened' in state ? state.opened : undefined;
  switch (event.type) {
    case 'FRAMED':
      return { at: 'framed' };
    case 'OPENED':
      return { at: canOffer(event.opened) ? 'offer' : 'unsupported', opened: event.opened };
    case 'CHOSEN':
      return opened && canAsk(opened, event.scenario) ? { at: 'working', opened, scenario: event.scenario } : state;
    case 'TURNED':
      return (opened && turn(opened)) ?? state;
    case 'TELLING':
      return opened ? { at: 'finishing', opened, telling: event.telling } : state;
    case 'LEAVING': {
      const { to, outcome } = event;
      return { at: 'returning', to, outcome, ...(opened && { clientName: nameOf(opened.answer, outcome) }) };
    }
    case 'STOPPED':
      return { at: 'stopped', reason: event.reason, canRetry: event.canRetry };
    case 'RESTARTED':
      return { at: 'loading' };
  }
}

/** Undefined where no way leads to the issuer and back. */
function turn({ answer, support }: Opened): PageState | undefined {
  const { alternative, returnTo, display, ...offer } = answer;
  if (alternative === undefined || (alternative.scenario !== 'VERIFY' && offer.scenario !== 'VERIFY')) return undefined;
  return { at: 'offer', opened: { answer: { ...alternative, alternative: offer, returnTo, display }, support } };
}

function nameOf(answer: OpenAnswer, outcome: Outcome): string {
  return outcome === 'ASKED' && answer.scenario === 'VERIFY' ? answer.issuerName : answer.display.clientName;
}

/** A passkey is used wherever WebAuthn is, since it may be on a phone nearby; to make one, the device has to have a screen lock. */
function canOffer({ answer, support }: Opened): boolean {
  return support.webauthn && (answer.scenario !== 'CREATE' || support.platform);
}

/** Whether the session offers the scenario and the browser can try it. A device that only seems to lack a screen lock may try. */
export function canAsk({ answer, support }: Opened, scenario: Scenario): boolean {
  return support.webauthn && (answer.scenario === scenario || answer.alternative?.scenario === scenario);
}
