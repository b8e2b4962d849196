import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openCatalogue } from '../registration/catalogue-source.ts';
import { acceptScene, buildScene } from '../registration/scene.ts';
import {
  createConsents,
  hashText,
  type LanguageEntries,
  REFERENCE_CATALOGUE,
  readCatalogue,
  readConsentText,
  renderConsent,
} from './index.ts';
import type { ConsentReceipt } from './receipt.ts';

const BANK = 'Example Bank';
const catalogue = readCatalogue(REFERENCE_CATALOGUE, {
  origin: 'https://bank.example',
  countries: Object.keys(REFERENCE_CATALOGUE.index.countries),
});
const places = Object.keys(catalogue.languages).flatMap((language) =>
  Object.keys(catalogue.index.countries).map((country) => ({ country, language })),
);

describe('a rendered consent', () => {
  test('its text can be taken apart again: paragraphs, documents by name and address, edition', () => {
    for (const { country, language } of places) {
      const entries = catalogue.languages[language] as LanguageEntries;
      const { text, paragraphs, documents } = renderConsent({ entries, country, bank: BANK });
      const parts = readConsentText(text);
      expect(parts.paragraphs).toHaveLength(paragraphs.length);
      expect(parts.documents).toEqual(
        [documents.terms, documents.privacy].map(({ text: name, uri }) => ({ name: name.normalize('NFC'), uri })),
      );
      expect([
        ...parts.paragraphs,
        ...parts.documents.map(({ name, uri }) => `${name}: ${uri}`),
        parts.edition,
      ]).toEqual(text.split('\n'));
    }
    expect(() => readConsentText('something else')).toThrow(RangeError);
  });

  test('has the text with names filled in, both addresses and the edition, and nothing else', () => {
    const { text, paragraphs, resources } = renderConsent({
      entries: catalogue.languages.en as LanguageEntries,
      country: 'BR',
      bank: BANK,
    });
    expect(text.split('\n')).toEqual([
      'By choosing “Agree and continue” you accept the Terms of Use and confirm that you have read the Privacy Notice. The country that they apply to is: Brazil.',
      expect.stringContaining('Example Bank'),
      expect.any(String),
      expect.any(String),
      expect.stringContaining('LGPD'),
      'Terms of Use: https://network.example/passkeys/en-BR/terms-of-use',
      'Privacy Notice: https://network.example/passkeys/en-BR/privacy-notice',
      '1.0 2026-10-01 en-BR',
    ]);
    expect(paragraphs[0]).toContainEqual({
      document: 'terms',
      text: 'Terms of Use',
      uri: 'https://network.example/passkeys/en-BR/terms-of-use',
    });
    expect(
      resources.map(({ complianceType, version, datePublished }) => [complianceType, version, datePublished]),
    ).toEqual([
      ['TERMS_AND_CONDITIONS', '1.0', '2026-10-01'],
      ['PRIVACY_POLICY', '1.0', '2026-10-01'],
    ]);
  });

  test('a name with braces or a dollar sign is text', () => {
    const entries = catalogue.languages.en as LanguageEntries;
    expect(renderConsent({ entries, country: 'US', bank: "{terms} $& $'" }).text).toContain("{terms} $& $'");
  });

  test('is the same in Unicode NFC however the bank spells its name', async () => {
    const entries = catalogue.languages.en as LanguageEntries;
    const hashes = ['Cafe\u0301', 'Caf\u00e9'].map((bank) =>
      hashText(renderConsent({ entries, country: 'US', bank }).text),
    );
    expect(new Set(await Promise.all(hashes)).size).toBe(1);
  });

  test('its hash is the SHA-256 of its UTF-8', async () => {
    expect(await hashText('同意 é')).toBe(createHash('sha256').update('同意 é', 'utf8').digest('hex'));
  });
});

test.each(places)(
  '$language-$country: what the element accepts is what the server records, or is refused alike',
  async (place) => {
    const { country, language } = place;
    const kept: ConsentReceipt[] = [];
    const consents = createConsents({
      catalogue,
      bank: BANK,
      clock: () => new Date('2026-11-24T10:00:00Z'),
      store: {
        addReceipt: async (receipt) => void kept.push(receipt),
        findReceipt: async () => undefined,
        findReceiptsOf: async () => [],
        findReceipts: async () => [],
      },
    });
    const source = openCatalogue(catalogue, 'https://bank.example/');
    const scene = await buildScene(source, { country, languages: [language], bank: BANK, offered: [] });
    const accepted = acceptScene(scene, { accounts: ['card-1'], now: new Date('2026-11-24T09:59:00Z') });
    const recording = consents.record({
      cardholderId: 'c',
      channel: 'WEB',
      accepted: JSON.stringify(accepted),
      accounts: ['•••• 4444'],
    });
    if (scene.ineligible !== undefined) {
      await expect(recording).rejects.toMatchObject({ code: 'COUNTRY_NOT_ELIGIBLE' });
      expect(kept).toEqual([]);
      return;
    }
    const { receipt, consent, complianceResources } = await recording;
    expect(kept).toEqual([receipt]);
    expect(receipt).toMatchObject({
      ...place,
      textHash: accepted.textHash,
      text: scene.consent.text,
      textVersion: '1.0',
    });
    expect(consent).toEqual({ ...place, acceptedAt: '2026-11-24T10:00:00.000Z' });
    expect(complianceResources).toEqual(accepted.resources);
  },
);

describe('a consent is refused, and nothing is kept', () => {
  const kept: unknown[] = [];
  const consents = createConsents({
    catalogue,
    bank: BANK,
    store: {
      addReceipt: async (receipt) => void kept.push(receipt),
      findReceipt: async () => undefined,
      findReceiptsOf: async () => [],
      findReceipts: async () => [],
    },
  });
  const record = (accepted: unknown) => consents.record({ cardholderId: 'c', channel: 'WEB', accepted, accounts: [] });
  const valid = async () => ({
    country: 'US',
    language: 'en',
    catalogueVersion: catalogue.index.version,
    textHash: (await consents.show({ country: 'US', language: 'en' })).textHash,
  });

  test('the valid one is taken', async () => {
    await expect(record(await valid())).resolves.toBeDefined();
    kept.length = 0;
  });

  test.each([
    ['no JSON', 'x', 'CONSENT_MALFORMED'],
    ['nothing', undefined, 'CONSENT_MALFORMED'],
    ['too long a text', ' '.repeat(20_000), 'CONSENT_MALFORMED'],
    ['no hash', { textHash: undefined }, 'CONSENT_MALFORMED'],
    ['a hash that is none', { textHash: 'abc' }, 'CONSENT_MALFORMED'],
    ['the hash of another text', { textHash: '0'.repeat(64) }, 'CONSENT_CHANGED'],
    ['another catalogue', { catalogueVersion: 'older' }, 'CONSENT_CHANGED'],
    ['the text of another country', { country: 'CA' }, 'CONSENT_CHANGED'],
    ['a country that is not there', { country: 'ZZ' }, 'COUNTRY_UNKNOWN'],
    ['a language that is not there', { language: 'qaa' }, 'LANGUAGE_UNKNOWN'],
    ['a dialect, which the screen would have resolved', { language: 'en-GB' }, 'LANGUAGE_UNKNOWN'],
    ['a country that is not eligible', { country: 'DE' }, 'COUNTRY_NOT_ELIGIBLE'],
  ])('%s: %s', async (_title, change, code) => {
    const accepted = typeof change === 'object' ? { ...(await valid()), ...change } : change;
    await expect(record(accepted)).rejects.toMatchObject({ code });
    expect(kept).toEqual([]);
  });
});
