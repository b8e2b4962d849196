/** Reads a callback's query. */
import { type CallbackResult, readCallback, type SuccessStatus } from '@payment-passkeys/protocol';
import { isSecret, sha256 } from '../callback/browser-cookie.ts';

/** A callback: the hash of its `state`, which is the key of the pending record, and the result that the network wrote. */
export interface ReceivedCallback<Success extends SuccessStatus> {
  readonly stateHash: string;
  readonly result: CallbackResult<Success>;
}

const MAX_CALLBACK_LENGTH = 8192;

/** `url` may be a path. Undefined unless its query has exactly one `state` and one complete result. */
export function readReceivedCallback<Success extends SuccessStatus>(
  url: string | URL,
  success: Success,
): ReceivedCallback<Success> | undefined {
  const text = String(url);
  const base = 'https://callback.invalid'; // only the query is read
  if (text.length > MAX_CALLBACK_LENGTH || !URL.canParse(text, base)) return undefined;
  const { searchParams } = new URL(text, base);
  const [state, ...more] = searchParams.getAll('state');
  const result = readCallback(searchParams, success);
  if (state === undefined || more.length > 0 || !isSecret(state) || result === undefined) return undefined;
  return { stateHash: sha256(state), result };
}
