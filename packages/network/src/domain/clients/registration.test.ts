import { generateKeyPairSync } from 'node:crypto';
import { buildClientRegistration } from '@payment-passkeys/testkit';
import { describe, expect, test } from 'vitest';
import { assertFitsMode, buildRegistration, RegistrationError, readRegistration } from './registration.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PEM = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const WEAK = generateKeyPairSync('rsa', { modulusLength: 1024 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const EC = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const P384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();
const VALID = buildClientRegistration(PEM);

function problems(content: unknown): readonly string[] {
  try {
    readRegistration(content);
    return [];
  } catch (error) {
    if (error instanceof RegistrationError) return error.problems;
    throw error;
  }
}

describe('FILE.json', () => {
  test('becomes a client', () => {
    const { signingKey, ...rest } = VALID;
    expect(readRegistration(VALID)).toEqual({
      ...rest,
      signingKeys: [signingKey],
      oauth2Keys: [],
      provider: false,
      merchantOrigins: [],
      merchantNames: [],
      verification: null,
      activation: 'AT_ONCE',
      attestation: null,
      webhooks: [],
    });
  });

  test('two signing keys may stand side by side, for a rotation', () => {
    const { signingKey, ...rest } = VALID;
    expect(readRegistration({ ...rest, signingKeys: [PEM, signingKey] }).signingKeys).toHaveLength(2);
  });

  test('OAuth 2.0 keys may stand beside the OAuth 1.0a key or in its place: RSA or P-256, one or two', () => {
    const { signingKey: _key, consumerKey: _name, ...rest } = VALID;
    expect(readRegistration({ ...VALID, oauth2Keys: [PEM] })).toMatchObject({ signingKeys: [PEM], oauth2Keys: [PEM] });
    expect(readRegistration({ ...rest, oauth2Keys: [EC, PEM] })).toMatchObject({
      consumerKey: null,
      signingKeys: [],
      oauth2Keys: [EC, PEM],
    });
  });

  test.each<[string, object]>([
    ['/consumerKey', { consumerKey: undefined, signingKey: undefined }],
    ['/consumerKey', { consumerKey: undefined, oauth2Keys: [EC] }],
    ['/signingKey', { signingKey: undefined, oauth2Keys: [EC] }],
    ['/oauth2Keys', { oauth2Keys: [] }],
    ['/oauth2Keys', { oauth2Keys: [EC, EC, EC] }],
    ['/oauth2Keys/0', { oauth2Keys: [WEAK] }],
    ['/oauth2Keys/1', { oauth2Keys: [EC, P384] }],
  ])('%s is named for %j', (pointer, changes) => {
    expect(problems({ ...VALID, ...changes }).map((problem) => problem.split(' ')[0])).toContain(pointer);
  });

  test('a merchant needs no account ranges and no countries', () => {
    const { accountRanges, countries, ...merchant } = VALID;
    expect(readRegistration({ ...merchant, role: 'merchant' })).toMatchObject({ accountRanges: [], countries: [] });
    expect(problems(merchant)).toEqual([
      '/accountRanges is required for an issuer',
      '/countries is required for an issuer',
    ]);
  });

  test('a key with text before BEGIN (RFC 7468 §2) is taken, and the key alone is kept', () => {
    const withText = `Bag Attributes\n    friendlyName: signing\n${PEM}`;
    expect(readRegistration({ ...VALID, signingKey: withText }).signingKeys).toEqual([PEM]);
    expect(readRegistration({ ...VALID, signingKey: PEM.replaceAll('\n', '\\n') }).signingKeys).toEqual([PEM]);
    const verification = { uri: 'https://bank.example/v', signingKey: withText, encryptionKey: withText };
    expect(readRegistration({ ...VALID, verification }).verification).toMatchObject({
      signingKey: PEM,
      encryptionKey: PEM,
    });
  });

  test('a public key followed by its private key is refused, and nothing of it is quoted', () => {
    const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const verification = { uri: 'https://bank.example/v', signingKey: PEM, encryptionKey: PEM };
    for (const [pointer, changes] of [
      ['/signingKey', { signingKey: PEM + secret }],
      ['/signingKeys/1', { signingKey: undefined, signingKeys: [PEM, PEM + secret] }],
      ['/verification/signingKey', { verification: { ...verification, signingKey: PEM + secret } }],
      ['/verification/encryptionKey', { verification: { ...verification, encryptionKey: secret + PEM } }],
    ] as const) {
      const found = problems(JSON.parse(JSON.stringify({ ...VALID, ...changes })));
      expect(found).toEqual([`${pointer} It holds a private key, where only the public half belongs.`]);
    }
  });

  test('an unknown field is ignored', () => {
    expect(readRegistration({ ...VALID, merchantNames: [], comment: 'x' })).not.toHaveProperty('comment');
  });

  test.each<[string, unknown]>([
    ['/', null],
    ['/', 'text'],
    ['/', []],
    ['/clientId', { clientId: undefined }],
    ['/clientId', { clientId: 'a b' }],
    ['/clientId', { clientId: 'a'.repeat(65) }],
    ['/name', { name: '' }],
    ['/name', { name: 'a\nb' }],
    ['/role', { role: 'bank' }],
    ['/consumerKey', { consumerKey: '' }],
    ['/consumerKey', { consumerKey: 'a b' }],
    ['/signingKey', { signingKey: 'text' }],
    ['/signingKey', { signingKey: '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----' }],
    ['/signingKey', { signingKey: WEAK }],
    ['/signingKey', { signingKey: EC }],
    ['/signingKey', { signingKey: undefined }],
    ['/signingKeys', { signingKeys: [PEM] }],
    ['/signingKeys', { signingKey: undefined, signingKeys: [] }],
    ['/signingKeys', { signingKey: undefined, signingKeys: [PEM, PEM, PEM] }],
    ['/signingKeys/1', { signingKey: undefined, signingKeys: [PEM, WEAK] }],
    ['/callbackDomains/0', { callbackDomains: ['https://bank.example'] }],
    ['/callbackDomains/0', { callbackDomains: ['*'] }],
    ['/callbackDomains/0', { callbackDomains: ['www.*.example'] }],
    ['/callbackDomains/0', { callbackDomains: ['bank.example/path'] }],
    ['/callbackDomains/0', { callbackDomains: ['bänk.example'] }],
    ['/callbackSchemes/0', { callbackSchemes: ['com.example.bank:'] }],
    ...[
      'javascript',
      'data',
      'vbscript',
      'file',
      'blob',
      'about',
      'http',
      'https',
      'ws',
      'ftp',
      'intent',
      'tel',
      'bank',
    ].map((scheme): [string, object] => ['/callbackSchemes/0', { callbackSchemes: [scheme] }]),
    ['/callbackSchemes/1', { callbackSchemes: ['com.example.bank', 'JavaScript'] }],
    ['/accountRanges', { accountRanges: [] }],
    ['/accountRanges', { accountRanges: ['5555', '555555'] }],
    ['/accountRanges/0', { accountRanges: ['555'] }],
    ['/accountRanges/0', { accountRanges: ['5555x'] }],
    ['/countries', { countries: [] }],
    ['/countries/0', { countries: ['USA'] }],
    ['/countries/0', { countries: ['us'] }],
  ])('%s is named when it is wrong: %#', (pointer, changes) => {
    const content =
      changes === null || typeof changes !== 'object' || Array.isArray(changes) ? changes : { ...VALID, ...changes };
    const found = problems(JSON.parse(JSON.stringify(content)));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${pointer} `));
  });

  test('every problem is told at once', () => {
    expect(problems({ ...VALID, name: 5, role: 'x' })).toHaveLength(2);
  });
});

describe('a merchant', () => {
  const { accountRanges, countries, ...rest } = VALID;
  const MERCHANT = { ...rest, role: 'merchant', merchantOrigins: ['https://shop.example'], merchantNames: ['Shop'] };

  test('has shops, by origin and by name', () => {
    expect(readRegistration(MERCHANT)).toMatchObject({
      role: 'merchant',
      merchantOrigins: ['https://shop.example'],
      merchantNames: ['Shop'],
      verification: null,
    });
  });

  test('has a name once, in Unicode NFC, however it is composed', () => {
    const merchantNames = ['Cafe\u0301', 'Caf\u00e9'];
    expect(readRegistration({ ...MERCHANT, merchantNames }).merchantNames).toEqual(['Caf\u00e9']);
  });

  test.each([
    ['/merchantOrigins/0', { merchantOrigins: ['http://shop.example'] }],
    ['/merchantOrigins/0', { merchantOrigins: ['https://shop.example/'] }],
    ['/merchantOrigins/0', { merchantOrigins: ['https://shop.example:443'] }],
    ['/merchantOrigins/0', { merchantOrigins: ['https://*.shop.example'] }],
    ['/merchantNames/0', { merchantNames: [''] }],
    ['/verification', { verification: { uri: 'https://bank.example/v', signingKey: PEM, encryptionKey: PEM } }],
    ['/activation', { activation: 'AT_ONCE' }],
  ])('%s is named when it is wrong: %#', (pointer, changes) => {
    const found = problems({ ...MERCHANT, ...changes });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${pointer} `));
  });
});

