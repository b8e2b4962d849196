/** A device by the names of its browser and its platform, from what the browser says of itself. A hint for a list, nothing to decide by. */

/** Names that are the same in every language: `Chrome`, `Android`. Each is undefined where it could not be told. */
export interface DeviceName {
  readonly browser: string | undefined;
  readonly platform: string | undefined;
}

/** First match wins: Edge and Opera say Chrome too, and Chrome says Safari. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\b(OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const PLATFORMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\b(Mac OS X|Macintosh)\b/, 'Mac'],
  [/\bLinux\b/, 'Linux'],
];

export function nameDevice(userAgent: string | undefined): DeviceName {
  const named = (patterns: typeof BROWSERS) => patterns.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  return { browser: named(BROWSERS), platform: named(PLATFORMS) };
}
