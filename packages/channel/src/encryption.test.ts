/** Contract §6: payload encryption. The official library and jose write payloads and read ours; every wrong payload is refused. */
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { JweEncryption } from 'mastercard-client-encryption';
import { afterAll, describe, expect, test, vi } from 'vitest';
import {
  buildDecryptionKey,
  type ContentEncryption,
  type Decryption,
  decryptPayload,
  encryptPayload,
} from './encryption.ts';
import { certificateFingerprint, generateEncryptionKey, generateSigningKey, spkiFingerprint } from './keys.ts';

// Each test has hundreds of RSA operations; they take long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Any UTF-16 code unit, lone surrogates included; mostly ASCII. */
const character = fc.oneof(fc.nat(0x7f), fc.nat(0xffff)).map((unit) => String.fromCharCode(unit));

const VALIDITY = { subject: 'CN=verify.example', notBefore: new Date('2026-01-01'), notAfter: new Date('2028-01-01') };
const key = await generateEncryptionKey({ name: '20261124-enc', ...VALIDITY });
const other = await generateEncryptionKey({ name: '20260101-enc', ...VALIDITY });
const keys = [other, key].map(buildDecryptionKey);
const decrypt = (jwe: string) => decryptPayload({ jwe, keys });
const outcome = (decryption: Decryption) => (decryption.ok ? decryption.plaintext.toString() : decryption.code);

