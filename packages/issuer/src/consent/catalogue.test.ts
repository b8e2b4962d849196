import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  CatalogueError,
  chooseText,
  eligibleCountries,
  findGaps,
  mergeCatalogue,
  REFERENCE_CATALOGUE,
  readCatalogue,
} from './index.ts';

const ORIGIN = { origin: 'https://bank.example', countries: Object.keys(REFERENCE_CATALOGUE.index.countries) };
const TAGS = Object.keys(REFERENCE_CATALOGUE.languages);

/** A copy in which a test breaks one thing. */
function broken(breakIt: (catalogue: ReturnType<typeof copy>) => void) {
  const catalogue = copy();
  breakIt(catalogue);
  return catalogue;
}
const copy = () => JSON.parse(JSON.stringify(REFERENCE_CATALOGUE));

describe('the reference catalogue', () => {
  test('is as its schema says and lacks nothing', () => {
    expect(() => readCatalogue(REFERENCE_CATALOGUE, ORIGIN)).not.toThrow();
    expect(findGaps(REFERENCE_CATALOGUE)).toEqual([]);
  });

  test('has ten languages, twelve eligible countries, and some that are known and are not', () => {
    expect(TAGS).toEqual(expect.arrayContaining(['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh']));
    expect(eligibleCountries(REFERENCE_CATALOGUE.index)).toHaveLength(12);
    const reasons = Object.values(REFERENCE_CATALOGUE.index.countries).flatMap((rules) =>
      rules.eligible ? [] : [rules.because],
    );
    expect(new Set(reasons)).toEqual(new Set(['REGION_NOT_SERVED', 'NOT_YET_SERVED']));
  });

  test('every file of its folder is part of it', () => {
    const files = globSync('*.json', { cwd: new URL('reference/', import.meta.url) });
    expect(files.sort()).toEqual([...TAGS.map((tag) => `${tag}.json`), 'index.json'].sort());
    for (const tag of TAGS) {
      const file = readFileSync(new URL(`reference/${tag}.json`, import.meta.url), 'utf8');
      expect(REFERENCE_CATALOGUE.languages[tag]).toEqual(JSON.parse(file));
    }
  });

  test.each(TAGS.filter((tag) => tag !== 'en'))(
    '%s is not English left standing, and has its own country texts',
    (tag) => {
      const { en } = REFERENCE_CATALOGUE.languages;
      const entries = REFERENCE_CATALOGUE.languages[tag];
      const same = Object.entries(entries?.words ?? {}).filter(([name, text]) => text === en?.words[name as 'agree']);
      expect(same.map(([name]) => name).filter((name) => !['email', 'mobile', 'edition'].includes(name))).toEqual([]);
      expect(entries?.consent.paragraphs).toHaveLength(en?.consent.paragraphs.length ?? 0);
      expect(Object.keys(entries?.countries ?? {})).toEqual(Object.keys(en?.countries ?? {}));
    },
  );

  test('the buttons have the accessible names of the contract in English', () => {
    expect(REFERENCE_CATALOGUE.languages.en?.words).toMatchObject({
      agree: 'Agree and continue',
      decline: 'Not now',
      country: 'Country',
      language: 'Language',
      terms: 'Terms of Use',
      privacy: 'Privacy Notice',
    });
  });
});

