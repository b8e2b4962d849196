/** The network's own texts: one JSON file for each language, named by its tag, with a section for each place that shows texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

type English = typeof import('./en.json');

/** By language tag. English is always there. */
export type TextsByLanguage<Texts> = ReadonlyMap<string, Texts>;

export type TextsOf<Section extends keyof English> = English[Section];

const FOLDER = new URL('./', import.meta.url);

/** One section in every language. scripts/check-languages.mjs checks that each file has every text. */
export function readTexts<Section extends keyof English>(section: Section): TextsByLanguage<TextsOf<Section>> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'));
  return new Map(
    files.toSorted().map((file) => {
      const texts = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as English;
      return [basename(file, '.json'), texts[section]];
    }),
  );
}
