/** The network's own documents. Cardholders agree to them when a passkey is made at a shop (contract §11). */
import type { ComplianceSettings } from '@payment-passkeys/protocol';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { type DocumentKind, type LegalTexts, readOwnTexts, SAMPLE_TEXTS } from './legal-texts.ts';

export const DOCUMENT_PATHS = { terms: '/legal/terms', privacy: '/legal/privacy' } as const satisfies Record<
  DocumentKind,
  string
>;

/** The version of the sample texts. Change it, and the date, whenever a word of the texts changes. */
const SAMPLE_VERSION = '1.1';
/** The date of that version. */
const SAMPLE_DATE = '2026-11-28';

export interface LegalDocuments {
  /** Recorded with each consent. */
  readonly documents: ComplianceSettings;
  /** Served by the network below {@link DOCUMENT_PATHS}. */
  readonly texts: LegalTexts;
  readonly version: string;
  /** A full date. */
  readonly datePublished: string;
}

/** The address of the document of this type, if there is one. */
export function findDocument(
  { complianceResources }: ComplianceSettings,
  type: ComplianceSettings['complianceResources'][number]['complianceType'],
): string | undefined {
  return complianceResources.find(({ complianceType }) => complianceType === type)?.uri;
}

/**
 * Reads the operator's own documents: at an address (TERMS_URI and PRIVACY_URI), or as texts that the network serves (LEGAL_TEXTS); each
 * with TERMS_VERSION and TERMS_DATE. Without them: the sample texts. Throws {@link ConfigError} for the first setting that
 * cannot be used.
 */
export function readDocuments(env: Environment, publicUrl: string): LegalDocuments {
  const { TERMS_URI, PRIVACY_URI, TERMS_VERSION, TERMS_DATE, LEGAL_TEXTS } = env;
  if (!TERMS_URI !== !PRIVACY_URI) {
    const missing = TERMS_URI ? 'PRIVACY_URI' : 'TERMS_URI';
    throw new ConfigError(missing, 'is missing: both documents are given, or neither.');
  }
  if (LEGAL_TEXTS && TERMS_URI) {
    throw new ConfigError('LEGAL_TEXTS', 'and TERMS_URI exclude each other: the documents are here, or elsewhere.');
  }
  const texts = LEGAL_TEXTS ? readOwnTexts(LEGAL_TEXTS) : SAMPLE_TEXTS;
  const own = Boolean(TERMS_URI || LEGAL_TEXTS);
  const version = (own && TERMS_VERSION) || SAMPLE_VERSION;
  const datePublished = (own && TERMS_DATE) || SAMPLE_DATE;
  if (own && !TERMS_VERSION) throw new ConfigError('TERMS_VERSION', 'is missing: a consent is recorded with it.');
  if (version.length > 10) throw new ConfigError('TERMS_VERSION', 'has to be at most 10 characters long.');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(datePublished))
    throw new ConfigError('TERMS_DATE', 'has to be a date, such as 2026-11-24.');
  const terms = TERMS_URI || publicUrl + DOCUMENT_PATHS.terms;
  const privacy = PRIVACY_URI || publicUrl + DOCUMENT_PATHS.privacy;
  for (const [setting, uri] of [
    ['TERMS_URI', terms],
    ['PRIVACY_URI', privacy],
  ] as const) {
    if (!/^https?:\/\/\S+$/.test(uri) || !URL.canParse(uri) || uri.length > 1024) {
      throw new ConfigError(setting, 'has to be an address, such as https://network.example/terms.');
    }
  }
  const common = { version, datePublished };
  const documents: ComplianceSettings = {
    complianceResources: [
      { complianceType: 'TERMS_AND_CONDITIONS', uri: terms, ...common },
      { complianceType: 'PRIVACY_POLICY', uri: privacy, ...common },
    ],
  };
  return Object.freeze({ documents, texts, version, datePublished });
}
