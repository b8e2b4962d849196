/** The texts of the screen of the audit trail. */
import { openCatalogue } from '../../language.ts';
import english from './texts/en.json' with { type: 'json' };

export const { say } = await openCatalogue(
  english,
  import.meta.glob(['./texts/*.json', '!./texts/en.json'], { import: 'default' }),
);
