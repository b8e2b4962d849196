/**
 * The merchant kit's browser part: a payment inside the shop if the browser supports it (W3C Secure Payment Confirmation), and otherwise on
 * the network's page. Imports one module at run time, which imports nothing.
 */
import type { AssertionOutcome, SecurePaymentConfirmation } from '@payment-passkeys/protocol';
import { credentialToJson } from '@payment-passkeys/protocol/browser-objects';

const METHOD = 'secure-payment-confirmation';

/** The part of the server's `StartedPayment` that the browser needs; JSON. */
export interface PaymentToApprove {
  /** The address of the network's page. */
  readonly redirect: string;
  readonly securePaymentConfirmation?: SecurePaymentConfirmation;
}

/** The report to send to the shop's server, for `reportConfirmation` of `./server`. */
export type Confirmation =
  | { readonly outcome: 'ACCEPTED'; readonly credential: unknown }
  | { readonly outcome: Exclude<AssertionOutcome, 'ACCEPTED'> };

/** The options of {@link payWithPasskey}. */
export interface PayWithPasskeyOptions {
  readonly payment: PaymentToApprove;
  /** Sends the report to the shop's server; resolves to the `status` of `reportConfirmation`'s outcome. */
  readonly report: (confirmation: Confirmation) => Promise<string>;
  /** Navigates to an address; by default the page does. */
  readonly go?: (address: string) => void;
  /** The browser's interfaces; the page's by default. */
  readonly browser?: PaymentBrowser;
}

/**
 * - `REDIRECTED`: the browser navigates to the network's page.
 * - Any other status is the server's: `AUTHENTICATED`, `CANCELLED`, `ERROR`, `IGNORED`.
 */
export type PayWithPasskeyResult = 'REDIRECTED' | (string & {});

/**
 * Asks the cardholder to approve a payment. Call it from the tap on "Pay": a second call on one page needs one (Payment Request §3.3).
 * Shows nothing itself, and never throws for a missing browser feature: then it navigates to the network's page, without an error for the
 * shopper. Rejects with `report`'s rejection while the shopper is still at the shop: the payment can be started again. Rejects at once with
 * a TypeError for options without a `payment.redirect` or a `report`.
 */
export async function payWithPasskey(options: PayWithPasskeyOptions): Promise<PayWithPasskeyResult> {
  checkOptions(options);
  const { payment, report, browser = globalThis as unknown as PaymentBrowser } = options; // this project's types do not include the DOM's
  const leave = (): PayWithPasskeyResult => {
    (options.go ?? ((address) => browser.location?.assign(address)))(payment.redirect);
    return 'REDIRECTED';
  };
  const request = payment.securePaymentConfirmation && (await openRequest(payment.securePaymentConfirmation, browser));
  if (request === undefined) return leave();
  const confirmation = await show(request);
  if (confirmation === undefined) return leave();
  const status = await report(confirmation);
  // Another way chosen, opted out, or refused: the session's own address still works.
  return status === 'REDIRECT' || status === 'REFUSED' ? leave() : status;
}

function checkOptions(options: PayWithPasskeyOptions): void {
  const { payment, report }: Partial<PayWithPasskeyOptions> = options ?? {};
  if (typeof payment?.redirect !== 'string') throw new TypeError('payment.redirect must be text');
  if (typeof report !== 'function') throw new TypeError('report must be a function');
}

/** Whether this browser has Secure Payment Confirmation, for a page that explains it; {@link payWithPasskey} checks by itself. */
export async function canConfirmHere(browser?: PaymentBrowser): Promise<boolean> {
  try {
    const { PaymentRequest } = browser ?? (globalThis as unknown as PaymentBrowser);
    // It throws if the feature is switched off (Chromium on Linux), and is missing in older versions that have the feature.
    const answer = await PaymentRequest?.securePaymentConfirmationAvailability?.();
    return answer === 'available';
  } catch {
    return false;
  }
}

/** The members of the Payment Request API that this module uses. */
export interface PaymentBrowser {
  readonly PaymentRequest?: PaymentRequestConstructor;
  readonly location?: {
    /** Navigates to another page. */
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
    /** A PublicKeyCredential, or a part of one: Chromium has `toJSON` from 129 on, and the payment method from 95 on. */
    readonly details: unknown;
    complete?(result: 'success' | 'fail'): Promise<void>;
  }>;
}

/** Undefined if the browser does not support the method, or refuses the data. */
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

/** Undefined if the dialog could not be shown. */
async function show(request: OpenedRequest): Promise<Confirmation | undefined> {
  try {
    const response = await request.show();
    const complete = async () => response.complete?.('success');
    complete().catch(() => undefined); // the dialog is closed already, so an error does not matter
    return { outcome: 'ACCEPTED', credential: credentialToJson(response.details) };
  } catch (error) {
    const outcome = OUTCOMES[(error as { readonly name?: string } | undefined)?.name ?? ''];
    return outcome && { outcome };
  }
}

/** The outcome by the name of `show()`'s rejection (Secure Payment Confirmation §5.3.2 and §6). */
const OUTCOMES: Readonly<Record<string, Exclude<AssertionOutcome, 'ACCEPTED'>>> = {
  NotAllowedError: 'ANOTHER_WAY',
  AbortError: 'ABORTED',
  OptOutError: 'OPTED_OUT',
};

function decode(base64Url: string): Uint8Array {
  const binary = atob(base64Url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
