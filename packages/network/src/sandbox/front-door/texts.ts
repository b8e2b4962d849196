/** The texts of the front door, in the languages of the hosted page. */
import { type TextsByLanguage, type TextsOf, textsOf } from '../../platform/texts/texts.ts';

export type Texts = TextsOf<'frontDoor'>;

export const TEXTS: TextsByLanguage<Texts> = textsOf('frontDoor');
