/** The network's own texts: one JSON file for each language, named by its tag, with a section for each place that shows texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

type English = typeof import('./en.json');

/** By language tag. English is always there. */
export type TextsByLanguage<Texts> = ReadonlyMap<string, Texts>;

export type TextsOf<Section extends keyof English> = English[Section];

const FOLDER = new URL('./', import.meta.url);

/** scripts/check-languages.mjs checks that each file has every text. */
const LANGUAGES: readonly (readonly [string, English])[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.json'))
  .toSorted()
  .map((file) => [basename(file, '.json'), JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))]);

/** One section in every language. */
export function textsOf<Section extends keyof English>(section: Section): TextsByLanguage<TextsOf<Section>> {
  return new Map(LANGUAGES.map(([language, texts]) => [language, texts[section]]));
}
