/** The arguments of the merchant kit's calls, and the results of the starts. */
import type { BrowserCookie, TraceContext } from '@payment-passkeys/kit';
import type { AcquirerData, MobileNumber, SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import type { CardNumber, SavedCard } from './saved-card.ts';

/** What to pay, and where. */
export interface Order {
  /** The shop's own unique id; 1 to 64 printable ASCII characters without spaces. */
  readonly orderId: string;
  /** A decimal with the currency's own number of digits: `12.34` USD, `1234` JPY. */
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
  /** From onboarding; the name that the cardholder reads. */
  readonly merchantName: string;
  /** From onboarding: the origin of the shopper's page. */
  readonly merchantOrigin: string;
}

/** The common fields of the start of a payment and of an added card. */
interface Start {
  /** The shop's own id of the shopper, or of a guest's session: opaque to the kit, at most 255 characters. Stored, never sent. */
  readonly shopperId: string;
  /** At most one each; they help to find passkeys of the account. Sent encrypted; not stored. */
  readonly emailAddress?: string;
  readonly mobileNumber?: MobileNumber;
  /**
   * Only for a payment service provider: the `merchantId` of the merchant that it acts for. Name and origin of the order have to be those of the
   * registration. An `orderId` has to be unique among all merchants of the provider.
   */
  readonly merchant?: string;
  /** An absolute address of one of `callbackOrigins`, without a `state` of its own: the kit adds one. */
  readonly callbackUri: string;
  /**
   * BCP 47; a hint for the language of the network's page, and for the format of the amount. Sent as language, script and region, and left
   * out if it is not a well-formed tag.
   */
  readonly locale?: string;
  /** The value of our cookie, if the browser sent one (`BROWSER_COOKIE_NAME`). */
  readonly browser?: string | undefined;
  /**
   * The trace of the request, if it is not the active one of OpenTelemetry's API. It is passed on to the network, and stored for the
   * return.
   */
  readonly trace?: TraceContext | undefined;
}

/** A payment to start: the order, the card, and the callback. */
export interface PaymentStart extends Start {
  readonly order: Order;
  /** A saved card, or a typed card number. */
  readonly card: SavedCard | CardNumber;
  /** The ids of the shop at its acquirer. The network keeps them with the payment and repeats them in `payment.approved`. Not stored here. */
  readonly acquirer?: Readonly<AcquirerData>;
}

/** A card to add. */
export interface CardStart extends Start {
  readonly card: CardNumber;
}

/** A started payment: the address for the browser, and the cookie to set. */
export interface StartedPayment {
  /** AUTHENTICATE: there is a passkey. REGISTER: one is created during the payment, because the card's issuer takes part. */
  readonly nextStep: 'AUTHENTICATE' | 'REGISTER';
  /**
   * The address for the browser: answer 303, or let `payWithPasskey` go there. Its fragment is an access token, so it must not be logged.
   */
  readonly redirect: string;
  /** For `payWithPasskey` of `./browser`, if the passkey can be used inside the shop. */
  readonly securePaymentConfirmation?: SecurePaymentConfirmation;
  /** Identifies the payment in the shop's records; the outcome has the same id. */
  readonly clientSessionId: string;
  /** The network's id of the session, for `sessions.read`. */
  readonly authenticationSessionId: string;
  /** Set it with the same response. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/**
 * The card has no passkey that can be used now, and none can be created during the payment: use 3-D Secure or a one-time code, as before.
 * Nothing is pending.
 */
export interface SteppedUpPayment {
  readonly nextStep: 'STEP_UP';
  /** The saved card's issuer has not activated its binding yet: keep the card, and pay this order another way. */
  readonly bindingStatus?: 'PENDING_ACTIVATION';
}

/** A started card enrolment: the address for the browser, and the cookie to set. */
export interface StartedCardEnrolment {
  /** The address for the browser: answer 303. Its fragment is an access token, so it must not be logged. */
  readonly redirect: string;
  readonly clientSessionId: string;
  /** The network's id of the session, for `sessions.read`. */
  readonly authenticationSessionId: string;
  /** Set it with the same response. Without it the return changes nothing. */
  readonly cookie: BrowserCookie;
}

/** The common fields of a callback and a report. */
interface Arrival {
  /** The value of our cookie; undefined if the browser sent none. */
  readonly browser: string | undefined;
  /** The shopper who is signed in, if known. A payment or card that another shopper started is then IGNORED. */
  readonly shopperId?: string;
  /**
   * The trace of the return's request, if it is not the active one of OpenTelemetry's API. It is added as a link, because the span
   * continues the trace of the start.
   */
  readonly trace?: TraceContext | undefined;
}

/** A callback as it arrived, and the browser that brought it. */
export interface Return extends Arrival {
  /** The callback as it arrived. Only its query is read, so a path is enough. */
  readonly url: string | URL;
}

/** The report of `payWithPasskey`, and the browser that sent it. */
export interface ConfirmationReport extends Arrival {
  /** The id of the started payment. */
  readonly clientSessionId: string;
  /** The browser part's report, unchecked. */
  readonly report: unknown;
}