const folder = mkdtempSync(join(tmpdir(), 'channel-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'certificate.pem'), key.certificate);
writeFileSync(join(folder, 'private.pem'), key.privateKey.export({ type: 'pkcs8', format: 'pem' }));

/** The official library, configured as its README tells a client to. */
type Fingerprint = Pick<
  ConstructorParameters<typeof JweEncryption>[0],
  'publicKeyFingerprint' | 'publicKeyFingerprintType' | 'dataEncoding'
>;

function officialClient(fingerprint: Fingerprint = {}) {
  const client = new JweEncryption({
    mode: 'JWE',
    paths: [
      {
        path: '/authentication/sessions',
        toEncrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
        toDecrypt: [{ element: 'srcSessionInitiationRequestInfo', obj: 'srcSessionInitiationRequestInfo' }],
      },
    ],
    encryptedValueFieldName: 'encryptedData',
    encryptionCertificate: join(folder, 'certificate.pem'),
    privateKey: join(folder, 'private.pem'),
    ...fingerprint,
  });
  return {
    encrypt(info: unknown): string {
      const { body } = client.encrypt('/authentication/sessions', {}, { srcSessionInitiationRequestInfo: info });
      return body.srcSessionInitiationRequestInfo?.encryptedData ?? '';
    },
    decrypt(jwe: string): unknown {
      const body = { srcSessionInitiationRequestInfo: { encryptedData: jwe } };
      return client.decrypt({ request: { url: '/authentication/sessions' }, body }).srcSessionInitiationRequestInfo;
    },
  };
}

/** A JWE made by hand. Each option makes one thing wrong. */
function forge(
  options: { header?: object; ivBytes?: number; tagBytes?: number; keyBytes?: number; oaepHash?: string } = {},
): string {
  const { ivBytes = 12, tagBytes = 16, keyBytes = 32, oaepHash = 'sha256' } = options;
  const header = { kid: key.kid, cty: 'application/json', alg: 'RSA-OAEP-256', enc: 'A256GCM', ...options.header };
  const contentKey = randomBytes(keyBytes);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(keyBytes === 16 ? 'aes-128-gcm' : 'aes-256-gcm', contentKey, iv, {
    authTagLength: tagBytes,
  });
  const protectedHeader = Buffer.from(JSON.stringify(header)).toString('base64url');
  cipher.setAAD(Buffer.from(protectedHeader));
  const ciphertext = Buffer.concat([cipher.update('{"x":1}'), cipher.final()]);
  const encryptedKey = publicEncrypt(
    { key: key.publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
    contentKey,
  );
  return [
    protectedHeader,
    ...[encryptedKey, iv, ciphertext, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url')),
  ].join('.');
}

describe('what mastercard-client-encryption sends is decrypted', () => {
  test('200 payloads of its own, whatever base64 its bytes come to', async () => {
    const client = officialClient();
    let leaks = 0;
    for (let i = 0; i < 200; i++) {
      const info = { i, callbackUri: 'https://bank.example/passkeys/callback', cardholderFullName: 'Zoë ✓' };
      const jwe = client.encrypt(info);
      if (jwe.includes('/')) leaks++;
      expect(JSON.parse(outcome(await decrypt(jwe)))).toEqual(info);
    }
    // The library leaves `/` in its base64url, so `decrypt` has to accept it. When this test fails, the library has been fixed.
    expect(leaks).toBeGreaterThan(150);
    expect(Buffer.from(client.encrypt({}).split('.')[2] ?? '', 'base64')).toHaveLength(16);
  });

  test.each<[what: string, fingerprint: Fingerprint, kid: string]>([
    ['the SHA-256 of the SubjectPublicKeyInfo, its default', {}, spkiFingerprint(key.publicKey)],
    ['the same when asked for', { publicKeyFingerprintType: 'publicKey' }, spkiFingerprint(key.publicKey)],
    [
      'the SHA-256 of the certificate in hex',
      { publicKeyFingerprintType: 'certificate', dataEncoding: 'hex' },
      certificateFingerprint(key.certificate, 'hex'),
    ],
    [
      'the SHA-256 of the certificate in base64',
      { publicKeyFingerprintType: 'certificate', dataEncoding: 'base64' },
      certificateFingerprint(key.certificate, 'base64'),
    ],
    ["the key's name", { publicKeyFingerprint: key.kid }, key.kid],
  ])('under the kid that is %s', async (_what, fingerprint, kid) => {
    const jwe = officialClient(fingerprint).encrypt({ a: 1 });
    expect(JSON.parse(Buffer.from(jwe.split('.')[0] ?? '', 'base64').toString()).kid).toBe(kid);
    expect(outcome(await decrypt(jwe))).toBe('{"a":1}');
  });
});

describe('encryptPayload', () => {
  const encryptions = ['A128GCM', 'A256GCM'] as const satisfies readonly ContentEncryption[];

  test.each(encryptions)('%s: jose and the official library decrypt it, and so do we', async (encryption) => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.json(), { minKeys: 1 }), async (payload) => {
        const jwe = encryptPayload({ payload, key, encryption });
        const read = await compactDecrypt(jwe, key.privateKey);
        expect(new TextDecoder().decode(read.plaintext)).toBe(JSON.stringify(payload));
        expect(outcome(await decrypt(jwe))).toBe(JSON.stringify(payload));
      }),
      { numRuns: 50 },
    );
    expect(officialClient().decrypt(encryptPayload({ payload: { é: ['✓'] }, key, encryption }))).toEqual({ é: ['✓'] });
  });

  test('writes the header as kid, cty, alg, enc, a 12-byte IV, a 16-byte tag, and base64url alone', () => {
    const jwe = encryptPayload({ payload: {}, key, encryption: 'A256GCM' });
    const [header = '', encryptedKey = '', iv = '', , tag = ''] = jwe.split('.');
    expect(Buffer.from(header, 'base64url').toString()).toBe(
      `{"kid":"${key.kid}","cty":"application/json","alg":"RSA-OAEP-256","enc":"A256GCM"}`,
    );
    expect([encryptedKey, iv, tag].map((text) => Buffer.from(text, 'base64url').length)).toEqual([256, 12, 16]);
    expect(jwe).toMatch(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){4}$/);
  });

  test('takes bytes as they are', async () => {
    const bytes = randomBytes(1000);
    const decryption = await decrypt(encryptPayload({ payload: bytes, key, encryption: 'A128GCM' }));
    expect(decryption).toEqual({ ok: true, plaintext: bytes });
  });

  test('never uses a content key or an IV twice', () => {
    const parts = Array.from({ length: 50 }, () =>
      encryptPayload({ payload: { name: 'long enough not to repeat by chance' }, key, encryption: 'A128GCM' }).split(
        '.',
      ),
    );
    for (const index of [1, 2, 3, 4]) expect(new Set(parts.map((each) => each[index])).size).toBe(50);
  });
});

