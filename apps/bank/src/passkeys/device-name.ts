/** A device in a person's words, from what its browser says of itself: `Chrome on Android`, `Safari on iPhone`. A hint for a list, nothing to decide by. */

const UNKNOWN = 'A device we could not name';

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

export function nameDevice(userAgent: string | undefined): string {
  const named = (patterns: typeof BROWSERS) => patterns.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1];
  const browser = named(BROWSERS);
  const platform = named(PLATFORMS);
  if (browser !== undefined && platform !== undefined) return `${browser} on ${platform}`;
  return browser ?? platform ?? UNKNOWN;
}
