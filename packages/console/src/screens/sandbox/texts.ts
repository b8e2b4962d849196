import { openCatalogue } from '../../language.ts';
import english from './texts/en.json' with { type: 'json' };

/** The texts of the sandbox's screens. */
export const { say, sayCount, find } = await openCatalogue(
  english,
  import.meta.glob(['./texts/*.json', '!./texts/en.json'], { import: 'default' }),
);
