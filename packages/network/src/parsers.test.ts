/** Any input of an operator or a browser is accepted by the rules, or refused with the parser's own error. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RegistrationError, readRegistration } from './domain/clients/registration.ts';
import { readDeviceCookie } from './domain/devices/device.ts';
import { readKeyFiles } from './domain/keys/key-file.ts';
import { readConfig } from './platform/config/config.ts';
import { ConfigError } from './platform/config/config-error.ts';
import { readJson } from './platform/http/json-body.ts';

/** `npm run drills` runs each property twenty times as often. */
const DRILL = process.env.DRILLS ? 20 : 1;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', ' ', '0', '-1', '1e9', 'NaN', '\0'),
);

/** Asserts that only errors of the class are thrown. */
function throwsOnly(error: new (...args: never[]) => Error, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(error);
  }
}

test('the environment: a frozen configuration, or ConfigError', () => {
  const names = [
    'MODE',
    'PORT',
    'HOST',
    'PUBLIC_URL',
    'AUDIENCE',
    'DATABASE_URL',
    'DATA_DIR',
    'LOG_LEVEL',
    'TRUST_PROXY',
  ];
  const limits = [
    'RATE_LIMIT_PER_CLIENT',
    'RATE_LIMIT_PER_MERCHANT',
    'RATE_LIMIT_PER_ADDRESS',
    'RATE_LIMIT_PER_SESSION',
  ];
  const likely = fc.constantFrom(
    'production',
    'sandbox',
    'https://a.example',
    'postgres://a@b/c',
    '10.0.0.0/8',
    'info',
    '50',
  );
  const environment = fc.dictionary(fc.constantFrom(...names, ...limits), fc.oneof(text, likely, fc.webUrl()));
  fc.assert(
    fc.property(environment, (env) =>
      throwsOnly(ConfigError, () => {
        const config = readConfig(env);
        expect(Object.isFrozen(config)).toBe(true);
        if (config.mode === 'production') {
          expect(config.publicUrl).toMatch(/^https:/);
          expect(config.trustProxy?.length).toBeGreaterThan(0);
        }
      }),
    ),
    { numRuns: 300 * DRILL },
  );
});

test('FILE.json: a client with a key, or RegistrationError that quotes no key', () => {
  const secret = 'hush-hush-hush-hush';
  const likely = fc.record(
    {
      clientId: fc.oneof(text, fc.constant('bank')),
      name: text,
      role: fc.constantFrom('issuer', 'merchant', 'other'),
      consumerKey: text,
      signingKey: fc.oneof(
        text,
        fc.constant('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'),
        fc.constant(
          `-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n-----BEGIN PRIVATE KEY-----\n${secret}`,
        ),
      ),
      callbackSchemes: fc.array(fc.oneof(text, fc.constantFrom('javascript', 'com.example.bank'))),
      callbackDomains: fc.array(text),
      accountRanges: fc.array(fc.oneof(text, fc.constant('555555'))),
      countries: fc.array(fc.constantFrom('US', 'us', 'USA')),
      provider: fc.boolean(),
      merchantOrigins: fc.array(fc.oneof(text, fc.webUrl())),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(likely, fc.jsonValue()), (content) =>
      throwsOnly(RegistrationError, () => {
        try {
          expect(readRegistration(content).signingKeys.length).toBeGreaterThan(0);
        } catch (error) {
          expect(String(error)).not.toContain('hush');
          throw error;
        }
      }),
    ),
    { numRuns: 200 * DRILL },
  );
});

test('a key file: a key of this mode, or ConfigError that quotes nothing of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'key-files-'));
  const path = join(folder, 'signing-0001.json');
  const secret = 'hush-hush-hush-hush';
  const likely = fc.record(
    {
      use: fc.constantFrom('signing', 'encryption', 'account-index', 'other'),
      kid: fc.oneof(text, fc.constant('a')),
      mode: fc.constantFrom('sandbox', 'production', 'x'),
      activeFrom: fc.constantFrom('2026-01-01T00:00:00Z', 'now'),
      version: fc.integer(),
      privateKey: fc.constantFrom(secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`),
      publicKey: fc.constant(secret),
      secret: fc.constantFrom(secret, Buffer.alloc(32).toString('base64')),
    },
    { requiredKeys: [] },
  );
  const files = fc.oneof(
    likely.map((file) => Buffer.from(JSON.stringify(file))),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const run = async (bytes: Buffer) => {
    await writeFile(path, bytes);
    const error = await readKeyFiles(folder, 'sandbox').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError); // none of these is a key
    expect(String(error)).not.toContain('hush');
  };
  await fc.assert(fc.asyncProperty(files, run), { numRuns: 50 * DRILL });
  await rm(folder, { recursive: true });
});

test('a device cookie: one of 256 bits that the network makes, or nobody’s', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.base64String()), (value) => {
      const device = readDeviceCookie(value);
      expect(device === undefined).toBe(!/^[A-Za-z0-9_-]{43}$/.test(value));
    }),
  );
});

test('a body with a name twice in one object, anywhere and however it is escaped: undefined', () => {
  const places = [
    (text: string) => text,
    (text: string) => `[0,{"a":[${text}]}]`,
    (text: string) => `{"a":{},"b":${text}}`,
  ];
  const escaped = (name: string) =>
    [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const name = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, fc.json(), fc.json(), fc.constantFrom(...places), (key, one, other, place) => {
      const first = JSON.stringify(key);
      for (const second of [first, `"${escaped(key)}"`]) {
        expect(readJson(Buffer.from(place(`{${first}:${one},"longer name":1,${second} :${other}}`)))).toBeUndefined();
        expect(readJson(Buffer.from(place(`[{${first}:${one}},{${second}:${other}}]`)))).toBeDefined();
      }
    }),
  );
});

test('a body: JSON as JSON.parse reads it, of UTF-8 without a fault, or undefined', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((json) => Buffer.from(json)),
      ),
      (bytes) => {
        const value = readJson(bytes);
        if (value !== undefined)
          expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8'))));
      },
    ),
    { numRuns: 200 * DRILL },
  );
});
