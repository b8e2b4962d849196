/** Opens the network's page as the network asks of native apps: ASWebAuthenticationSession with the browser's cookies, Chrome Custom Tab. */
import { openAuthSessionAsync } from 'expo-web-browser';
import { LaunchError } from './errors.ts';
import { type LaunchOutcome, placeOf, readReturn } from './return.ts';

export interface Launch {
  /** The launch address that the back end was answered by the network. Its fragment is an access token, good once and for fifteen minutes. */
  readonly uri: string;
  /** Where the network sends the cardholder back: an https app link, or an address of a private-use scheme that the app has registered. */
  readonly callbackUri: string;
}

/**
 * Opens the page over the app, and resolves when it has closed.
 * Never in an embedded web view, which has neither passkeys nor the device's cookie; never ephemeral, so that the network recognises the
 * device again. An https callback needs iOS 17.4 and the Associated Domains entitlement there, a verified app link on Android.
 * Throws LaunchError `INVALID_LAUNCH`, `ALREADY_OPEN`, `BROWSER_FAILED`.
 */
export async function launch({ uri, callbackUri }: Launch): Promise<LaunchOutcome> {
  checkLaunch({ uri, callbackUri });
  const returnUrl = callbackUri.split(/[?#]/, 1)[0];
  const result = await openAuthSessionAsync(uri, returnUrl, {
    preferEphemeralSession: false,
    preferUniversalLinks: isHttps(callbackUri),
  }).catch((cause: unknown) => {
    throw new LaunchError('BROWSER_FAILED', 'the browser could not be opened', { cause });
  });
  if (result.type === 'success') return readReturn({ url: result.url ?? '', callbackUri }); // null crosses from native code
  if (result.type === 'locked') throw new LaunchError('ALREADY_OPEN', 'another session is open');
  return { status: 'CLOSED' };
}

function checkLaunch({ uri, callbackUri }: Launch): void {
  if (!isHttps(uri) && !/^http:\/\/([a-z0-9-]+\.)*localhost(:[0-9]+)?\//i.test(uri)) {
    throw new LaunchError('INVALID_LAUNCH', 'uri has to be https');
  }
  // RFC 8252 §7.1: a scheme in reverse-domain form, which nobody else's app has by accident.
  if (!isHttps(callbackUri) && !/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:\//i.test(placeOf(`${callbackUri}/`))) {
    throw new LaunchError('INVALID_LAUNCH', 'callbackUri has to be https, or of a scheme with a dot');
  }
}

function isHttps(address: string): boolean {
  return /^https:\/\/[^/?#@]+([/?#]|$)/i.test(address);
}
