/** The family of a browser, one of a few words. The User-Agent that it is read from is not kept. */
import { BROWSER_FAMILIES, type BrowserFamilyName } from '@payment-passkeys/protocol/console';
import bowser from 'bowser';

/** A browser does not send a longer User-Agent. */
const MAX_USER_AGENT_LENGTH = 1_000;

const FAMILIES: ReadonlyMap<string, string> = new Map([
  ['Chrome', 'Chrome'],
  ['Chromium', 'Chrome'],
  ['Safari', 'Safari'],
  ['Firefox', 'Firefox'],
  ['Microsoft Edge', 'Edge'],
  ['Samsung Internet for Android', 'Samsung Internet'],
]);

/** `Unknown` without a User-Agent. A tablet counts as mobile. */
export function readBrowserFamily(userAgent: string | undefined): BrowserFamilyName {
  if (userAgent === undefined || userAgent === '' || userAgent.length > MAX_USER_AGENT_LENGTH) return 'Unknown';
  const { browser, platform } = bowser.parse(userAgent);
  const name = FAMILIES.get(browser.name ?? '') ?? 'Other';
  const form = platform.type === 'mobile' || platform.type === 'tablet' ? 'mobile' : 'desktop';
  return BROWSER_FAMILIES.find((family) => family === `${name} ${form}`) ?? 'Unknown';
}
