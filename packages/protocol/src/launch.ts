/** The launch URL, contract §2: a bank sends the cardholder to it. The access token is in its fragment only, which browsers do not send. */

/** The hosted page, below the network's public URL. */
export const PAGE_PATH = '/auth/passkeys';

/** The parts that every launch URL has. */
export interface Launch {
  readonly clientId: string;
  readonly authenticationSessionId: string;
  readonly clientSessionId: string;
  readonly accessToken: string;
}

/** The parts that were read from an address bar. Any of them may be missing, and nothing is checked. */
export interface LaunchParameters extends Partial<Launch> {
  readonly callbackUri?: string;
  /** JSON in base64url: see `readComplianceSettings`. */
  readonly complianceSettings?: string;
  readonly locale?: string;
  /** Present when the browser returns from the issuer's verification (contract §11). The access token is used up by then. */
  readonly verification?: string;
}

/** `publicUrl` is the network's origin. Throws a TypeError if it is not a URL. */
export function buildLaunchUrl(publicUrl: string, launch: Launch): string {
  const client = `clientId=${encodeURIComponent(launch.clientId)}`;
  const session = `authenticationSessionId=${encodeURIComponent(launch.authenticationSessionId)}`;
  const clientSession = `clientSessionId=${encodeURIComponent(launch.clientSessionId)}`;
  return new URL(`${PAGE_PATH}?${client}&${session}&${clientSession}#${launch.accessToken}`, publicUrl).href;
}

/** Reads the address of a page. An empty parameter counts as missing; of a repeated one the first is used. `href` must be a URL. */
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
