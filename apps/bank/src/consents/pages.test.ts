import { expect, test } from 'vitest';
import { chooseLanguage } from '../language.ts';
import { sayEdition } from './pages.ts';

const ENGLISH = chooseLanguage({ chosen: 'en', accepted: undefined });
const TERMS = { complianceType: 'TERMS_AND_CONDITIONS', uri: 'https://bank.example/terms' };

test.each([
  ['version and date', { version: '1', datePublished: '2026-10-01' }, /^version \P{L}?1\P{L}?, .*2026/u],
  ['the version alone', { version: '1' }, /^1$/],
  ['the date alone', { datePublished: '2026-10-01' }, /^(?!version).*2026/],
  ['neither', {}, /^$/],
])('a document of a receipt says %s', (_what, edition, shown) => {
  expect(sayEdition({ ...TERMS, ...edition }, ENGLISH)).toMatch(shown);
});
