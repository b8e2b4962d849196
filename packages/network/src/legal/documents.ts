/** The documents that the network itself asks cardholders to agree to, where a passkey is made at a shop (contract §11). */
import type { ComplianceSettings } from '@payment-passkeys/protocol';

export const TERMS_PATH = '/legal/terms';
export const PRIVACY_PATH = '/legal/privacy';

/** Of the reference documents, which say what this software does. Bump them whenever a word changes. */
const REFERENCE_VERSION = '1.0';
const REFERENCE_DATE = '2026-11-24';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The operator's own (TERMS_URI and PRIVACY_URI, with TERMS_VERSION and TERMS_DATE), or the reference documents below PUBLIC_URL. Answers the name of
 * the first setting that cannot be used.
 */
export function readDocuments(
  env: Environment,
  publicUrl: string,
): ComplianceSettings | { readonly setting: string; readonly remedy: string } {
  const { TERMS_URI, PRIVACY_URI, TERMS_VERSION, TERMS_DATE } = env;
  if (!TERMS_URI !== !PRIVACY_URI) {
    return {
      setting: TERMS_URI ? 'PRIVACY_URI' : 'TERMS_URI',
      remedy: 'is missing: both documents are given, or neither.',
    };
  }
  const own = TERMS_URI && PRIVACY_URI ? { terms: TERMS_URI, privacy: PRIVACY_URI } : undefined;
  const version = (own && TERMS_VERSION) || REFERENCE_VERSION;
  const datePublished = (own && TERMS_DATE) || REFERENCE_DATE;
  if (own && !TERMS_VERSION) return { setting: 'TERMS_VERSION', remedy: 'is missing: a consent is recorded with it.' };
  if (version.length > 10) return { setting: 'TERMS_VERSION', remedy: 'has to be at most 10 characters long.' };
  if (!/^\d{4}-\d{2}-\d{2}$/.test(datePublished))
    return { setting: 'TERMS_DATE', remedy: 'has to be a date, such as 2026-11-24.' };
  const { terms, privacy } = own ?? { terms: publicUrl + TERMS_PATH, privacy: publicUrl + PRIVACY_PATH };
  for (const [setting, uri] of [
    ['TERMS_URI', terms],
    ['PRIVACY_URI', privacy],
  ] as const) {
    if (!/^https?:\/\/\S+$/.test(uri) || !URL.canParse(uri) || uri.length > 1024) {
      return { setting, remedy: 'has to be an address, such as https://network.example/terms.' };
    }
  }
  const common = { version, datePublished };
  return {
    complianceResources: [
      { complianceType: 'TERMS_AND_CONDITIONS', uri: terms, ...common },
      { complianceType: 'PRIVACY_POLICY', uri: privacy, ...common },
    ],
  };
}
