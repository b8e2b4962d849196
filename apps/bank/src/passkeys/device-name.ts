/** A device's browser and platform, read from the User-Agent header. Only for a list that the customer reads; no decision depends on it. */
import bowser from 'bowser';

/** Names that are the same in every language: `Chrome`, `Android`. Each is undefined if it is unknown. */
export interface DeviceName {
  readonly browser: string | undefined;
  readonly platform: string | undefined;
}

/** Names that the bank shows instead of bowser's. */
const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  Chromium: 'Chrome',
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
  'Chrome OS': 'ChromeOS',
  macOS: 'Mac',
};

export function nameDevice(userAgent: string | undefined): DeviceName {
  if (!userAgent) return { browser: undefined, platform: undefined };
  const { browser, os, platform } = bowser.parse(userAgent);
  // For Apple's phones and tablets, the model is clearer than "iOS".
  return { browser: displayName(browser.name), platform: displayName(os.name === 'iOS' ? platform.model : os.name) };
}

function displayName(name: string | undefined): string | undefined {
  return name ? (DISPLAY_NAMES[name] ?? name) : undefined;
}
