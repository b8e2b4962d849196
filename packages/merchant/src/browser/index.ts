/**
 * The merchant kit's browser half: a payment without leaving the shop where the browser can (W3C Secure Payment Confirmation), and by the
 * network's page where it cannot. Imports one module at run time, which imports nothing.
 */
import type { AssertionOutcome, SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import { credentialToJson } from '@payment-passkeys/protocol/browser-objects';

const METHOD = 'secure-payment-confirmation';

/** The one part of the server's `StartedPayment` that the browser needs; JSON. */
export interface PaymentToApprove {
  /** The network's page. */
  readonly redirect: string;
  readonly securePaymentConfirmation?: SecurePaymentConfirmation;
}

/** What is to be sent to the shop's server, for `reportConfirmation` of `./server`. */
export type Confirmation =
  | { readonly outcome: 'ACCEPTED'; readonly credential: unknown }
  | { readonly outcome: Exclude<AssertionOutcome, 'ACCEPTED'> };

/** What {@link payWithPasskey} needs. */
export interface PayWithPasskeyOptions {
  readonly payment: PaymentToApprove;
  /** Hands what happened to the shop's server; resolves to the outcome's `status` as `reportConfirmation` gave it. */
  readonly report: (confirmation: Confirmation) => Promise<string>;
  /** Goes to an address; by default the page does. */
  readonly go?: (address: string) => void;
  /** Where the browser's own interfaces are; the page's by default. */
  readonly browser?: PaymentBrowser;
}

/**
 * - `REDIRECTED`: the browser is on its way to the network's page.
 * - Any other status is the server's: `AUTHENTICATED`, `CANCELLED`, `ERROR`, `IGNORED`.
 */
export type PayWithPasskeyResult = 'REDIRECTED' | (string & {});

/**
 * Has the cardholder approve a payment. Call it from the tap on "Pay": a second call on one page needs one (Payment Request §3.3).
 * Never shows anything itself, and never throws for what a browser lacks: then the network's page is gone to, and the shopper does not notice.
 * Rejects with what `report` rejects with, while the shopper is still at the shop: the payment can be started again. Rejects with a
 * TypeError, at once, for options without a `payment.redirect` or a `report`.
 */
export async function payWithPasskey(options: PayWithPasskeyOptions): Promise<PayWithPasskeyResult> {
  checkOptions(options);
  const { payment, report, browser = globalThis as unknown as PaymentBrowser } = options; // the DOM's own are no part of this project's types
  const leave = (): PayWithPasskeyResult => {
    (options.go ?? ((address) => browser.location?.assign(address)))(payment.redirect);
    return 'REDIRECTED';
  };
  const request = payment.securePaymentConfirmation && (await openRequest(payment.securePaymentConfirmation, browser));
  if (request === undefined) return leave();
  const confirmation = await show(request);
  if (confirmation === undefined) return leave();
  const status = await report(confirmation);
  // Another way, opted out, or not taken: the session's own address is still there.
  return status === 'REDIRECT' || status === 'REFUSED' ? leave() : status;
}

function checkOptions(options: PayWithPasskeyOptions): void {
  const { payment, report }: Partial<PayWithPasskeyOptions> = options ?? {};
  if (typeof payment?.redirect !== 'string') throw new TypeError('payment.redirect must be text');
  if (typeof report !== 'function') throw new TypeError('report must be a function');
}

/** Whether this browser has Secure Payment Confirmation: for a page that explains; {@link payWithPasskey} asks by itself. */
export async function canConfirmHere(browser?: PaymentBrowser): Promise<boolean> {
  try {
    const { PaymentRequest } = browser ?? (globalThis as unknown as PaymentBrowser);
    // It throws where the feature is switched off (Chromium on Linux), and is missing in older versions that have the feature.
    const answer = await PaymentRequest?.securePaymentConfirmationAvailability?.();
    return answer === 'available';
  } catch {
    return false;
  }
}

/** The parts of the Payment Request API that are used, as far as they are used. */
export interface PaymentBrowser {
  readonly PaymentRequest?: PaymentRequestConstructor;
  readonly location?: {
    /** Goes to another page. */
    assign(address: string): void;
  };
}

interface PaymentRequestConstructor {
  new (methods: readonly unknown[], details: unknown): OpenedRequest;
  securePaymentConfirmationAvailability?(): Promise<string>;
}

interface OpenedRequest {
  canMakePayment(): Promise<boolean>;
  show(): Promise<{
    /** A PublicKeyCredential, as far as a browser keeps to it: Chromium has `toJSON` from 129 on, and the method from 95 on. */
    readonly details: unknown;
    complete?(result: 'success' | 'fail'): Promise<void>;
  }>;
}

/** Undefined where the browser does not know the method, or cannot use what it is given. */
async function openRequest(
  confirmation: SecurePaymentConfirmation,
  browser: PaymentBrowser,
): Promise<OpenedRequest | undefined> {
  const { challenge, credentialIds, total, ...terms } = confirmation;
  try {
    const { PaymentRequest } = browser;
    if (PaymentRequest === undefined) return undefined;
    const data = { ...terms, challenge: decode(challenge), credentialIds: credentialIds.map(decode) };
    const request = new PaymentRequest([{ supportedMethods: METHOD, data }], {
      total: { label: 'Total', amount: total },
    });
    return (await request.canMakePayment()) ? request : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where the dialog could not be shown at all. */
async function show(request: OpenedRequest): Promise<Confirmation | undefined> {
  try {
    const response = await request.show();
    const complete = async () => response.complete?.('success');
    complete().catch(() => undefined); // it closes what is closed already: nothing depends on it
    return { outcome: 'ACCEPTED', credential: credentialToJson(response.details) };
  } catch (error) {
    const outcome = OUTCOMES[(error as { readonly name?: string } | undefined)?.name ?? ''];
    return outcome && { outcome };
  }
}

/** By the name of what `show()` rejects with (Secure Payment Confirmation §5.3.2 and §6). */
const OUTCOMES: Readonly<Record<string, Exclude<AssertionOutcome, 'ACCEPTED'>>> = {
  NotAllowedError: 'ANOTHER_WAY',
  AbortError: 'ABORTED',
  OptOutError: 'OPTED_OUT',
};

function decode(base64Url: string): Uint8Array {
  const binary = atob(base64Url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
