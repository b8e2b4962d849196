/** The type of the examination's rows: data only. The code in ../play/ plays a row, and the code in ../judge/ judges it. */
import type { Reason } from '@payment-passkeys/protocol';
import type { ExaminationRow, ExaminedRole } from '@payment-passkeys/protocol/sandbox';

/** What the network does differently in the row's session. */
export type Play =
  | { readonly kind: 'NOTHING' }
  /** The browser returns with this reason: the page's back end is made to fail when the page opens, or when it reports the passkey. */
  | { readonly kind: 'REASON'; readonly reason: Reason; readonly at: 'open' | 'result' }
  /** The browser returns with this proof; nothing was enrolled or approved. */
  | { readonly kind: 'PROOF'; readonly proof: ProofFault }
  /**
   * The network itself goes to the callback with a good proof, as a browser without the client's cookie; then the cardholder's browser returns
   * with USER_CANCELLATION. UNKNOWN_SESSION: each parameter of the callback has another value.
   */
  | { readonly kind: 'STRAY_CALLBACK'; readonly from: 'OTHER_BROWSER' | 'UNKNOWN_SESSION' }
  /** What becomes of the answer to the client's first Authenticators call (UNAVAILABLE: of the first two). */
  | { readonly kind: 'BINDING_ANSWER'; readonly answer: 'LOST' | 'SLOW' | 'UNAVAILABLE' | 'GARBAGE' | 'REFUSED' }
  /** Deliveries to the client's webhook while the browser is on the network's page. */
  | { readonly kind: 'EVENTS'; readonly events: 'SUSPENDED' | 'REPEATED' | 'FORGED' | 'OUT_OF_ORDER' }
  /** What becomes of the answer to the shop's report of Secure Payment Confirmation; nothing was approved. */
  | { readonly kind: 'REPORT_ANSWER'; readonly answer: 'REFUSED' | 'FORGED_PROOF' };

/** The one fault of a proof. All proofs but FORGED are signed with the network's own key. */
export type ProofFault = 'FORGED' | 'OTHER_SESSION' | 'EXPIRED' | 'OTHER_AMOUNT' | 'OTHER_ORDER' | 'OTHER_SHOP';

/** What a right integration does. A pure function in ../judge/ judges it. */
export type Expectation =
  /** Exactly one Authenticators call with the proof is answered, and none follows. */
  | 'BINDS_ONCE'
  /** No Authenticators call. */
  | 'BINDS_NOTHING'
  /** The Authenticators call is made again, with the same proof, until it is answered. */
  | 'ASKS_AGAIN'
  /** One Authenticators call, and none after its refusal. */
  | 'TAKES_REFUSAL'
  /** Each delivery is answered with 2xx. */
  | 'TAKES_EVENTS'
  /** The delivery is answered with 4xx. */
  | 'REFUSES_EVENT'
  /** The next payment is for the same order: the shop knows that the order is not paid. */
  | 'KEEPS_ORDER_OPEN'
  /** No other payment is started for the order. */
  | 'KEEPS_ORDER_PAID';

export interface Row extends Omit<ExaminationRow, 'state' | 'seen'> {
  readonly role: ExaminedRole;
  /** What the page has to offer to the cardholder. Absent if the row ends before the page is shown, or does not depend on it. */
  readonly scenario?: 'CREATE' | 'USE' | 'PAY';
  readonly play: Play;
  /** The reason with which the browser has to return; the row is not reached otherwise. */
  readonly endsWith?: Reason;
  readonly expects: Expectation;
}
