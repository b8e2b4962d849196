/** Reads the address that an app was called back with. */
import { type Reason, readCallback } from '@payment-passkeys/protocol';

/**
 * How a visit of the network's page ended, as the page wrote it on the address.
 * - A success (`ENROLLED`; a shop's: `AUTHENTICATED`) is a claim, and so is a failure: only the back end, which takes `url` together with
 *   the secret that the app has kept, can tell. Show what the back end answers.
 * - `IGNORED`: it is not the callback that was agreed on, or not one whole result. Nothing is known, nothing has changed.
 * - `CLOSED`: the sheet was closed before the page had sent the cardholder back. What was done there is not undone: starting again finds
 *   a passkey that has been made.
 */
export type LaunchOutcome =
  | {
      readonly status: 'ENROLLED' | 'AUTHENTICATED';
      readonly url: string;
    }
  | { readonly status: 'CANCELLED' | 'ERROR'; readonly reason: Reason; readonly url: string }
  | { readonly status: 'IGNORED'; readonly because: 'MALFORMED' }
  | { readonly status: 'CLOSED' };

export interface Return {
  /** As the system handed it over. It carries the proof, so it belongs in no log. */
  readonly url: string;
  /** The one that the launch was for; its query does not count, as the back end and the network add to it. */
  readonly callbackUri: string;
}

/**
 * For a callback that came as a deep link, because the system had ended the app while the network's page was open; `launch` reads its own.
 * Never throws, and is never `CLOSED`.
 */
export function readReturn({ url, callbackUri }: Return): LaunchOutcome {
  if (placeOf(url) !== placeOf(callbackUri)) return { status: 'IGNORED', because: 'MALFORMED' };
  const query = url.split('#', 1)[0]?.split('?').slice(1).join('?');
  const parameters = new URLSearchParams(query);
  const result = readCallback(parameters) ?? readCallback(parameters, 'AUTHENTICATED');
  if (result === undefined) return { status: 'IGNORED', because: 'MALFORMED' };
  return 'reason' in result ? { ...result, url } : { status: result.status, url };
}

/** Scheme, host and path. Not by URL, which React Native has only in part; of a bare origin the network makes one with a slash. */
export function placeOf(address: string): string {
  const place = address.split(/[?#]/, 1)[0] ?? '';
  return place.replace(/^[^:]+:(\/\/[^/]*)?/, (start) => start.toLowerCase()).replace(/\/$/, '');
}
