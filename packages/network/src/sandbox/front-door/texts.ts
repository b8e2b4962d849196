/** The texts of the front door, in the languages of the hosted page. */
import { readTexts, type TextsByLanguage, type TextsOf } from '../../platform/texts/read-texts.ts';

export type Texts = TextsOf<'frontDoor'>;

export const TEXTS: TextsByLanguage<Texts> = readTexts('frontDoor');
