import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

describe('the configuration', () => {
  test('has a default for everything in sandbox mode', () => {
    expect(readConfig({})).toEqual({
      mode: 'sandbox',
      host: '127.0.0.1',
      port: 4000,
      publicUrl: 'http://verify.localhost:4000',
      audience: 'http://verify.localhost:4000',
      rpId: 'verify.localhost',
      databaseUrl: undefined,
      dataDir: expect.stringMatching(/^\/.*\.data$/),
      logLevel: 'info',
      limits: { perClient: 200, perAddress: 1000 },
    });
  });

  test('at least 50 requests a second for each client by default', () => {
    expect(readConfig({}).limits.perClient).toBeGreaterThanOrEqual(50);
  });

  test('is frozen', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
  });

  test('takes PUBLIC_URL as one origin, and AUDIENCE beside it', () => {
    const config = readConfig({ PUBLIC_URL: 'https://Verify.Network.example:443/', AUDIENCE: 'payment-passkeys' });
    expect(config).toMatchObject({
      publicUrl: 'https://verify.network.example',
      audience: 'payment-passkeys',
      rpId: 'verify.network.example',
    });
  });

  test('an empty value is an absent one', () => {
    expect(readConfig({ MODE: '', PORT: '', PUBLIC_URL: '', AUDIENCE: '', DATABASE_URL: '', LOG_LEVEL: '' })).toEqual(
      readConfig({}),
    );
  });

  test.each([
    ['MODE', { MODE: 'prod' }],
    ['MODE', { MODE: 'Production' }],
    ['PORT', { PORT: '0' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '4000.5' }],
    ['PORT', { PORT: 'http' }],
    ['PORT', { PORT: '-1' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'verify.network.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: '//verify.network.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'ftp://verify.network.example' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://verify.network.example/path' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://verify.network.example/?a=1' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://verify.network.example/#a' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'https://user@verify.network.example/' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://127.0.0.1:4000' }],
    ['PUBLIC_URL', { PUBLIC_URL: 'http://[::1]:4000' }],
    ['PUBLIC_URL', { MODE: 'production' }],
    ['PUBLIC_URL', { MODE: 'production', PUBLIC_URL: 'http://verify.network.example' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['RATE_LIMIT_PER_CLIENT', { RATE_LIMIT_PER_CLIENT: '0' }],
    ['RATE_LIMIT_PER_CLIENT', { RATE_LIMIT_PER_CLIENT: 'none' }],
    ['RATE_LIMIT_PER_ADDRESS', { RATE_LIMIT_PER_ADDRESS: '-5' }],
  ] as const)('%s is named when it is wrong: %j', (setting, env) => {
    const read = () => readConfig(env);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(`^${setting} .*\\.$`) }));
  });
});
