/** The countries and languages served, as schemas of what a browser sends. */
import Type from 'typebox';
import type { Country, Language } from './wording.ts';
import { COUNTRIES, LANGUAGES } from './wording.ts';

export const CountryChoice = Type.Unsafe<Country>({ type: 'string', enum: [...COUNTRIES], default: 'US' });
export const LanguageChoice = Type.Unsafe<Language>({ type: 'string', enum: [...LANGUAGES], default: 'en' });
