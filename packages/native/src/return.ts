/** Reads the address that an app was called back with. */
import { type Reason, readCallback } from '@payment-passkeys/protocol';
import { placeOf, readCallbackPlace } from './address.ts';

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

/** A callback that the app was opened with. */
export interface Return {
  /** As the system handed it over. It carries the proof, so it belongs in no log. */
  readonly url: string;
  /** The one that the launch was for; its query does not count, as the back end and the network add to it. */
  readonly callbackUri: string;
}

/**
 * For a callback that came as a deep link, because the system had ended the app while the network's page was open; `launch` reads its own.
 * Both addresses are compared in their WHATWG form, in which the network writes them. Never `CLOSED`, and IGNORED for whatever `url` may be:
 * a deep link can be anything. Throws LaunchError `INVALID_LAUNCH` where `callbackUri` is not one that `launch` takes.
 */
export function readReturn(given: Return): LaunchOutcome {
  // A caller without types may leave out what a deep link did not bring.
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
