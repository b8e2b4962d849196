/**
 * Renders a consent for the screen, and the text that is hashed. Pure, and byte for byte the same in the browser and on the server:
 * everything comes from the catalogue, and nothing from Intl, because its data differ between engines.
 */
import type { ComplianceResource } from '@payment-passkeys/protocol';
import { fillText } from '@payment-passkeys/protocol/texts';
import type { ConsentText, LanguageEntries } from './catalogue.ts';

/** The documents that a consent links to: the terms of use and the privacy notice. */
export type LegalDocument = 'terms' | 'privacy';

/** A piece of a paragraph: text, or one of the two links. */
export type Piece = string | { readonly document: LegalDocument; readonly text: string; readonly uri: string };

/** The consent of one country and language, with its links filled in. */
export interface RenderedConsent {
  readonly country: string;
  readonly language: string;
  readonly version: string;
  /** `YYYY-MM-DD`. */
  readonly datePublished: string;
  readonly paragraphs: readonly (readonly Piece[])[];
  readonly documents: Readonly<Record<LegalDocument, { readonly text: string; readonly uri: string }>>;
  /** Both documents as the Sessions API takes them. */
  readonly resources: readonly ComplianceResource[];
  /**
   * The text that is hashed and kept: the paragraphs, both documents with their addresses, and the edition; lines end in `\n`, Unicode NFC.
   */
  readonly text: string;
}

/**
 * Renders the consent of a country and a language. The same input gives the same text in a browser and on a server, because the text is
 * hashed.
 */
export function renderConsent({
  entries,
  country,
  bank,
}: {
  readonly entries: LanguageEntries;
  readonly country: string;
  /** The bank's name, as its cardholders know it. */
  readonly bank: string;
}): RenderedConsent {
  const { language, words, countryNames } = entries;
  const consent = consentOf(entries, country);
  const { version, datePublished } = consent;
  const uriOf = (document: LegalDocument) => fillText(consent[document], { country, language });
  const documents = {
    terms: { text: words.terms, uri: uriOf('terms') },
    privacy: { text: words.privacy, uri: uriOf('privacy') },
  };
  const values = { bank, country: countryNames[country] ?? country, agree: words.agree };
  const paragraphs = [...consent.paragraphs, ...(consent.additions ?? [])].map((paragraph) =>
    renderParagraph(paragraph, { documents, values }),
  );
  const lines = [
    ...paragraphs.map((pieces) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece.text)).join('')),
    `${documents.terms.text}: ${documents.terms.uri}`,
    `${documents.privacy.text}: ${documents.privacy.uri}`,
    `${version} ${datePublished} ${language}-${country}`,
  ];
  const resource = (complianceType: string, { uri }: { readonly uri: string }) => {
    return { complianceType, uri, version, datePublished };
  };
  return {
    country,
    language,
    version,
    datePublished,
    paragraphs,
    documents,
    resources: [resource('TERMS_AND_CONDITIONS', documents.terms), resource('PRIVACY_POLICY', documents.privacy)],
    text: lines.join('\n').normalize('NFC'),
  };
}

/** The parts of a receipt's text. */
export interface ConsentTextParts {
  readonly paragraphs: readonly string[];
  /** With the names from the screen, in the language of the text: terms, then privacy notice. */
  readonly documents: readonly { readonly name: string; readonly uri: string }[];
  /** Version, date and place: `1.0 2026-10-01 en-US`. */
  readonly edition: string;
}

/** Splits a `text` of {@link renderConsent} into its parts. Throws RangeError for a text of another form. */
export function readConsentText(text: string): ConsentTextParts {
  const lines = text.split('\n');
  const [terms = '', privacy = '', edition = ''] = lines.slice(-3);
  const documents = [terms, privacy].map((line) => {
    const { name, uri } = /^(?<name>.+): (?<uri>\S+)$/.exec(line)?.groups ?? {};
    if (name === undefined || uri === undefined) throw new RangeError('This is not the text of a consent receipt.');
    return { name, uri };
  });
  return { paragraphs: lines.slice(0, -3), documents, edition };
}

function consentOf({ consent, countries }: LanguageEntries, country: string): ConsentText {
  return { ...consent, ...countries[country] };
}

function renderParagraph(
  paragraph: string,
  context: { readonly documents: RenderedConsent['documents']; readonly values: Readonly<Record<string, string>> },
): readonly Piece[] {
  return paragraph
    .split(/\{(terms|privacy)\}/)
    .map((piece, at) => {
      if (at % 2 === 0) return fillText(piece, context.values);
      const document = piece as LegalDocument; // the pattern matches only these two
      return { document, ...context.documents[document] };
    })
    .filter((piece) => piece !== '');
}

/** Lower-case hex SHA-256 of the text's UTF-8, computed by Web Crypto, which a browser has on https and on localhost. */
export async function hashText(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