describe('decryptPayload takes', () => {
  test.each([
    ['A256GCM', {}],
    ['A128GCM', { header: { enc: 'A128GCM' }, keyBytes: 16 }],
    ['an IV of 16 bytes', { ivBytes: 16 }],
    ['a header field that it does not know', { header: { typ: 'JOSE', 'x-note': [1] } }],
  ])('%s', async (_what, options) => expect(outcome(await decrypt(forge(options)))).toBe('{"x":1}'));

  test.each(encodings())('base64 %s', async (_what, rewrite) => {
    const [header, ...segments] = forge().split('.');
    expect(outcome(await decrypt([header, ...segments.map(rewrite)].join('.')))).toBe('{"x":1}');
  });

  function encodings(): [string, (segment: string) => string][] {
    const standard = (segment: string) => Buffer.from(segment, 'base64url').toString('base64');
    return [
      ['with + and / and padding', standard],
      ['with + and /, without padding', (segment) => standard(segment).replace(/=+$/, '')],
      ['with - and /, without padding', (segment) => standard(segment).replaceAll('+', '-').replace(/=+$/, '')],
      ['with - and _ and padding', (segment) => standard(segment).replaceAll('+', '-').replaceAll('/', '_')],
    ];
  }

  test('a protected header in the other alphabet, authenticated by its characters as they arrived', async () => {
    const contentKey = randomBytes(32);
    const iv = randomBytes(12);
    // ÿ and ? give + and / in base64, the characters in which base64 and base64url differ.
    const header = Buffer.from(
      JSON.stringify({ kid: key.kid, alg: 'RSA-OAEP-256', enc: 'A256GCM', x: 'ÿÿ?>~~~ÿ' }),
    ).toString('base64');
    expect(header).toMatch(/[+/]/);
    const cipher = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(header));
    const ciphertext = Buffer.concat([cipher.update('{}'), cipher.final()]);
    const encryptedKey = publicEncrypt({ key: key.publicKey, oaepHash: 'sha256' }, contentKey);
    const segments = [encryptedKey, iv, ciphertext, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'));
    expect(outcome(await decrypt([header, ...segments].join('.')))).toBe('{}');
    const respelled = header.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    expect(outcome(await decrypt([respelled, ...segments].join('.')))).toBe('DECRYPTION_FAILED');
  });
});

describe('decryptPayload refuses as DECRYPTION_FAILED', () => {
  test.each([
    ['A192GCM', { header: { enc: 'A192GCM' } }],
    ['A128CBC-HS256', { header: { enc: 'A128CBC-HS256' } }],
    ['an enc that names a member of Object.prototype', { header: { enc: 'constructor' } }],
    ['an enc that is none', { header: { enc: ['A256GCM'] } }],
    ['alg dir', { header: { alg: 'dir' } }],
    ['alg none', { header: { alg: 'none' } }],
    ['alg RSA1_5', { header: { alg: 'RSA1_5' } }],
    ['alg RSA-OAEP, by name', { header: { alg: 'RSA-OAEP' } }],
    ['alg RSA-OAEP, by deed', { oaepHash: 'sha1' }],
    ['zip', { header: { zip: 'DEF' } }],
    ['crit, even an empty one', { header: { crit: [] } }],
    ['a tag of 4 bytes', { tagBytes: 4 }],
    ['a tag of 12 bytes', { tagBytes: 12 }],
    ['a tag of 15 bytes', { tagBytes: 15 }],
    ['an IV of 8 bytes', { ivBytes: 8 }],
    ['an IV of 13 bytes', { ivBytes: 13 }],
    ['an IV of 32 bytes', { ivBytes: 32 }],
    ['a 16-byte content key under A256GCM', { keyBytes: 16 }],
    ['a 32-byte content key under A128GCM', { header: { enc: 'A128GCM' } }],
    ['no kid', { header: { kid: undefined } }],
    ['a kid that is no text', { header: { kid: 7 } }],
  ])('%s', async (_what, options) => expect(outcome(await decrypt(forge(options)))).toBe('DECRYPTION_FAILED'));

  test('A128CBC-HS256 as jose writes it', async () => {
    const jwe = await new CompactEncrypt(Buffer.from('{}'))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256', kid: key.kid })
      .encrypt(key.publicKey);
    expect(outcome(await decrypt(jwe))).toBe('DECRYPTION_FAILED');
  });

  test('a key encrypted to another of our keys', async () => {
    const segments = forge().split('.');
    segments[1] = publicEncrypt({ key: other.publicKey, oaepHash: 'sha256' }, randomBytes(32)).toString('base64url');
    expect(outcome(await decrypt(segments.join('.')))).toBe('DECRYPTION_FAILED');
  });

  test('a key that does not unwrap, under any content key an attacker can guess', async () => {
    // If a key does not unwrap, RFC 7516 §11.5 decrypts with a substitute key. An attacker who knew a constant substitute could encrypt with it.
    const header = Buffer.from(JSON.stringify({ kid: key.kid, alg: 'RSA-OAEP-256', enc: 'A256GCM' })).toString(
      'base64url',
    );
    for (const guess of [Buffer.alloc(32), Buffer.alloc(32, 0xff)]) {
      const iv = Buffer.alloc(12);
      const cipher = createCipheriv('aes-256-gcm', guess, iv).setAAD(Buffer.from(header));
      const ciphertext = Buffer.concat([cipher.update('{}'), cipher.final()]);
      for (const encryptedKey of [Buffer.alloc(0), Buffer.alloc(256), randomBytes(255), randomBytes(512)]) {
        const segments = [encryptedKey, iv, ciphertext, cipher.getAuthTag()].map((bytes) =>
          bytes.toString('base64url'),
        );
        expect(outcome(await decrypt([header, ...segments].join('.')))).toBe('DECRYPTION_FAILED');
      }
    }
  });

  test.each(['', '.', '....', 'a.b.c.d', 'a.b.c.d.e.f', `${'A'.repeat(256 * 1024)}....`])(
    'what is no compact JWE',
    async (jwe) => {
      expect(outcome(await decrypt(jwe))).toBe('DECRYPTION_FAILED');
    },
  );

  test.each(['null', '[]', '7', '{', '"x"'])('a header that is %s', async (text) => {
    const [, ...segments] = forge().split('.');
    expect(outcome(await decrypt([Buffer.from(text).toString('base64url'), ...segments].join('.')))).toBe(
      'DECRYPTION_FAILED',
    );
  });
});

