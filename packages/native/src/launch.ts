/**
 * Opens the network's page in the way that the network requires of native apps: ASWebAuthenticationSession with the browser's cookies,
 * Chrome Custom Tab.
 */
import { openAuthSessionAsync } from 'expo-web-browser';
import { isHttps, readCallbackPlace } from './address.ts';
import { LaunchError } from './errors.ts';
import { type LaunchOutcome, readReturn } from './return.ts';

/** The address that {@link launch} opens, and the address of the return. */
export interface Launch {
  /**
   * The launch address, which the back end received from the network. Its fragment is an access token: single-use, valid for fifteen
   * minutes.
   */
  readonly uri: string;
  /**
   * The address that the network sends the cardholder back to: an https app link, or one of a private-use scheme that the app has
   * registered.
   */
  readonly callbackUri: string;
}

/**
 * Opens the page over the app, and resolves when it has closed. Never uses an embedded web view, which has neither passkeys nor the
 * device's cookie, and never an ephemeral session, so that the network recognises the device again. An https callback needs iOS 17.4 and
 * the Associated Domains entitlement on iOS, and a verified app link on Android. Throws LaunchError `INVALID_LAUNCH`, `ALREADY_OPEN`,
 * `BROWSER_FAILED`.
 */
export async function launch(given: Launch): Promise<LaunchOutcome> {
  const { uri, callbackUri } = checkLaunch(given);
  const returnUrl = readCallbackPlace(callbackUri);
  const result = await openAuthSessionAsync(uri, returnUrl, {
    preferEphemeralSession: false,
    preferUniversalLinks: isHttps(returnUrl),
  }).catch((cause: unknown) => {
    throw new LaunchError('BROWSER_FAILED', 'the browser could not be opened', { cause });
  });
  if (result.type === 'success') return readReturn({ url: result.url ?? '', callbackUri }); // native code may give null
  if (result.type === 'locked') throw new LaunchError('ALREADY_OPEN', 'another session is open');
  return { status: 'CLOSED' };
}

function checkLaunch(given: Launch): Launch {
  // A caller without types may omit any field.
  const { uri, callbackUri = '' }: Partial<Launch> = given ?? {};
  if (typeof uri !== 'string' || !(isHttps(uri) || LOCALHOST.test(uri))) {
    throw new LaunchError('INVALID_LAUNCH', 'uri has to be https');
  }
  return { uri, callbackUri };
}

const LOCALHOST = /^http:\/\/([a-z0-9-]+\.)*localhost(:[0-9]+)?\//i;
