/** Opens the network's page as the network asks of native apps: ASWebAuthenticationSession with the browser's cookies, Chrome Custom Tab. */
import { openAuthSessionAsync } from 'expo-web-browser';
import { isHttps, readCallbackPlace } from './address.ts';
import { LaunchError } from './errors.ts';
import { type LaunchOutcome, readReturn } from './return.ts';

/** What {@link launch} opens, and where the network sends the cardholder back. */
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
export async function launch(given: Launch): Promise<LaunchOutcome> {
  const { uri, callbackUri } = checkLaunch(given);
  const returnUrl = readCallbackPlace(callbackUri);
  const result = await openAuthSessionAsync(uri, returnUrl, {
    preferEphemeralSession: false,
    preferUniversalLinks: isHttps(returnUrl),
  }).catch((cause: unknown) => {
    throw new LaunchError('BROWSER_FAILED', 'the browser could not be opened', { cause });
  });
  if (result.type === 'success') return readReturn({ url: result.url ?? '', callbackUri }); // null crosses from native code
  if (result.type === 'locked') throw new LaunchError('ALREADY_OPEN', 'another session is open');
  return { status: 'CLOSED' };
}

function checkLaunch(given: Launch): Launch {
  // A caller without types may leave anything out.
  const { uri, callbackUri = '' }: Partial<Launch> = given ?? {};
  if (typeof uri !== 'string' || !(isHttps(uri) || LOCALHOST.test(uri))) {
    throw new LaunchError('INVALID_LAUNCH', 'uri has to be https');
  }
  return { uri, callbackUri };
}

const LOCALHOST = /^http:\/\/([a-z0-9-]+\.)*localhost(:[0-9]+)?\//i;
