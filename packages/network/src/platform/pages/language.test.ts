import { expect, test } from 'vitest';
import { chooseLanguage } from './language.ts';

const TEN = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh'];

test.each([
  [{ asked: 'ar', accepted: 'de' }, 'ar'],
  [{ asked: 'zh-Hans', accepted: undefined }, 'zh'],
  [{ asked: 'nl', accepted: 'pt-BR;q=0.9, en' }, 'pt'],
  [{ asked: undefined, accepted: '*' }, 'en'],
  [{ asked: ['ja', 'de'], accepted: '' }, 'en'],
  [{ asked: '__proto__', accepted: undefined }, 'en'],
] as const)('%j reads it in %s', (wishes, language) => {
  expect(chooseLanguage(TEN, wishes)).toBe(language);
});