describe('a catalogue is refused', () => {
  test.each([
    [
      'without English',
      'en is missing',
      broken(({ index, languages }) => {
        delete index.languages.en;
        delete languages.en;
      }),
    ],
    [
      'with a language that has no entries',
      'es has no entries',
      broken(({ languages }) => {
        delete languages.es;
      }),
    ],
    [
      'with entries that the index does not name',
      'ja has entries and is not in the index',
      broken(({ index }) => {
        delete index.languages.ja;
        index.countries.JP.languages = ['en'];
      }),
    ],
    [
      'with a country without a name',
      'hi has no name for BR',
      broken(({ languages }) => {
        delete languages.hi.countryNames.BR;
      }),
    ],
    [
      'with a plural form missing',
      'ar counts.cards lacks few',
      broken(({ languages }) => {
        delete languages.ar.words.counts.cards.few;
      }),
    ],
    [
      'with a text that lacks a link',
      'fr-US does not link {privacy}',
      broken(({ languages }) => {
        languages.fr.consent.paragraphs[0] = 'Les {terms}.';
      }),
    ],
    [
      'with a placeholder that nothing fills',
      'de-US leaves {agre} standing',
      broken(({ languages }) => {
        languages.de.consent.paragraphs[1] = '{agre}';
      }),
    ],
    [
      'with words that lack their placeholder',
      'id words.cardEnding lacks {digits}',
      broken(({ languages }) => {
        languages.id.words.cardEnding = 'Kartu';
      }),
    ],
    [
      'with a country whose language is none of it',
      'US names qaa',
      broken(({ index }) => {
        index.countries.US.languages = ['qaa'];
      }),
    ],
    [
      'with a file of another language',
      'pt says that it is es',
      broken(({ languages }) => {
        languages.pt.language = 'es';
      }),
    ],
    [
      'with a version that the network does not take',
      '/languages/en/consent/version',
      broken(({ languages }) => {
        languages.en.consent.version = '12345678901';
      }),
    ],
    [
      'with an address that runs script',
      '/languages/en/consent/terms',
      broken(({ languages }) => {
        languages.en.consent.terms = 'javascript:alert(1)';
      }),
    ],
    [
      'with a reason that nobody has words for',
      '/index/countries/DE',
      broken(({ index }) => {
        index.countries.DE.because = 'OTHER';
      }),
    ],
  ])('%s', (_title, fault, catalogue) => {
    expect(() => readCatalogue(catalogue, ORIGIN)).toThrow(CatalogueError);
    expect(() => readCatalogue(catalogue, ORIGIN)).toThrow(fault);
  });
});

describe("narrowed to the client's countries", () => {
  const narrow = (countries: readonly string[]) => readCatalogue(REFERENCE_CATALOGUE, { ...ORIGIN, countries });

  test('no other country is in the index, nor in any language: the element shows what the network takes', () => {
    const { index, languages } = narrow(['BR', 'US']);
    expect(Object.keys(index.countries)).toEqual(['US', 'BR']);
    for (const entries of Object.values(languages)) {
      expect(Object.keys(entries.countryNames)).toEqual(['US', 'BR']);
      expect(Object.keys(entries.countries).filter((country) => country !== 'US' && country !== 'BR')).toEqual([]);
    }
    expect(chooseText(index, { country: 'MX', languages: ['es'] })).toBeUndefined();
  });

  test('a country that is not eligible may be named as well, to say why', () => {
    expect(chooseText(narrow(['US', 'DE']).index, { country: 'DE', languages: ['de'] })).toMatchObject({
      ineligible: 'REGION_NOT_SERVED',
    });
  });

  test('a country that the catalogue lacks is told', () => {
    expect(() => narrow(['US', 'PH'])).toThrow(CatalogueError);
    expect(() => narrow(['US', 'PH'])).toThrow('PH');
  });
});

