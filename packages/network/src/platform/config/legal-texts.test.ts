import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { DOCUMENT_KINDS, readOwnTexts, SAMPLE_TEXTS } from './legal-texts.ts';

const TEN = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh'];
const folder = mkdtempSync(join(tmpdir(), 'legal-texts-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);

describe('the sample texts', () => {
  test.each(DOCUMENT_KINDS)(
    '%s is there in the page’s ten languages, each as long as the English one, each marked as a sample',
    (kind) => {
      const documents = SAMPLE_TEXTS.documents[kind];
      expect([...documents.keys()].toSorted()).toEqual(expect.arrayContaining(TEN));
      const english = documents.get('en');
      for (const [language, { title, paragraphs }] of documents) {
        expect(title.trim()).not.toBe('');
        expect(paragraphs).toHaveLength(english?.paragraphs.length ?? 0);
        if (language !== 'en') expect(paragraphs).not.toEqual(english?.paragraphs);
        const note = SAMPLE_TEXTS.notes?.get(language);
        for (const placeholder of ['{network}', '{version}', '{date}']) expect(note).toContain(placeholder);
      }
    },
  );
});

describe('an operator’s own texts', () => {
  test('are plain text files: a title, paragraphs, headings; English is needed of both', () => {
    write('terms.en.txt', 'Terms\r\n\r\nOne\r\nline.\r\n\r\n\r\n# Heading\r\n\r\nTwo.\r\n');
    expect(() => readOwnTexts(folder)).toThrow(/^LEGAL_TEXTS .*privacy\.en\.txt/);
    write('privacy.en.txt', '\ufeffPrivacy\nAt once.\n');
    write('terms.de.txt', 'Bedingungen\n\nEins.');
    write('notes.txt', 'not a document');
    const read = readOwnTexts(folder);
    expect(read.notes).toBeUndefined();
    expect(Object.fromEntries(read.documents.terms)).toEqual({
      en: { title: 'Terms', paragraphs: ['One\nline.', '# Heading', 'Two.'] },
      de: { title: 'Bedingungen', paragraphs: ['Eins.'] },
    });
    expect(read.documents.privacy.get('en')).toEqual({ title: 'Privacy', paragraphs: ['At once.'] });
  });

  test.each([
    ['terms.fr.txt', '  \n'],
    ['terms.fr.txt', 'Title alone'],
    ['terms.fr.txt', Buffer.from([0x54, 0xff, 0x0a, 0x0a, 0x41])],
  ])('%s is named or its folder refused where it holds no document: %j', (name, content) => {
    write(name, content);
    expect(() => readOwnTexts(folder)).toThrow(ConfigError);
    rmSync(join(folder, name));
  });
});
