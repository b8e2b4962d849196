/** The calls to the back end of the cardholder's own page (contract §17). None throws. */
import {
  type DiscoverableOptions,
  type ManageOverview,
  type ManageRemoval,
  PAGE_PATH,
} from '@payment-passkeys/protocol';
import { isRecord, type JsonAnswer, postJson } from '../post-json.ts';

/** Copies of the protocol's paths: importing them would load its schemas. A test checks that they are equal. */
export const PATHS = {
  challenge: `${PAGE_PATH}/manage/challenge`,
  signIn: `${PAGE_PATH}/manage/sign-in`,
  removal: `${PAGE_PATH}/manage/removals`,
  leave: `${PAGE_PATH}/manage/leave`,
} as const;

/** Why a call has no answer. SIGNED_OUT: the visit or its challenge is over. UNKNOWN: the passkey was deleted, or is not known. */
export type Refusal = 'SIGNED_OUT' | 'UNKNOWN' | 'REFUSED' | 'UNAVAILABLE';

export type Reply<Answer> = { readonly answer: Answer } | { readonly refusal: Refusal };

export interface BackEnd {
  challenge(): Promise<Reply<DiscoverableOptions>>;
  /** `credential` is an AuthenticationResponseJSON. */
  signIn(credential: unknown): Promise<Reply<ManageOverview>>;
  /** What is left; undefined if the passkey is deleted. */
  remove(removal: ManageRemoval): Promise<Reply<ManageOverview | undefined>>;
  /** Ends the visit, also while the page is being closed. */
  leave(): void;
}

export function buildBackEnd(browser: {
  readonly fetch: typeof globalThis.fetch;
  /** Undefined if the browser does not have it. */
  readonly sendBeacon: ((path: string, body: Blob) => boolean) | undefined;
}): BackEnd {
  const { fetch, sendBeacon } = browser;
  const post = async <Answer>(path: string, body: unknown, read: (value: unknown) => Answer | undefined) =>
    readReply(await postJson({ fetch, path, body }), read);
  return {
    challenge: () => post(PATHS.challenge, {}, readChallenge),
    signIn: (credential) => post(PATHS.signIn, { credential }, readOverview),
    remove: async (removal) => {
      const reply = await post(PATHS.removal, removal, readRemoval);
      return 'answer' in reply ? { answer: reply.answer.overview } : reply;
    },
    leave: () => {
      const body = new Blob(['{}'], { type: 'application/json' });
      if (!sendBeacon?.(PATHS.leave, body)) void postJson({ fetch, path: PATHS.leave, body: {} });
    },
  };
}

function readReply<Answer>(
  response: JsonAnswer | undefined,
  read: (value: unknown) => Answer | undefined,
): Reply<Answer> {
  if (response === undefined) return { refusal: 'UNAVAILABLE' };
  if (!response.ok) return { refusal: readRefusal(response) };
  const answer = read(response.value);
  return answer === undefined ? { refusal: 'UNAVAILABLE' } : { answer };
}

function readRefusal({ status, value }: JsonAnswer): Refusal {
  if (status === 401) return 'SIGNED_OUT';
  if (status === 429 || status >= 500) return 'UNAVAILABLE';
  const details = isRecord(value) && Array.isArray(value.errordetail) ? value.errordetail : [];
  return details.some((detail) => isRecord(detail) && detail.reason === 'CREDENTIAL_UNKNOWN') ? 'UNKNOWN' : 'REFUSED';
}

/** The options are not checked: the browser checks them. */
function readChallenge(value: unknown): DiscoverableOptions | undefined {
  return isRecord(value) && isRecord(value.options) ? (value.options as DiscoverableOptions) : undefined;
}

/** Undefined if a part that the page needs is missing. */
function readOverview(value: unknown): ManageOverview | undefined {
  return isRecord(value) && Array.isArray(value.bindings) && Array.isArray(value.devices)
    ? (value as unknown as ManageOverview) // its parts are checked above
    : undefined;
}

function readRemoval(value: unknown): { readonly overview: ManageOverview | undefined } | undefined {
  if (!isRecord(value)) return undefined;
  const overview = readOverview(value.overview);
  return value.overview === undefined || overview !== undefined ? { overview } : undefined;
}
