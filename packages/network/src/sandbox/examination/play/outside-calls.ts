/** The examiner's own calls to a client: to its callback and to its webhook. */
import type { PostOptions } from '../../../platform/http/post.ts';

/** Short, because the cardholder waits for the call. */
const TIMEOUT_MILLISECONDS = 5_000;

export function outsideCall(): PostOptions {
  return {
    reach: 'PUBLIC_AND_LOOPBACK',
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
    signal: new AbortController().signal,
  };
}
