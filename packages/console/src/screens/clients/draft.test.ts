import type { ClientRegistration } from '@payment-passkeys/protocol';
import { describe, expect, it } from 'vitest';
import { draftOf, EMPTY_DRAFT, elementOf, fieldOf, registrationOf } from './draft.ts';

const PEM = '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n';

const ISSUER: ClientRegistration = {
  clientId: 'meridian',
  name: 'Meridian Bank',
  role: 'issuer',
  consumerKey: 'meridian-client-id!signing-key-2026',
  signingKey: PEM,
  callbackDomains: ['www.meridian.example', '*.app.meridian.example'],
  callbackSchemes: ['com.example.meridian'],
  accountRanges: ['555555', '510510'],
  countries: ['US', 'CA'],
  verification: { uri: 'https://meridian.example/verify', signingKey: PEM, encryptionKey: PEM },
  activation: 'BY_ISSUER',
  attestation: { demand: 'require', allow: 'any', deny: ['00000000-0000-0000-0000-000000000000'] },
  webhooks: [{ uri: 'https://meridian.example/events', types: ['binding.*'] }],
};

const MERCHANT: ClientRegistration = {
  clientId: 'shop',
  name: 'Example Shop',
  role: 'merchant',
  consumerKey: 'shop!key',
  signingKeys: [PEM, PEM],
  merchantOrigins: ['https://shop.example'],
  merchantNames: ['Example Shop', 'Shop & Sons'],
  attestation: { demand: 'record' },
};

const OAUTH2_ONLY: ClientRegistration = {
  clientId: 'newer',
  name: 'Newer Bank',
  role: 'issuer',
  oauth2Keys: [PEM],
  accountRanges: ['222300'],
  countries: ['DE'],
};

describe('a registration', () => {
  it.each([ISSUER, MERCHANT, OAUTH2_ONLY, { ...ISSUER, oauth2Keys: [PEM, PEM] }])(
    'is the same after the form: $clientId',
    (registration) => {
      expect(registrationOf(draftOf(registration))).toEqual(registration);
    },
  );

  it('has an element for each word or line that was typed', () => {
    const draft = { ...EMPTY_DRAFT, accountRanges: '555555, 510510\n222300;', countries: ' us ca ' };
    expect(registrationOf(draft)).toMatchObject({
      accountRanges: ['555555', '510510', '222300'],
      countries: ['US', 'CA'],
    });
  });

  it('leaves out what belongs to the other role, and what is empty', () => {
    const draft = {
      ...EMPTY_DRAFT,
      role: 'merchant',
      accountRanges: '555555',
      verifies: true,
      activates: true,
    } as const;
    expect(registrationOf(draft)).toEqual({ clientId: '', name: '', role: 'merchant', consumerKey: '' });
  });
});

describe('a problem', () => {
  it.each([
    ['/signingKey', '/signingKeys/0'],
    ['/signingKeys/1', '/signingKeys/1'],
    ['/oauth2Keys', '/oauth2Keys/0'],
    ['/oauth2Keys/1', '/oauth2Keys/1'],
    ['/accountRanges/3', '/accountRanges'],
    ['/verification/uri', '/verification/uri'],
    ['/webhooks/1', '/webhooks/1/uri'],
    ['/webhooks/1/types/0', '/webhooks/1/types'],
    ['', ''],
  ])('%s is shown at %s', (pointer, field) => expect(fieldOf(pointer)).toBe(field));

  it('names the element of a list, but no key', () => {
    expect(elementOf({ accountRanges: ['5', '555555'] }, '/accountRanges/0')).toBe('5');
    expect(elementOf({ oauth2Keys: ['no key'] }, '/oauth2Keys/0')).toBeUndefined();
    expect(elementOf({ signingKeys: [PEM, PEM] }, '/signingKeys/0')).toBeUndefined();
    expect(elementOf({ name: 'x' }, '/name')).toBeUndefined();
  });
});
