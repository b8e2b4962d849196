/** The texts of the front door, in the languages of the hosted page. */
import { readTexts, type TextsByLanguage } from '../../platform/pages/plain-pages.ts';

export type Texts = typeof import('./texts/en.json');

export const TEXTS: TextsByLanguage<Texts> = readTexts(new URL('./texts/', import.meta.url));
