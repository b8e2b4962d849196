/** The texts of the screens about clients. */
import { openCatalogue } from '../../language.ts';
import english from './texts/en.json' with { type: 'json' };

export const { say, sayCount, find } = await openCatalogue(
  english,
  import.meta.glob(['./texts/*.json', '!./texts/en.json'], { import: 'default' }),
);
