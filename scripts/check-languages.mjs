/**
 * Checks that every language is complete: `node scripts/check-languages.mjs`. Each place with texts has one JSON file for each language,
 * named by its tag (`de.json`). The English file is the model for the others. docs/recipes.md says how a language is added.
 */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The folders with texts. `notLanguages` are their other files. Every folder has the same languages. Only a folder with `english` may have English
 * alone: those of the console, which the network's own operators read.
 */
const PLACES = [
  { folder: 'packages/page/src/texts' },
  { folder: 'packages/issuer/src/consent/reference', notLanguages: ['index.json'] },
  { folder: 'packages/network/src/platform/texts', notLanguages: ['texts.ts'] },
  { folder: 'apps/bank/src/texts' },
  { folder: 'apps/shop/src/texts' },
  ...globSync('packages/console/src/**/texts', { cwd: ROOT }).map((folder) => ({ folder, english: true })),
];

const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other'];
/** The plural categories by language tag, cached: many texts need them. */
const categories = new Map();

if (import.meta.filename === process.argv[1]) {
  const places = PLACES.map(readPlace);
  const findings = findMissing(places);
  for (const finding of findings) console.error(finding);
  const languages = [...places[0].texts.keys()];
  const folders = places.filter(({ english }) => !english).length;
  if (findings.length === 0)
    console.log(`${languages.length} languages, each in ${folders} files: ${languages.join(' ')}`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function readPlace({ folder, notLanguages = [], english = false }) {
  const files = readdirSync(path.join(ROOT, folder)).filter((file) => !notLanguages.includes(file));
  const texts = files.toSorted().map((file) => {
    return [path.basename(file, '.json'), JSON.parse(readFileSync(path.join(ROOT, folder, file), 'utf8'))];
  });
  return { folder, texts: new Map(texts), english };
}

/** A line for each missing or superfluous thing. Each place is `{ folder, texts, english }`; `texts` maps a tag to its file's content. */
export function findMissing(places) {
  const all = new Set(places.flatMap(({ texts }) => [...texts.keys()]));
  return places.flatMap(({ folder, texts, english: englishOnly = false }) => {
    const english = new Map(entriesOf(texts.get('en') ?? {}));
    return [...(englishOnly && texts.size === 1 ? texts.keys() : all)].toSorted().flatMap((tag) => {
      const language = texts.get(tag);
      if (language === undefined) return [`${folder}/${tag}.json is missing`];
      return compare(english, new Map(entriesOf(language)), tag).map((finding) => `${folder}/${tag}.json: ${finding}`);
    });
  });
}

function compare(english, texts, tag) {
  const missing = [...english.keys()].filter((name) => !texts.has(name)).map((name) => `${name} is missing`);
  const found = [...texts].flatMap(([name, text]) => {
    const wanted = english.get(name);
    if (wanted === undefined) return [`${name} is not among the English texts`];
    if (isPlural(wanted) !== isPlural(text))
      return [
        `${name} ${isPlural(wanted) ? 'needs plural forms' : 'has plural forms, which the English text does not have'}`,
      ];
    return [
      ...(isPlural(text) ? missingForms(text, tag).map((form) => `${name} lacks the plural form "${form}"`) : []),
      ...Object.entries(formsOf(text)).flatMap(([category, form]) => [
        ...(form.trim() === '' ? [`${name} has an empty text`] : []),
        ...comparePlaceholders(wanted, form, isForOneNumber(category, tag)).map((finding) => `${name} ${finding}`),
      ]),
    ];
  });
  return [...missing, ...found];
}

/** Every text with the names that lead to it: `words.counts.cards`. Plural forms are one text. */
function entriesOf(value, name = '') {
  if (typeof value !== 'object' || value === null || isPlural(value)) return [[name, value]];
  return Object.entries(value).flatMap(([key, member]) => entriesOf(member, name === '' ? key : `${name}.${key}`));
}

function isPlural(value) {
  return (
    typeof value === 'object' &&
    Object.hasOwn(value, 'other') &&
    Object.keys(value).every((key) => CATEGORIES.includes(key))
  );
}

/** The forms of a text by plural category. A text without plural forms has one form, under `""`. */
function formsOf(text) {
  return isPlural(text) ? text : { '': String(text) };
}

function missingForms(text, tag) {
  const needed = new Set(categoriesOf(tag));
  return CATEGORIES.filter((category) => needed.has(category) && !Object.hasOwn(text, category));
}

/** Whether the category contains a single number, like "two" in Arabic. The form for it may leave out the number. */
function isForOneNumber(category, tag) {
  return categoriesOf(tag).filter((each) => each === category).length === 1;
}

/** The plural category of each whole number up to 1,000. Larger numbers do not occur, so the Spanish form for a million is not needed. */
function categoriesOf(tag) {
  const known = categories.get(tag);
  if (known !== undefined) return known;
  const rules = new Intl.PluralRules(tag);
  const all = Array.from({ length: 1001 }, (_, count) => rules.select(count));
  categories.set(tag, all);
  return all;
}

function comparePlaceholders(english, form, mayLackCount) {
  const wanted = new Set(Object.values(formsOf(english)).flatMap(placeholdersOf));
  const found = new Set(placeholdersOf(form));
  const required = [...wanted].filter((name) => !(mayLackCount && name === '{count}'));
  return [
    ...required.filter((name) => !found.has(name)).map((name) => `lacks ${name}`),
    ...[...found]
      .filter((name) => !wanted.has(name))
      .map((name) => `has ${name}, which the English text does not have`),
  ];
}

function placeholdersOf(text) {
  return text.match(/\{\w+\}/g) ?? [];
}
