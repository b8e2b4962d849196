import { randomBytes } from 'node:crypto';
import type { AccountReferences } from '@payment-passkeys/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  boundIndexes,
  indexAccounts,
  indexSession,
  lookupIndexes,
  sealAccounts,
  unsealAccounts,
  type VaultKeys,
} from './account-vault.ts';
import { canonicalAccounts, NORMAL_FORM } from './canonical-account.ts';

const key = (version: number) => ({ version, secret: Buffer.alloc(32, version), normalForm: NORMAL_FORM });
const KEYS: VaultKeys = { encryption: [key(1)], index: [key(1)] };
const ROTATED: VaultKeys = { encryption: [key(2), key(1)], index: [key(2), key(1)] };
const ACCOUNTS: AccountReferences = {
  cards: [{ primaryAccountNumber: '5555555555554444', panExpirationMonth: '12', panExpirationYear: '2032' }],
  emailAddresses: ['Avery@Mail.example'],
  mobileNumbers: [{ countryCode: '1', phoneNumber: '5550100123' }],
};
const hex = (indexes: readonly Buffer[]) => indexes.map((index) => index.toString('hex'));

describe('account references at rest', () => {
  test('are what was sealed', () => {
    expect(unsealAccounts(sealAccounts(ACCOUNTS, KEYS, 'a'), KEYS, 'a')).toEqual(ACCOUNTS);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (emailAddresses) => {
        const accounts = { ...ACCOUNTS, emailAddresses };
        expect(unsealAccounts(sealAccounts(accounts, KEYS, 'a'), KEYS, 'a')).toEqual(accounts);
      }),
    );
  });

  test('are another ciphertext each time, and show nothing of themselves', () => {
    const sealed = sealAccounts(ACCOUNTS, KEYS, 'a');
    expect(sealed.equals(sealAccounts(ACCOUNTS, KEYS, 'a'))).toBe(false);
    expect(sealed.toString('latin1')).not.toMatch(/5555|avery|mail|cards/i);
  });

  test("belong to their session: in another one's row they are refused", () => {
    expect(() => unsealAccounts(sealAccounts(ACCOUNTS, KEYS, 'a'), KEYS, 'b')).toThrow();
  });

  test('are refused with any bit changed, and cut short', () => {
    const sealed = sealAccounts(ACCOUNTS, KEYS, 'a');
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const changed = Buffer.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => unsealAccounts(changed, KEYS, 'a')).toThrow();
      }),
    );
    for (const length of [0, 1, 13, 28, 29, sealed.length - 1]) {
      expect(() => unsealAccounts(sealed.subarray(0, length), KEYS, 'a')).toThrow();
    }
  });

  test('another key of the same version does not open them', () => {
    const other = { ...KEYS, encryption: [{ version: 1, secret: randomBytes(32) }] };
    expect(() => unsealAccounts(sealAccounts(ACCOUNTS, other, 'a'), KEYS, 'a')).toThrow();
  });

  test('name their key version: the newest seals, the older ones still open', () => {
    const old = sealAccounts(ACCOUNTS, KEYS, 'a');
    expect(old[0]).toBe(1);
    expect(unsealAccounts(old, ROTATED, 'a')).toEqual(ACCOUNTS);
    expect(sealAccounts(ACCOUNTS, ROTATED, 'a')[0]).toBe(2);
    expect(() => unsealAccounts(sealAccounts(ACCOUNTS, ROTATED, 'a'), KEYS, 'a')).toThrow(/version 2/);
  });
});

describe('the index of an account', () => {
  test('is the same for every spelling: PAN digits; e-mail trimmed, NFC, lower-cased; phone in E.164 digits', () => {
    const respelt: AccountReferences = {
      cards: [{ ...ACCOUNTS.cards[0], primaryAccountNumber: '5555 5555-5555 4444' } as AccountReferences['cards'][0]],
      emailAddresses: [' AVERY@mail.EXAMPLE\n'],
      mobileNumbers: [{ countryCode: '+1', phoneNumber: '(555) 010-0123' }],
    };
    expect(indexAccounts(respelt, KEYS)).toEqual(indexAccounts(ACCOUNTS, KEYS));
    const composed = { ...ACCOUNTS, emailAddresses: ['am\u00e9lie@mail.example'] };
    const decomposed = { ...ACCOUNTS, emailAddresses: ['ame\u0301lie@mail.example'] };
    expect(indexAccounts(composed, KEYS)).toEqual(indexAccounts(decomposed, KEYS));
  });

  test('is another for another account, kind, and key', () => {
    const [card, email, mobile] = hex(indexAccounts(ACCOUNTS, KEYS).map(({ index }) => index));
    expect(new Set([card, email, mobile]).size).toBe(3);
    const asMobile = {
      cards: ACCOUNTS.cards,
      mobileNumbers: [{ countryCode: '55555555', phoneNumber: '55554444' }],
    };
    expect(hex(indexAccounts(asMobile, KEYS).map(({ index }) => index))[1]).not.toBe(card);
    expect(hex(indexAccounts(ACCOUNTS, ROTATED).map(({ index }) => index))[0]).not.toBe(card);
  });

  test('is made once for each account, by the newest key, and says its version', () => {
    const twice = { ...ACCOUNTS, emailAddresses: ['avery@mail.example', 'AVERY@mail.example'] };
    expect(canonicalAccounts(twice)).toEqual([
      { kind: 'CARD', value: '5555555555554444' },
      { kind: 'EMAIL', value: 'avery@mail.example' },
      { kind: 'MOBILE', value: '15550100123' },
    ]);
    expect(indexAccounts(twice, ROTATED).map(({ kind, keyVersion }) => [kind, keyVersion])).toEqual([
      ['CARD', 2],
      ['EMAIL', 2],
      ['MOBILE', 2],
    ]);
  });

  test('is looked for by every key version, so that older bindings are found', () => {
    const wanted = hex(lookupIndexes(ACCOUNTS, ROTATED));
    expect(wanted).toHaveLength(6);
    for (const keys of [KEYS, ROTATED]) {
      for (const index of hex(indexAccounts(ACCOUNTS, keys).map(({ index }) => index))) expect(wanted).toContain(index);
    }
  });

  test('for a session: those of a binding first, with their kinds, and the versions of the keys in their order', () => {
    const { accountIndexes, accountKinds, accountKeyVersions } = indexSession(ACCOUNTS, ROTATED);
    const bound = indexAccounts(ACCOUNTS, ROTATED);
    expect(accountIndexes.slice(0, 3)).toEqual(bound.map(({ index }) => index));
    expect(accountIndexes).toEqual(lookupIndexes(ACCOUNTS, ROTATED));
    expect(accountKinds).toEqual(bound.map(({ kind }) => kind));
    expect(accountKeyVersions).toEqual([2, 1]);
    expect(boundIndexes({ accountIndexes, accountKinds, accountKeyVersions })).toEqual(accountIndexes.slice(0, 3));
  });

  test('says nothing of the account without the key', () => {
    expect(indexAccounts(ACCOUNTS, KEYS).every(({ index }) => index.length === 32)).toBe(true);
  });
});

test('without any key nothing is sealed or indexed', () => {
  const none: VaultKeys = { encryption: [], index: [] };
  expect(() => sealAccounts(ACCOUNTS, none, 'a')).toThrow();
  expect(() => indexAccounts(ACCOUNTS, none)).toThrow();
});