describe('an issuer that takes part at shops', () => {
  const verification = { uri: 'https://bank.example/verification?a=1', signingKey: PEM, encryptionKey: PEM };

  test('says where cardholders are verified, and with which keys', () => {
    const read = readRegistration({ ...VALID, verification: { ...verification, comment: 'x' } });
    expect(read.verification).toEqual(verification);
  });

  test.each([
    ['/verification/uri', { uri: 'http://bank.example/verification' }],
    ['/verification/uri', { uri: 'https://bank.example/verification#x' }],
    ['/verification/uri', { uri: 'https://bank.example/verification?request=x' }],
    ['/verification/uri', { uri: 'https://user@bank.example/verification' }],
    ['/verification/signingKey', { signingKey: WEAK }],
    ['/verification/encryptionKey', { encryptionKey: EC }],
    ['/verification/encryptionKey', { encryptionKey: undefined }],
  ])('%s is named when it is wrong: %#', (pointer, changes) => {
    const found = problems(JSON.parse(JSON.stringify({ ...VALID, verification: { ...verification, ...changes } })));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${pointer} `));
  });

  test.each([
    ['merchantOrigins', ['https://shop.example']],
    ['merchantNames', ['Shop']],
    ['provider', true],
  ])('has no %s', (name, value) =>
    expect(problems({ ...VALID, [name]: value })).toEqual([`/${name} is for a merchant`]),
  );
});

describe('a payment service provider', () => {
  const { accountRanges: _ranges, countries: _countries, ...rest } = VALID;
  const PROVIDER = { ...rest, role: 'merchant', provider: true, merchantOrigins: ['https://pay.provider.example'] };

  test('is a merchant with the origins of its own frames', () => {
    const client = readRegistration(PROVIDER);
    expect(client).toMatchObject({ provider: true, merchantOrigins: ['https://pay.provider.example'] });
    expect(buildRegistration(client)).toMatchObject({ provider: true });
  });

  test('has no merchantNames: it registers its merchants by API', () => {
    expect(problems({ ...PROVIDER, merchantNames: ['Shop'] })).toEqual([
      '/merchantNames is not for a provider, which registers its merchants by API',
    ]);
  });
});

describe('webhooks', () => {
  const hook = { uri: 'https://bank.example/events', types: ['binding.*', 'payment.approved'] };

  test('are kept with their types, each once', () => {
    const types = ['payment.approved', 'binding.*', 'payment.approved'];
    expect(readRegistration({ ...VALID, webhooks: [{ ...hook, types }] }).webhooks).toEqual([hook]);
  });

  test.each<[string, unknown]>([
    ['/webhooks/0/uri is not https', [{ ...hook, uri: 'http://bank.example/events' }]],
    [
      '/webhooks/0/uri has user info: a webhook is verified by its signature',
      [{ ...hook, uri: 'https://a@bank.example/' }],
    ],
    ['/webhooks/1/uri has a port below 1024 other than 443', [hook, { ...hook, uri: 'https://bank.example:25/' }]],
    [
      '/webhooks/0/uri has a private host: events are posted to public addresses only',
      [{ ...hook, uri: 'https://169.254.169.254/' }],
    ],
    ['/webhooks/1/uri is in the list twice: give it all its types at once', [hook, hook]],
  ])('%s', (problem, webhooks) => expect(problems({ ...VALID, webhooks })).toEqual([problem]));

  test.each<[string, unknown]>([
    ['/webhooks', Array.from({ length: 6 }, (_, number) => ({ ...hook, uri: `https://bank.example/${number}` }))],
    ['/webhooks/0/types', [{ ...hook, types: [] }]],
    ['/webhooks/0/types/0', [{ ...hook, types: ['binding.gone'] }]],
    ['/webhooks/0/types/0', [{ ...hook, types: ['*'] }]],
    ['/webhooks/0/uri', [{ types: hook.types }]],
  ])('%s is refused by its form', (pointer, webhooks) => {
    expect(problems({ ...VALID, webhooks })[0]).toMatch(new RegExp(`^${pointer} `));
  });

  test('of this machine are for the sandbox', () => {
    const client = readRegistration({ ...VALID, webhooks: [hook, { ...hook, uri: 'http://bank.localhost:4001/' }] });
    expect(() => assertFitsMode(client, 'sandbox')).not.toThrow();
    expect(() => assertFitsMode(client, 'production')).toThrow('/webhooks/1/uri has a private host');
  });
});
