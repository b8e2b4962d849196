/** The states and events of the cardholder's own page, and the transitions between the states. Pure. */
import type { ManagedBinding, ManagedDevice, ManageOverview, ManageRemoval } from '@payment-passkeys/protocol';

/** What the cardholder may remove. */
export type Removal =
  | { readonly what: 'BINDING'; readonly binding: ManagedBinding }
  | { readonly what: 'DEVICE'; readonly device: ManagedDevice }
  | { readonly what: 'PASSKEY' };

/** Why the page asks for the passkey again. */
export type Note = 'NOT_USED' | 'REFUSED';

/** Why a visit is over. UNKNOWN: the passkey that was used was deleted before, or is not known. */
export type End = 'LEFT' | 'EXPIRED' | 'DELETED' | 'UNKNOWN';

export type PageState =
  | { readonly at: 'loading' }
  /** The page is inside a frame. It calls nothing. */
  | { readonly at: 'framed' }
  /** The browser has no WebAuthn. */
  | { readonly at: 'unsupported' }
  | { readonly at: 'welcome'; readonly note?: Note }
  /** The device is asking for the fingerprint, the face or the PIN. */
  | { readonly at: 'working' }
  /** The network verifies the passkey. */
  | { readonly at: 'signing-in' }
  /** `removed` is what was removed just now. */
  | { readonly at: 'overview'; readonly overview: ManageOverview; readonly removed?: Removal }
  /** The page asks once more. `failed`: the network could not be reached. */
  | {
      readonly at: 'asking';
      readonly overview: ManageOverview;
      readonly removal: Removal;
      readonly failed?: true;
    }
  | { readonly at: 'removing'; readonly overview: ManageOverview; readonly removal: Removal }
  | { readonly at: 'over'; readonly end: End }
  /** The network cannot be reached. */
  | { readonly at: 'stopped' };

export type PageEvent =
  | { readonly type: 'FRAMED' }
  | { readonly type: 'UNSUPPORTED' }
  /** The challenge is there. */
  | { readonly type: 'READY'; readonly note?: Note }
  | { readonly type: 'USED' }
  /** The device has answered. */
  | { readonly type: 'ANSWERED' }
  | { readonly type: 'SIGNED_IN'; readonly overview: ManageOverview }
  | { readonly type: 'ASKED'; readonly removal: Removal }
  | { readonly type: 'KEPT' }
  | { readonly type: 'CONFIRMED' }
  | { readonly type: 'REMOVED'; readonly overview: ManageOverview }
  | { readonly type: 'REMOVAL_FAILED' }
  | { readonly type: 'ENDED'; readonly end: End }
  | { readonly type: 'STOPPED' }
  /** "Use passkey again", "Try again", or a page from the back/forward cache. */
  | { readonly type: 'RESTARTED' };

export type At = PageState['at'];

const SIGNED_IN: readonly At[] = ['overview', 'asking', 'removing'];

/** The states in which each event has an effect. In all others it is ignored: a second tap does nothing. */
export const ACCEPTED: { readonly [Type in PageEvent['type']]: readonly At[] } = {
  FRAMED: ['loading'],
  UNSUPPORTED: ['loading'],
  READY: ['loading'],
  USED: ['welcome'],
  ANSWERED: ['working'],
  SIGNED_IN: ['signing-in'],
  ASKED: ['overview'],
  KEPT: ['asking'],
  CONFIRMED: ['asking'],
  REMOVED: ['removing'],
  REMOVAL_FAILED: ['removing'],
  ENDED: ['signing-in', ...SIGNED_IN],
  STOPPED: ['loading', 'signing-in'],
  RESTARTED: ['loading', 'welcome', 'working', 'signing-in', 'over', 'stopped'],
};

/** The state after `event`; the same object if the event is ignored. */
export function next(state: PageState, event: PageEvent): PageState {
  if (!ACCEPTED[event.type].includes(state.at)) return state;
  switch (event.type) {
    case 'FRAMED':
      return { at: 'framed' };
    case 'UNSUPPORTED':
      return { at: 'unsupported' };
    case 'READY':
      return { at: 'welcome', ...(event.note && { note: event.note }) };
    case 'USED':
      return { at: 'working' };
    case 'ANSWERED':
      return { at: 'signing-in' };
    case 'SIGNED_IN':
      return { at: 'overview', overview: event.overview };
    case 'ASKED':
      return 'overview' in state ? { at: 'asking', overview: state.overview, removal: event.removal } : state;
    case 'KEPT':
      return 'overview' in state ? { at: 'overview', overview: state.overview } : state;
    case 'CONFIRMED':
      return 'removal' in state ? { at: 'removing', overview: state.overview, removal: state.removal } : state;
    case 'REMOVED':
      return 'removal' in state ? { at: 'overview', overview: event.overview, removed: state.removal } : state;
    case 'REMOVAL_FAILED':
      return 'removal' in state
        ? { at: 'asking', overview: state.overview, removal: state.removal, failed: true }
        : state;
    case 'ENDED':
      return { at: 'over', end: event.end };
    case 'STOPPED':
      return { at: 'stopped' };
    case 'RESTARTED':
      return { at: 'loading' };
  }
}

/** The removal as the back end takes it. */
export function requestOf(removal: Removal): ManageRemoval {
  switch (removal.what) {
    case 'BINDING':
      return { what: 'BINDING', bindingId: removal.binding.bindingId };
    case 'DEVICE':
      return { what: 'DEVICE', appInstanceId: removal.device.appInstanceId };
    case 'PASSKEY':
      return { what: 'PASSKEY' };
  }
}

/** A key for a row of the overview: the same row has the same key. */
export function keyOf(removal: Removal): string {
  const request = requestOf(removal);
  return 'bindingId' in request ? request.bindingId : 'appInstanceId' in request ? request.appInstanceId : 'PASSKEY';
}