describe("a bank's own file", () => {
  test('replaces words and texts one by one, in one language or in all', () => {
    const merged = mergeCatalogue(REFERENCE_CATALOGUE, {
      version: 'own-1',
      languages: {
        '*': { consent: { terms: '/terms/{country}/{language}' } },
        es: {
          words: { heading: 'Otro título' },
          countries: { MX: { version: '1.1', additions: ['Solo en México.'] } },
        },
      },
    });
    const { index, languages } = readCatalogue(merged, ORIGIN);
    expect(index.version).toBe('own-1');
    expect(languages.ja?.consent.terms).toBe('https://bank.example/terms/{country}/{language}');
    expect(languages.es?.words.heading).toBe('Otro título');
    expect(languages.es?.words.agree).toBe(REFERENCE_CATALOGUE.languages.es?.words.agree);
    expect(languages.es?.countries).toMatchObject({ MX: { version: '1.1' }, BR: { additions: [expect.any(String)] } });
  });

  test('adds a country, and says whose name for it is missing', () => {
    const countries = { NL: { languages: ['en'], eligible: false, because: 'REGION_NOT_SERVED' } };
    const without = mergeCatalogue(REFERENCE_CATALOGUE, { version: 'own-1', countries });
    expect(findGaps(without)).toContain('ja has no name for NL');
    const languages = { '*': { countryNames: { NL: 'Nederland' } } };
    const merged = mergeCatalogue(REFERENCE_CATALOGUE, { version: 'own-1', countries, languages });
    const { index } = readCatalogue(merged, { ...ORIGIN, countries: [...ORIGIN.countries, 'NL'] });
    expect(chooseText(index, { country: 'NL', languages: ['qaa'] })).toMatchObject({
      language: 'en',
      ineligible: 'REGION_NOT_SERVED',
    });
  });

  test('adds a language, which has to be whole', () => {
    const added = { version: 'own-1', addedLanguages: { qaa: { name: 'A language of its own', direction: 'ltr' } } };
    const { language: _, ...whole } = REFERENCE_CATALOGUE.languages.de ?? { language: 'de' };
    expect(() =>
      readCatalogue(
        mergeCatalogue(REFERENCE_CATALOGUE, { ...added, languages: { qaa: { consent: { version: '2' } } } }),
        ORIGIN,
      ),
    ).toThrow('/languages/qaa');
    const merged = readCatalogue(mergeCatalogue(REFERENCE_CATALOGUE, { ...added, languages: { qaa: whole } }), ORIGIN);
    expect(chooseText(merged.index, { country: 'US', languages: ['qaa-BE'] })).toMatchObject({ language: 'qaa' });
  });

  test.each([
    ['without a version of its own', { languages: {} }, '/version'],
    ['for a language that is not there', { version: '1', languages: { qaa: {} } }, '/languages/qaa'],
    ['with a word that is no text', { version: '1', languages: { en: { words: { agree: '' } } } }, 'agree'],
  ])('is refused %s', (_title, changes, fault) => {
    expect(() => mergeCatalogue(REFERENCE_CATALOGUE, changes)).toThrow(fault);
  });
});

describe('the text that is shown', () => {
  const { index } = REFERENCE_CATALOGUE;

  test.each([
    ['MX', ['fr'], 'fr', 'WISHED'],
    ['BR', ['qaa', 'pt-PT'], 'pt', 'WISHED'],
    ['SG', ['zh-Hant-TW'], 'zh', 'WISHED'],
    ['US', ['ES_419'], 'es', 'WISHED'],
    ['BR', ['qaa', 'qab'], 'pt', 'COUNTRY'],
    ['IN', [], 'hi', 'COUNTRY'],
    ['AE', ['constructor', '__proto__'], 'ar', 'COUNTRY'],
  ])('for %s and %j is in %s: %s', (country, languages, language, because) => {
    expect(chooseText(index, { country, languages })).toEqual({ country, language, because });
  });

  test("is English where neither a wish nor the country's own language is there", () => {
    const { en } = index.languages;
    expect(
      chooseText({ ...index, languages: { en } as typeof index.languages }, { country: 'JP', languages: ['pt'] }),
    ).toEqual({
      country: 'JP',
      language: 'en',
      because: 'ENGLISH',
    });
  });

  test('a country that is not eligible says why; an unknown one has no text', () => {
    expect(chooseText(index, { country: 'DE', languages: ['de'] })).toMatchObject({ ineligible: 'REGION_NOT_SERVED' });
    expect(chooseText(index, { country: 'CN', languages: ['zh'] })).toMatchObject({ ineligible: 'NOT_YET_SERVED' });
    expect(chooseText(index, { country: 'ZZ', languages: ['en'] })).toBeUndefined();
    expect(chooseText(index, { country: 'constructor', languages: ['en'] })).toBeUndefined();
  });
});
