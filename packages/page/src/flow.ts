/** The page's states and events, and the transitions between the states. Pure. */
import type { OpenAnswer, Reason, Scenario } from '@payment-passkeys/protocol';
import type { Support } from './ceremony.ts';

/** Why the page leaves: a passkey is ready, a payment is approved, the issuer must verify the cardholder, or the visit failed. */
export type Outcome = 'ENROLLED' | 'APPROVED' | 'ASKED' | 'ENDED';

/** What the page is reporting to the network. */
export type Report = 'CREDENTIAL' | 'CONSENT' | 'END';

/** An opened session, and what this device can do. */
export interface Opened {
  readonly answer: OpenAnswer;
  readonly support: Support;
}

export type PageState =
  | { readonly at: 'loading' }
  /** The page is inside a frame. It calls nothing. */
  | { readonly at: 'framed' }
  | { readonly at: 'offer'; readonly opened: Opened }
  /** The browser has no WebAuthn, or a passkey must be made on a device that seems to have no screen lock. */
  | { readonly at: 'unsupported'; readonly opened: Opened }
  /** The device is asking for the fingerprint, the face or the PIN. */
  | { readonly at: 'working'; readonly opened: Opened; readonly scenario: Scenario }
  /** The page is reporting to the network. */
  | { readonly at: 'finishing'; readonly opened: Opened; readonly report: Report }
  /** `clientName` is the name of the site that the page goes to. */
  | { readonly at: 'returning'; readonly to: string; readonly outcome: Outcome; readonly clientName?: string }
  /** An error without a known callback: the page stays. */
  | { readonly at: 'stopped'; readonly reason: Reason; readonly canRetry: boolean };

export type PageEvent =
  | { readonly type: 'FRAMED' }
  | { readonly type: 'OPENED'; readonly opened: Opened }
  | { readonly type: 'CHOSEN'; readonly scenario: Scenario }
  /** Offer and alternative change places: approving the payment, and confirming with the bank. */
  | { readonly type: 'TURNED' }
  /** The device has answered, or the cardholder has agreed or declined. */
  | { readonly type: 'REPORTING'; readonly report: Report }
  | { readonly type: 'LEAVING'; readonly to: string; readonly outcome: Outcome }
  | { readonly type: 'STOPPED'; readonly reason: Reason; readonly canRetry: boolean }
  /** "Try again", a page shown again from the back/forward cache, or a new launch in the same page. */
  | { readonly type: 'RESTARTED' };

export type At = PageState['at'];

/** The states in which each event has an effect. In all others it is ignored: a second tap does nothing. */
export const ACCEPTED: { readonly [Type in PageEvent['type']]: readonly At[] } = {
  FRAMED: ['loading'],
  OPENED: ['loading'],
  CHOSEN: ['offer', 'unsupported'],
  TURNED: ['offer'],
  REPORTING: ['offer', 'unsupported', 'working'],
  LEAVING: ['loading', 'offer', 'unsupported', 'working', 'finishing'],
  STOPPED: ['loading', 'offer', 'unsupported', 'working', 'finishing'],
  RESTARTED: ['loading', 'offer', 'unsupported', 'working', 'finishing', 'returning', 'stopped'],
};

/** The state after `event`; the same object if the event is ignored. */
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
    case 'REPORTING':
      return opened ? { at: 'finishing', opened, report: event.report } : state;
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

/** Undefined if the session does not offer to confirm with the bank. */
function turn({ answer, support }: Opened): PageState | undefined {
  const { alternative, returnTo, display, ...offer } = answer;
  if (alternative === undefined || (alternative.scenario !== 'VERIFY' && offer.scenario !== 'VERIFY')) return undefined;
  return { at: 'offer', opened: { answer: { ...alternative, alternative: offer, returnTo, display }, support } };
}

function nameOf(answer: OpenAnswer, outcome: Outcome): string {
  return outcome === 'ASKED' && answer.scenario === 'VERIFY' ? answer.issuerName : answer.display.clientName;
}

/** Using a passkey needs WebAuthn only: it may be on a phone nearby. Making one needs a screen lock on this device. */
function canOffer({ answer, support }: Opened): boolean {
  return support.webauthn && (answer.scenario !== 'CREATE' || support.platform);
}

/** Whether the session offers the scenario and the browser can try it. A device that reports no screen lock may try: the report may be wrong. */
export function canAsk({ answer, support }: Opened, scenario: Scenario): boolean {
  return support.webauthn && (answer.scenario === scenario || answer.alternative?.scenario === scenario);
}
