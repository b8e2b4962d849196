import { fillText, splitText } from '@payment-passkeys/protocol/texts';
import { describe, expect, it } from 'vitest';
import { chooseLanguage, ENGLISH, LANGUAGES, loadLanguage } from './language.ts';

const placeholders = (message: string) => (message.match(/\{\w+\}/g) ?? []).sort();
const formsOf = (text: string | object): readonly string[] => (typeof text === 'string' ? [text] : Object.values(text));
const english = ENGLISH.messages;

const TEN = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'id', 'ja', 'pt', 'zh'];

describe('messages', () => {
  it('ships the ten languages', () => {
    expect(LANGUAGES).toEqual(expect.arrayContaining(TEN));
  });

  it.each(LANGUAGES)('%s has every message, with the placeholders of the English one', async (tag) => {
    const { messages } = await loadLanguage(tag);
    expect(Object.keys(messages).sort()).toEqual(Object.keys(english).sort());
    for (const [name, message] of Object.entries(messages)) {
      const [form = ''] = formsOf(english[name as keyof typeof english]);
      for (const each of formsOf(message)) {
        expect(each.trim(), name).not.toBe('');
        expect(placeholders(each), name).toEqual(placeholders(form));
      }
    }
  });

  it.each(LANGUAGES.filter((tag) => tag !== 'en'))('%s is not English left standing', async (tag) => {
    const { messages } = await loadLanguage(tag);
    const same = Object.entries(messages).filter(
      ([name, text]) => formsOf(text).join() === formsOf(english[name as keyof typeof english]).join(),
    );
    expect(
      same.map(([name]) => name).filter((name) => name !== 'code' && name !== 'email' && name !== 'mobile'),
    ).toEqual([]);
  });

  it("gives the buttons the contract's accessible names in English", () => {
    expect(english).toMatchObject({
      createAction: 'Create passkey',
      useAction: 'Use passkey',
      declineAction: 'Not now',
      useAnotherAction: 'Use a passkey I already have',
      createAnotherAction: 'Create a new passkey',
      goBackAction: 'Go back',
      retryAction: 'Try again',
      payAction: 'Pay with passkey',
      confirmAction: 'Confirm with your bank instead',
      agreeAction: 'Agree and continue',
    });
  });
});

describe('the language', () => {
  it.each([
    [['pt-BR', 'en'], 'pt'],
    [['qaa', 'fr-CA'], 'fr'],
    [['ZH-Hant-TW'], 'zh'],
    [['de_AT'], 'de'],
    [['qaa', 'qab'], 'en'],
    [[''], 'en'],
    [[], 'en'],
    [['constructor'], 'en'],
  ])('is, of %j, %s', (wishes, chosen) => expect(chooseLanguage(wishes)).toBe(chosen));

  it('is written from right to left in Arabic alone', async () => {
    const directions = await Promise.all(TEN.map(async (tag) => [tag, (await loadLanguage(tag)).direction]));
    expect(directions.filter(([, direction]) => direction === 'rtl')).toEqual([['ar', 'rtl']]);
  });

  it('is English where the asked one does not exist', async () => expect(await loadLanguage('qaa')).toBe(ENGLISH));

  it('fills placeholders as text, once, and keeps what it has no value for', () => {
    expect(fillText('To {clientName}', { clientName: '{count} $& Bank' })).toBe('To {count} $& Bank');
    expect(fillText('{count} more', {})).toBe('{count} more');
    expect(splitText('To {clientName}!')).toEqual(['To ', 'clientName', '!']);
  });
});
