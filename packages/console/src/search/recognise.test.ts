import { describe, expect, it } from 'vitest';
import { recognise } from './recognise.ts';

describe('a typed account is recognised by its shape', () => {
  it.each([
    ['5555555555554444', { primaryAccountNumber: '5555555555554444' }, '•••• 4444'],
    [' 5555 5555-5555 4444 ', { primaryAccountNumber: '5555555555554444' }, '•••• 4444'],
    ['378282246310005', { primaryAccountNumber: '378282246310005' }, '•••• 0005'],
    ['avery@larkmoor.example', { emailAddress: 'avery@larkmoor.example' }, 'a•••@l•••.example'],
    ['+1 415 555 0100', { mobileNumber: { countryCode: '1', phoneNumber: '4155550100' } }, '••• 00'],
    ['0044 7911 123456', { mobileNumber: { countryCode: '44', phoneNumber: '7911123456' } }, '••• 56'],
    ['+353 (86) 123-4567', { mobileNumber: { countryCode: '353', phoneNumber: '861234567' } }, '••• 67'],
    ['+49/151/23456789', { mobileNumber: { countryCode: '49', phoneNumber: '15123456789' } }, '••• 89'],
  ])('%s', (typed, account, masked) => {
    expect(recognise(typed)).toEqual({ kind: 'ACCOUNT', account, masked });
  });
});

describe('everything else is an id', () => {
  it.each(['q0ZQq3kHTIKBWJ8qOKPmpw', '3f2b0c9e-5d3e-4c57-9d11-0a51c6c9d6aa', 'A-1042', '1042', 'binding/7'])(
    '%s',
    (typed) => {
      expect(recognise(` ${typed} `)).toEqual({ kind: 'ID', id: typed });
    },
  );

  it('also an order of digits with # before it', () => {
    expect(recognise('#5555555555554444')).toEqual({ kind: 'ID', id: '5555555555554444' });
  });
});

describe('in doubt a text is not an id', () => {
  it.each([
    ['5555555555554445', 'CHECK_DIGIT'],
    ['555555555', 'CHECK_DIGIT'],
    ['07911 123456', 'CHECK_DIGIT'],
    ['5555555555554444444444', 'CHECK_DIGIT'],
    ['+12', 'MOBILE_NUMBER'],
    ['+4479111234567890', 'MOBILE_NUMBER'],
    ['avery@', 'EMAIL_ADDRESS'],
    ['avery stone@larkmoor.example', 'EMAIL_ADDRESS'],
    ['two words', 'ID'],
    ['x'.repeat(129), 'ID'],
    ['ключ', 'ID'],
  ])('%s', (typed, problem) => {
    expect(recognise(typed)).toEqual({ kind: 'PROBLEM', problem });
  });

  it('nothing is nothing', () => expect(recognise('  ')).toEqual({ kind: 'NOTHING' }));
});
