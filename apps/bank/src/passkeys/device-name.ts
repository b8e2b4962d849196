/** A device by the names of its browser and its platform, from what the browser says of itself. For a list that a person reads; nothing is decided by it. */
import bowser from 'bowser';

/** Names that are the same in every language: `Chrome`, `Android`. Each is undefined where it could not be told. */
export interface DeviceName {
  readonly browser: string | undefined;
  readonly platform: string | undefined;
}

/** Names that the bank shows in place of bowser's. */
const SAID: Readonly<Record<string, string>> = {
  Chromium: 'Chrome',
  'Microsoft Edge': 'Edge',
  'Samsung Internet for Android': 'Samsung Internet',
  'Chrome OS': 'ChromeOS',
  macOS: 'Mac',
};

export function nameDevice(userAgent: string | undefined): DeviceName {
  if (!userAgent) return { browser: undefined, platform: undefined };
  const { browser, os, platform } = bowser.parse(userAgent);
  // Of Apple's phones and tablets, the model says more than "iOS".
  return { browser: say(browser.name), platform: say(os.name === 'iOS' ? platform.model : os.name) };
}

function say(name: string | undefined): string | undefined {
  return name ? (SAID[name] ?? name) : undefined;
}
