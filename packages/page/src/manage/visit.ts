/** One visit to the cardholder's own page, from the passkey to "Done": the effects for the state machine of `flow.ts`. */
import { CEREMONY_SECONDS, type DiscoverableOptions, MANAGE_SECONDS, type UseOffer } from '@payment-passkeys/protocol';
import { type Authenticators, type Ceremony, prepareCeremony } from '../ceremony.ts';
import type { BackEnd, Refusal } from './backend.ts';
import { type Note, next, type PageEvent, type PageState, type Removal, requestOf } from './flow.ts';

/** A challenge is replaced when a ceremony that begins with it could end after its lifetime. */
export const RENEWAL_SECONDS = MANAGE_SECONDS - CEREMONY_SECONDS - 30;

export interface Dependencies {
  readonly backEnd: BackEnd;
  readonly browser: Authenticators;
  /** The page is inside a frame. */
  readonly framed: boolean;
  /** Loads the texts. Never rejects. */
  readonly setLanguage: () => Promise<void>;
  /** Draws a state. Must be synchronous: the WebAuthn call follows in the same tap. */
  readonly show: (state: PageState) => void;
  /** Fulfilled when somebody can see the page. */
  readonly whenVisible: () => Promise<void>;
  /** Tells the authenticator that the passkey with this WebAuthn id no longer works; with its user handle, also that the user has no other one. */
  readonly forgetPasskey: (passkey: {
    readonly rpId: string;
    readonly credentialId: string;
    readonly userHandle?: string;
  }) => void;
}

export interface Visit {
  /** Asks for a challenge. Call it again for "Try again", "Use passkey again", and for a page from the back/forward cache. */
  start(): Promise<void>;
  /** Call it inside the tap. */
  use(): Promise<void>;
  /** Stops asking the device. */
  cancel(): void;
  /** Asks the cardholder once more. */
  ask(removal: Removal): void;
  keep(): void;
  confirm(): Promise<void>;
  /** "Done", or the page is closed. */
  leave(): void;
}

export function buildVisit(dependencies: Dependencies): Visit {
  const { backEnd, browser, setLanguage, show, whenVisible, forgetPasskey } = dependencies;
  let state: PageState = { at: 'loading' };
  /** The WebAuthn call with a challenge, ready for the tap. */
  let ceremony: Ceremony | undefined;
  let rpId = '';
  let asking = new AbortController();
  let stopTimer = () => {};

  /** False if the event is ignored in this state, because it came too late. */
  function move(event: PageEvent): boolean {
    const after = next(state, event);
    if (after === state) return false;
    state = after;
    show(state);
    return true;
  }

  async function start(note?: Note): Promise<void> {
    asking.abort();
    stopTimer();
    if (dependencies.framed) {
      await setLanguage();
      move({ type: 'FRAMED' });
      return;
    }
    move({ type: 'RESTARTED' });
    const during = state;
    const { credentials, PublicKeyCredential } = browser;
    if (!credentials || !PublicKeyCredential) {
      await setLanguage();
      move({ type: 'UNSUPPORTED' });
      return;
    }
    const [reply] = await Promise.all([backEnd.challenge(), setLanguage()]);
    if (state !== during) return;
    if ('refusal' in reply) {
      move({ type: 'STOPPED' });
      return;
    }
    prepare(reply.answer);
    move({ type: 'READY', ...(note && { note }) });
  }

  function prepare(options: DiscoverableOptions): void {
    const offer: UseOffer = { scenario: 'USE', options: { ...options, allowCredentials: [] } };
    const support = { webauthn: true, platform: true, payment: false };
    ceremony = prepareCeremony(offer, support, browser);
    rpId = options.rpId;
    stopTimer();
    stopTimer = browser.setTimer(() => void renew(), RENEWAL_SECONDS);
  }

  /** Fetches a challenge before the tap: Safari allows no waiting between the tap and the WebAuthn call. */
  async function renew(): Promise<void> {
    await whenVisible();
    if (state.at !== 'welcome') return;
    const during = state;
    const reply = await backEnd.challenge();
    if (state !== during) return;
    if ('answer' in reply) prepare(reply.answer);
    else move({ type: 'RESTARTED' }) && move({ type: 'STOPPED' });
  }

  async function use(): Promise<void> {
    const prepared = ceremony;
    if (prepared === undefined || !move({ type: 'USED' })) return;
    ceremony = undefined;
    stopTimer();
    const during = state;
    asking = new AbortController();
    const result = await prepared(asking.signal);
    if (state !== during) return;
    if ('reason' in result) return start('NOT_USED');
    move({ type: 'ANSWERED' });
    const verifying = state;
    const reply = await backEnd.signIn(result.credential);
    if (state !== verifying) return;
    if ('refusal' in reply) {
      const { id } = result.credential as { readonly id: string }; // the browser made it
      return refuse(reply.refusal, { rpId, credentialId: id });
    }
    const { secondsLeft } = reply.answer;
    stopTimer = browser.setTimer(() => void move({ type: 'ENDED', end: 'EXPIRED' }), secondsLeft);
    move({ type: 'SIGNED_IN', overview: reply.answer });
  }

  async function refuse(refusal: Refusal, passkey: { readonly rpId: string; readonly credentialId: string }) {
    switch (refusal) {
      case 'UNKNOWN':
        forgetPasskey(passkey);
        move({ type: 'ENDED', end: 'UNKNOWN' });
        return;
      case 'UNAVAILABLE':
        move({ type: 'STOPPED' });
        return;
      case 'SIGNED_OUT':
        return start('NOT_USED');
      case 'REFUSED':
        return start('REFUSED');
    }
  }

  async function confirm(): Promise<void> {
    if (state.at !== 'asking') return;
    const { removal, overview } = state;
    move({ type: 'CONFIRMED' });
    const during = state;
    const reply = await backEnd.remove(requestOf(removal));
    // The page may have been closed in the meantime. The authenticator is told all the same.
    const deleted = 'answer' in reply && reply.answer === undefined;
    if (deleted) forgetPasskey({ rpId, ...overview });
    if (state !== during) return;
    if ('refusal' in reply) {
      move(reply.refusal === 'SIGNED_OUT' ? { type: 'ENDED', end: 'EXPIRED' } : { type: 'REMOVAL_FAILED' });
    } else if (reply.answer === undefined) {
      move({ type: 'ENDED', end: 'DELETED' });
    } else {
      move({ type: 'REMOVED', overview: reply.answer });
    }
  }

  return {
    start: () => start(),
    use,
    cancel: () => {
      if (state.at === 'working') void start('NOT_USED');
    },
    ask: (removal) => void move({ type: 'ASKED', removal }),
    keep: () => void move({ type: 'KEPT' }),
    confirm,
    leave: () => {
      if (!('overview' in state)) return;
      stopTimer();
      backEnd.leave();
      move({ type: 'ENDED', end: 'LEFT' });
    },
  };
}
