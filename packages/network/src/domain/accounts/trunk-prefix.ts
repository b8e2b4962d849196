/** A first look at an international number: whether `libphonenumber-js` may take a trunk prefix from it. */
import { Metadata } from 'libphonenumber-js/min';

/**
 * False: the library leaves these digits (E.164 without the plus) as they are. True: it may change them. It changes only what the pattern of the
 * calling code matches at the beginning of the national number, and few numbers have that. To parse a number costs 35 to 200 µs, because the
 * library also looks for its country; this look costs 3.
 */
export function mayHaveTrunkPrefix(digits: string): boolean {
  for (const length of [1, 2, 3]) {
    const prefix = prefixOf(digits.slice(0, length));
    if (prefix !== undefined) return prefix.test(digits.slice(length));
  }
  return false;
}

/** What the library's parser asks its metadata. The published types leave it out: the version is pinned, and a test compares every calling code. */
interface NumberingPlans {
  hasCallingCode(code: string): boolean | undefined;
  selectNumberingPlan(code: string): {
    readonly numberingPlan: { nationalPrefixForParsing(): string | 0 | undefined };
  };
}

const MATCHES_NOTHING = /(?!)/;
const prefixes = new Map<string, RegExp | undefined>();

/** Undefined if this is no calling code. */
function prefixOf(callingCode: string): RegExp | undefined {
  if (!prefixes.has(callingCode)) prefixes.set(callingCode, readPrefix(callingCode));
  return prefixes.get(callingCode);
}

function readPrefix(callingCode: string): RegExp | undefined {
  const plans = new Metadata() as unknown as NumberingPlans;
  if (plans.hasCallingCode(callingCode) !== true) return undefined;
  const prefix = plans.selectNumberingPlan(callingCode).numberingPlan.nationalPrefixForParsing();
  return prefix ? new RegExp(`^(?:${prefix})`) : MATCHES_NOTHING;
}
