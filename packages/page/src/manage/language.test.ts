import { directionOf } from '@payment-passkeys/protocol/texts';
import { describe, expect, it } from 'vitest';
import { LANGUAGES as HOSTED } from '../language.ts';
import { ENGLISH, LANGUAGES, loadLanguage } from './language.ts';

describe('the texts', () => {
  it('are there in the languages of the hosted page', () => expect(LANGUAGES).toEqual(HOSTED));

  it.each(LANGUAGES.filter((tag) => tag !== 'en'))('%s is not English left standing', async (tag) => {
    const { messages, direction } = await loadLanguage(tag);
    const same = Object.entries(messages).filter(([name, text]) =>
      Object.entries(ENGLISH.messages).some(([other, english]) => other === name && english === text),
    );
    expect(same).toEqual([]);
    expect(direction).toBe(directionOf(tag));
  });
});
