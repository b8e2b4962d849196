/** The texts of the network's documents: sample texts in the hosted page's languages, or an operator's own files. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textsOf } from '../texts/texts.ts';
import { ConfigError } from './config-error.ts';

export const DOCUMENT_KINDS = ['terms', 'privacy'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export interface LegalText {
  readonly title: string;
  /** A paragraph that begins with `# ` is a heading. */
  readonly paragraphs: readonly string[];
}

/** The documents by language. English is always there. */
export interface LegalTexts {
  readonly documents: Readonly<Record<DocumentKind, ReadonlyMap<string, LegalText>>>;
  /** The note, by language, which says that these are sample texts. `{network}`, `{version}` and `{date}` are placeholders. */
  readonly notes: ReadonlyMap<string, string> | undefined;
}

/** Used when the operator has no texts of its own. They describe what this software does. */
export const SAMPLE_TEXTS: LegalTexts = readSamples();

function readSamples(): LegalTexts {
  const samples = [...textsOf('documents')];
  return {
    documents: {
      terms: new Map(samples.map(([language, { terms }]) => [language, terms])),
      privacy: new Map(samples.map(([language, { privacy }]) => [language, privacy])),
    },
    notes: new Map(samples.map(([language, { note }]) => [language, note])),
  };
}

const MAX_BYTES = 256 * 1024;
const FILE_NAME = /^(terms|privacy)\.([a-z]{2,3})\.txt$/;

/**
 * Reads the folder that LEGAL_TEXTS names, of `terms.en.txt`, `privacy.en.txt`, `terms.de.txt` and so on. UTF-8; the first line is the title,
 * blank lines separate the paragraphs. Throws {@link ConfigError}.
 */
export function readOwnTexts(folder: string): LegalTexts {
  const documents = { terms: new Map<string, LegalText>(), privacy: new Map<string, LegalText>() };
  for (const file of readOrRefuse(folder, () => readdirSync(folder).toSorted())) {
    const [, kind, language = ''] = FILE_NAME.exec(file) ?? [];
    if (kind !== 'terms' && kind !== 'privacy') continue;
    const bytes = readOrRefuse(folder, () => readFileSync(join(folder, file)));
    if (bytes.length > MAX_BYTES)
      throw new ConfigError('LEGAL_TEXTS', `has ${file} with more than ${MAX_BYTES} bytes.`);
    const content = readOrRefuse(folder, () => new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    const text = readText(content);
    if (text === undefined) throw new ConfigError('LEGAL_TEXTS', `has ${file} without a title and a paragraph.`);
    documents[kind].set(language, text);
  }
  const missing = DOCUMENT_KINDS.find((kind) => !documents[kind].has('en'));
  if (missing !== undefined) {
    const remedy = `has to hold ${missing}.en.txt: English stands in where a language is not there.`;
    throw new ConfigError('LEGAL_TEXTS', remedy);
  }
  return { documents, notes: undefined };
}

function readOrRefuse<Value>(folder: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigError('LEGAL_TEXTS', `names a folder whose files cannot be read as UTF-8 (${code}): ${folder}`);
  }
}

function readText(text: string): LegalText | undefined {
  const [title = '', ...paragraphs] = text
    .trim()
    .split(/\r?\n/)
    .join('\n')
    .replace(/^([^\n]+)\n/, '$1\n\n')
    .split(/\n[ \t]*\n+/)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== '');
  return title === '' || paragraphs.length === 0 ? undefined : { title, paragraphs };
}
