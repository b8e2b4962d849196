/** What the calls of the merchant kit take, and what the starts give. */
import type { BrowserCookie, TraceContext } from '@payment-passkeys/kit';
import type { MobileNumber, SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import type { CardNumber, SavedCard } from './saved-card.ts';

/** What is to be paid, and where. */
export interface Order {
  /** The shop's own, unique; 1 to 64 printable ASCII characters without spaces. */
  readonly orderId: string;
  /** A decimal with the currency's own number of digits: `12.34` USD, `1234` JPY. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** As onboarded; what the cardholder reads. */
  readonly merchantName: string;
  /** As onboarded: the origin of the page that the shopper is on. */
  readonly merchantOrigin: string;
}

/** What the start of a payment and of an added card have in common. */
interface Start {
  /** The shop's own name for the shopper, or for a guest's session: opaque here, at most 255 characters. Kept, never sent. */
  readonly shopperId: string;
  /** At most one each; they help to find passkeys of the account. Sent encrypted; not kept. */
  readonly emailAddress?: string;
  readonly mobileNumber?: MobileNumber;
  /** Absolute, of one of `callbackOrigins`, without a `state` of its own: the kit adds one. */
  readonly callbackUri: string;
  /**
   * BCP 47; the language of the network's page, and of the amount on it. A hint: sent as language, script and region, and left out where it is no
   * well-formed tag.
   */
  readonly locale?: string;
  /** The value of our cookie, where the browser sent one (`BROWSER_COOKIE_NAME`). */
  readonly browser?: string | undefined;
  /** The trace that it is part of, where that is not the active one of OpenTelemetry's API; handed on to the network, and kept for the return. */
  readonly trace?: TraceContext | undefined;
}

/** A payment to start: the order, the card, and the way back. */
export interface PaymentStart extends Start {
  readonly order: Order;
  /** One that was saved, or one that was typed in. */
  readonly card: SavedCard | CardNumber;
}

/** A card to add. */
export interface CardStart extends Start {
  readonly card: CardNumber;
}

/** A started payment: where to send the browser, and the cookie to set. */
export interface StartedPayment {
  /** AUTHENTICATE: there is a passkey. REGISTER: one is made on the way, as the card's issuer takes part. */
  readonly nextStep: 'AUTHENTICATE' | 'REGISTER';
  /** Where to send the browser: answer 303, or let `payWithPasskey` go there. Carries an access token in its fragment, so it belongs in no log. */
  readonly redirect: string;
  /** For `payWithPasskey` of `./browser`, where the passkey can be used without leaving the shop. */
  readonly securePaymentConfirmation?: SecurePaymentConfirmation;
  /** Names the payment in the shop's records, and again in the outcome. */
  readonly clientSessionId: string;
  /** To be set with the same answer. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/** No passkey for this card, and none to be had on the way: 3-D Secure or a one-time code, as before. Nothing is pending. */
export interface SteppedUpPayment {
  readonly nextStep: 'STEP_UP';
}

/** A started addition of a card: where to send the browser, and the cookie to set. */
export interface StartedCardEnrolment {
  /** Where to send the browser: answer 303. Carries an access token in its fragment, so it belongs in no log. */
  readonly redirect: string;
  readonly clientSessionId: string;
  /** To be set with the same answer. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/** Who came back, and with what. */
interface Arrival {
  /** The value of our cookie, or undefined where the browser sent none. */
  readonly browser: string | undefined;
  /** Who is signed in, in a shop that knows: what anyone else started is then IGNORED. */
  readonly shopperId?: string;
  /** The trace of the return's request, where that is not the active one of OpenTelemetry's API: linked, as the start's is gone on with. */
  readonly trace?: TraceContext | undefined;
}

/** A callback as it arrived, and the browser that brought it. */
export interface Return extends Arrival {
  /** The callback as it arrived; of it only the query counts, so a path will do. */
  readonly url: string | URL;
}

/** What `payWithPasskey` reported, and the browser that brought it. */
export interface ConfirmationReport extends Arrival {
  /** Of the payment that was started. */
  readonly clientSessionId: string;
  /** What the browser part sent: judged here. */
  readonly report: unknown;
}
