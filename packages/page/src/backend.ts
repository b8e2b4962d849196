/** The calls to the page's back end (contract §2.1). None throws. Each returns an answer, or a refusal with a reason (contract §3). */
import {
  type ConsentRequest,
  type EndReason,
  type LaunchParameters,
  type OpenAnswer,
  PAGE_PATH,
  type Reason,
  type RedirectAnswer,
  type ResultAnswer,
  reasonForHttpStatus,
} from '@payment-passkeys/protocol';
import { isRecord, postJson } from './post-json.ts';
import { isWebAddress, readReturnAddress } from './return-address.ts';

/** Copies of the protocol's paths: importing them would load its schemas. A test checks that they are equal. */
export const PATHS = {
  open: `${PAGE_PATH}/open`,
  consent: `${PAGE_PATH}/consent`,
  result: `${PAGE_PATH}/result`,
  end: `${PAGE_PATH}/end`,
  returnAddress: `${PAGE_PATH}/return`,
} as const;

/** Why a call has no answer. */
export interface Refusal {
  readonly reason: Reason;
  /** The status of the back end's error answer; undefined if no answer arrived or it could not be read. */
  readonly status?: number;
  /** No answer arrived. Another try may help. */
  readonly unreachable?: true;
  /** The back end reports that the compliance details are incomplete. */
  readonly complianceIncomplete?: true;
  /** The back end reports that the passkey was deleted. */
  readonly passkeyDeleted?: true;
  /** The session's callback, if the refusal names one. */
  readonly returnTo?: string;
}

export type Reply<Answer> = { readonly answer: Answer } | { readonly refusal: Refusal };

export interface BackEnd {
  /** A redirect if the payment was approved before, and the browser did not return to the shop. */
  open(launch: LaunchParameters): Promise<Reply<OpenAnswer | RedirectAnswer>>;
  /** The cardholder agreed. Returns the address of the card's issuer. */
  consent(shown: ConsentRequest): Promise<Reply<string>>;
  /** `credential` is a RegistrationResponseJSON or AuthenticationResponseJSON. If no answer arrives, it is sent once more. */
  result(credential: unknown): Promise<Reply<ResultAnswer>>;
  end(reason: EndReason): Promise<Reply<string>>;
  /** The callback of a launch, if the network knows one. */
  returnAddress(launch: LaunchParameters): Promise<string | undefined>;
}

export function buildBackEnd({ fetch }: { readonly fetch: typeof globalThis.fetch }): BackEnd {
  // Part of every later call. Another tab may have opened another session, and the cookie then belongs to that one.
  let opened: Pick<LaunchParameters, 'authenticationSessionId'> = {};
  const post = <Answer>(path: string, body: unknown, read: (value: unknown) => Answer | undefined, token?: string) =>
    call({ fetch, path, body, read, token });
  return {
    open: ({ accessToken, verification: _back, ...body }) => {
      const { authenticationSessionId } = body;
      opened = authenticationSessionId === undefined ? {} : { authenticationSessionId };
      return post(PATHS.open, body, readOpening, accessToken);
    },
    consent: (shown) => post(PATHS.consent, { ...opened, ...shown }, readRedirect),
    result: async (credential) => {
      const once = () => post(PATHS.result, { ...opened, credential }, readResult);
      const first = await once();
      // The same credential gets the same redirect again, so that a dropped connection does not lose the passkey.
      return 'refusal' in first && first.refusal.unreachable ? once() : first;
    },
    end: (reason) => post(PATHS.end, { ...opened, reason }, readRedirect),
    returnAddress: async ({ accessToken: _, ...body }) => {
      const { value } = (await postJson({ fetch, path: PATHS.returnAddress, body })) ?? {};
      return isRecord(value) ? readReturnAddress(value.returnTo) : undefined;
    },
  };
}

async function call<Answer>(request: {
  readonly fetch: typeof globalThis.fetch;
  readonly path: string;
  readonly body: unknown;
  readonly read: (value: unknown) => Answer | undefined;
  readonly token: string | undefined;
}): Promise<Reply<Answer>> {
  const response = await postJson(request);
  if (response === undefined) return { refusal: { reason: 'UNKNOWN_ERROR', unreachable: true } };
  const { ok, status, value } = response;
  if (!ok) return { refusal: readRefusal(status, value) };
  const answer = request.read(value);
  return answer === undefined ? { refusal: { reason: 'UNKNOWN_ERROR' } } : { answer };
}

/** The status decides. The body may be unreadable. */
function readRefusal(status: number, body: unknown): Refusal {
  const { returnTo, errordetail } = isRecord(body) ? body : {};
  const address = readReturnAddress(returnTo);
  const details = Array.isArray(errordetail) ? errordetail.filter(isRecord) : [];
  return {
    reason: reasonForHttpStatus(status),
    status,
    ...(address !== undefined && { returnTo: address }),
    ...(details.some(namesCompliance) && { complianceIncomplete: true }),
    ...(details.some(({ reason }) => reason === 'CREDENTIAL_UNKNOWN') && { passkeyDeleted: true }),
  };
}

function namesCompliance({ reason, source }: Record<string, unknown>): boolean {
  return reason === 'COMPLIANCE_INCOMPLETE' || String(source).startsWith('/complianceSettings');
}

function readOpening(value: unknown): OpenAnswer | RedirectAnswer | undefined {
  const redirect = readRedirect(value);
  return redirect === undefined ? readOpenAnswer(value) : { redirect };
}

/** Undefined if a part that the page needs is missing. The options are not checked: the browser checks them. */
export function readOpenAnswer(value: unknown): OpenAnswer | undefined {
  if (!isRecord(value) || !isDisplay(value.display) || !isOffer(value, value.display)) return undefined;
  if (value.alternative !== undefined && !isOffer(value.alternative, value.display)) return undefined;
  const returnTo = readReturnAddress(value.returnTo);
  if (returnTo === undefined) return undefined;
  return { ...value, returnTo } as unknown as OpenAnswer; // its parts are checked above
}

/** PAY needs the payment, and VERIFY the documents. */
function isOffer(value: unknown, { payment }: Record<string, unknown>): boolean {
  if (!isRecord(value)) return false;
  const { scenario } = value;
  if (scenario === 'CREATE' || scenario === 'USE' || (scenario === 'PAY' && isPayment(payment)))
    return isRecord(value.options);
  if (scenario !== 'VERIFY' || typeof value.issuerName !== 'string' || !isRecord(value.documents)) return false;
  const { complianceResources } = value.documents;
  return Array.isArray(complianceResources) && complianceResources.every((it) => isRecord(it) && isWebAddress(it.uri));
}

function isPayment(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value.merchantName, value.orderId, value.amount, value.currency].every((it) => typeof it === 'string') &&
    isWebAddress(value.merchantOrigin)
  );
}

function isDisplay(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value) || typeof value.clientName !== 'string' || typeof value.locale !== 'string') return false;
  return Array.isArray(value.accounts) && value.accounts.every((a) => isRecord(a) && typeof a.masked === 'string');
}

function readResult(value: unknown): ResultAnswer | undefined {
  if (isRecord(value) && value.reopen === true) return { reopen: true };
  const redirect = readRedirect(value);
  return redirect === undefined ? undefined : { redirect };
}

function readRedirect(value: unknown): string | undefined {
  return isRecord(value) && typeof value.redirect === 'string' ? value.redirect : undefined;
}
