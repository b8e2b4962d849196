/** Reads the callback address that an app was opened with. */
import { type Reason, readCallback } from '@payment-passkeys/protocol';
import { placeOf, readCallbackPlace } from './address.ts';

/**
 * How a visit to the network's page ended, as the page wrote it into the address.
 * - A success (`ENROLLED`; for a shop `AUTHENTICATED`) and a failure are both unverified claims. Only the back end can verify them: send it
 * `url` and the secret that the app has kept, and show its answer.
 * - `IGNORED`: the address is not the agreed callback, or does not hold exactly one result. Nothing has changed.
 * - `CLOSED`: the sheet was closed before the page sent the cardholder back. What happened there is not undone: a new start finds a passkey
 * that was created.
 */
export type LaunchOutcome =
  | {
      readonly status: 'ENROLLED' | 'AUTHENTICATED';
      readonly url: string;
    }
  | { readonly status: 'CANCELLED' | 'ERROR'; readonly reason: Reason; readonly url: string }
  | { readonly status: 'IGNORED'; readonly because: 'MALFORMED' }
  | { readonly status: 'CLOSED' };

/** A callback that opened the app. */
export interface Return {
  /** As the system passed it. It contains the proof, so it must not be logged. */
  readonly url: string;
  /** The launch's `callbackUri`. Its query is not compared, because the back end and the network add to it. */
  readonly callbackUri: string;
}

/**
 * Reads a callback that arrived as a deep link, because the system had ended the app while the network's page was open. If the app was not
 * ended, `launch` returns the outcome itself. Both addresses are compared in their WHATWG form, which the network uses. Never `CLOSED`.
 * `IGNORED` for any other `url`: a deep link can be anything. Throws LaunchError `INVALID_LAUNCH` if `launch` would not accept `callbackUri`.
 */
export function readReturn(given: Return): LaunchOutcome {
  // A caller without types may omit what a deep link did not bring.
  const { url, callbackUri }: Partial<Return> = given ?? {};
  const expected = readCallbackPlace(callbackUri);
  if (typeof url !== 'string') return MALFORMED;
  const place = placeOf(url.split(/[?#]/, 1)[0]);
  if (place === undefined || withoutSlash(place) !== withoutSlash(expected)) return MALFORMED;
  const query = url.split('#', 1)[0]?.split('?').slice(1).join('?');
  const parameters = new URLSearchParams(query);
  const result = readCallback(parameters) ?? readCallback(parameters, 'AUTHENTICATED');
  if (result === undefined) return MALFORMED;
  const { status } = result;
  return status === 'ENROLLED' || status === 'AUTHENTICATED' ? { status, url } : { ...result, url };
}

const MALFORMED = { status: 'IGNORED', because: 'MALFORMED' } as const;

function withoutSlash(place: string): string {
  return place.replace(/\/$/, '');
}
