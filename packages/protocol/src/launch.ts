/** The launch URL, contract §2: where a bank sends the cardholder. The access token travels only in its fragment. */

export const PAGE_PATH = '/auth/passkeys';

export interface Launch {
  readonly clientId: string;
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  readonly accessToken: string;
}

/** A launch as it was found in an address bar: anything may be missing, nothing has been checked. */
export interface LaunchParameters extends Partial<Launch> {
  readonly callbackUri?: string;
  /** base64url(JSON), see `readComplianceSettings`. */
  readonly complianceSettings?: string;
  readonly locale?: string;
  /** Back from the issuer's verification (contract §11): the token was spent before the browser left. */
  readonly verification?: string;
}

/** `publicUrl` is the network's, without a path. */
export function buildLaunchUrl(publicUrl: string, launch: Launch): string {
  const url = new URL(PAGE_PATH, publicUrl);
  url.searchParams.set('clientId', launch.clientId);
  url.searchParams.set('authenticationSessionId', launch.authenticationSessionId);
  url.searchParams.set('clientSessionId', launch.clientSessionId);
  url.hash = launch.accessToken;
  return url.href;
}

/** Reads an address bar. Empty parameters count as missing; of a repeated one the first counts. Never throws. */
export function readLaunchUrl(href: string): LaunchParameters {
  const url = new URL(href);
  const found: Record<string, string> = {};
  for (const name of [
    'clientId',
    'authenticationSessionId',
    'clientSessionId',
    'callbackUri',
    'complianceSettings',
    'locale',
    'verification',
  ]) {
    const value = url.searchParams.get(name);
    if (value) found[name] = value;
  }
  if (url.hash.length > 1) found.accessToken = url.hash.slice(1);
  return found;
}