test.each([
  ['ours', () => encryptPayload({ payload: { x: 1 }, key, encryption: 'A256GCM' })],
  ["the official library's", () => officialClient().encrypt({ x: 1 })],
])('any one character changed, added or taken away: %s is refused', async (_whose, make) => {
  const jwe = make();
  for (let i = 0; i < jwe.length; i++) {
    const changed = jwe.slice(0, i) + (jwe[i] === 'A' ? 'B' : 'A') + jwe.slice(i + 1);
    expect((await decrypt(changed)).ok).toBe(false);
    if (i % 7 === 0) expect((await decrypt(jwe.slice(0, i) + jwe.slice(i + 1))).ok).toBe(false);
    if (i % 7 === 0) expect((await decrypt(`${jwe.slice(0, i)}A${jwe.slice(i)}`)).ok).toBe(false);
  }
});

describe('a kid that names no key of ours', () => {
  test.each(['', 'unknown', spkiFingerprint(key.publicKey).toUpperCase(), '__proto__'])(
    '%j is UNKNOWN_KEY_ID, with the keys on offer',
    async (kid) => {
      expect(await decrypt(forge({ header: { kid } }))).toEqual({
        ok: false,
        code: 'UNKNOWN_KEY_ID',
        offered: [other.kid, key.kid],
      });
    },
  );

  test('without keys every kid is unknown', async () => {
    expect(await decryptPayload({ jwe: forge(), keys: [] })).toEqual({
      ok: false,
      code: 'UNKNOWN_KEY_ID',
      offered: [],
    });
  });
});

test('nothing that arrives makes the decoder throw', async () => {
  const header = Buffer.from(JSON.stringify({ kid: key.kid, alg: 'RSA-OAEP-256', enc: 'A256GCM' })).toString(
    'base64url',
  );
  const segment = fc.oneof(
    fc.string({ unit: character, maxLength: 40 }),
    fc
      .constantFrom(12, 16, 256)
      .chain((n) =>
        fc.uint8Array({ minLength: n, maxLength: n }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { maxLength: 6 }), async (segments) => {
      expect((await decrypt(segments.join('.'))).ok).toBe(false);
      expect((await decrypt([header, ...segments].join('.'))).ok).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test('many at once, with one key', async () => {
  const payloads = Array.from({ length: 40 }, (_, i) => ({ i }));
  const decryptions = await Promise.all(
    payloads.map((payload) => decrypt(encryptPayload({ payload, key, encryption: 'A256GCM' }))),
  );
  expect(decryptions.map((each) => JSON.parse(outcome(each)))).toEqual(payloads);
});

test('a decryption key refuses the certificate of another key', async () => {
  expect(() => buildDecryptionKey({ ...key, certificate: other.certificate })).toThrow(
    expect.objectContaining({ code: 'CERTIFICATE_MISMATCH' }),
  );
  const bare = buildDecryptionKey(await generateSigningKey());
  expect(bare.keyIds.size).toBe(1);
});
