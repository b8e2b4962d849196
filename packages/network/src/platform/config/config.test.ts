import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { ConfigError } from './config-error.ts';
import { readDocuments } from './documents.ts';

const PRODUCTION = { MODE: 'production', PUBLIC_URL: 'https://verify.network.example', TRUST_PROXY: '10.0.0.0/8' };

describe('the configuration', () => {
  test('has a default for everything in sandbox mode', () => {
    const legal = readDocuments({}, 'http://verify.localhost:4000');
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
      documents: legal.documents,
      legal,
      branding: { name: 'verify.localhost', mark: undefined, accent: undefined, supportUri: undefined },
      demo: { bankUrl: undefined, shopUrl: undefined },
      trustProxy: undefined,
      attestation: { rootsFile: undefined, metadata: undefined },
      database: { poolSize: 20, limits: { connectSeconds: 5, statementSeconds: 5, lockSeconds: 3 } },
      shutdown: { delaySeconds: 0, timeoutSeconds: 30 },
      merchantsPerProvider: 10_000,
      limits: { perClient: 200, perMerchant: 50, perAddress: 1000, perSession: 300, signIn: 60 },
    });
  });

  test('at least 50 requests a second for each client by default', () => {
    expect(readConfig({}).limits.perClient).toBeGreaterThanOrEqual(50);
  });

  test('is frozen', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config) && Object.isFrozen(config.limits)).toBe(true);
  });

  test('waits for no lock longer than for a statement, and behind a load balancer leaves slowly', () => {
    expect(readConfig({ DATABASE_STATEMENT_TIMEOUT: '2' }).database.limits.lockSeconds).toBe(2);
    expect(readConfig({ ...PRODUCTION }).shutdown.delaySeconds).toBe(5);
  });

  test('takes PUBLIC_URL as one origin, and AUDIENCE beside it', () => {
    const config = readConfig({ PUBLIC_URL: 'https://Verify.Network.example:443/', AUDIENCE: 'payment-passkeys' });
    expect(config).toMatchObject({
      publicUrl: 'https://verify.network.example',
      audience: 'payment-passkeys',
      rpId: 'verify.network.example',
    });
  });

  test('believes the proxies of TRUST_PROXY: addresses, networks, or names for this machine and its neighbours', () => {
    const { trustProxy } = readConfig({ ...PRODUCTION, TRUST_PROXY: '10.0.0.0/8, 2001:db8::1,loopback' });
    expect(trustProxy).toEqual(['10.0.0.0/8', '2001:db8::1', 'loopback']);
  });

  test.each([
    'postgres://network:s3kQ-v9Lw_2xTz7pRb@db.example/network?sslmode=verify-full',
    'postgres://network@db.example/network?sslcert=/etc/network.crt&sslkey=/etc/network.key',
    'postgres://network@127.0.0.1:5432/network',
    'postgres://network@localhost/network',
    'postgresql:///network?host=/var/run/postgresql',
  ])('in production a database is on this machine, or has a password worth the name, or a certificate: %s', (url) => {
    expect(readConfig({ ...PRODUCTION, DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  test('what is wrong with DATABASE_URL is said without it', () => {
    const url = 'postgres://network:hunter2@db.example/network';
    expect(() => readConfig({ ...PRODUCTION, DATABASE_URL: url })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/hunter2|db\.example/) }),
    );
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
    ['TRUST_PROXY', { MODE: 'production', PUBLIC_URL: 'https://verify.network.example' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'true' }],
    ['TRUST_PROXY', { TRUST_PROXY: '1' }],
    ['TRUST_PROXY', { TRUST_PROXY: '*' }],
    ['TRUST_PROXY', { TRUST_PROXY: 'proxy.network.example' }],
    ['TRUST_PROXY', { TRUST_PROXY: '0.0.0.0/0' }],
    ['TRUST_PROXY', { TRUST_PROXY: '::/0' }],
    ['TRUST_PROXY', { TRUST_PROXY: '0.0.0.0/1, 128.0.0.0/1' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/33' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.0/8/8' }],
    ['TRUST_PROXY', { TRUST_PROXY: '10.0.0.1,,10.0.0.2' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://db.example/network' }],
    ['DATABASE_URL', { DATABASE_URL: 'db.example' }],
    ['DATABASE_URL', { ...PRODUCTION, DATABASE_URL: 'postgres://network@db.example/network?sslcert=' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://127.0.0.1/network?host=one.example&host=two.example' }],
    ['DATABASE_URL', { ...PRODUCTION, DATABASE_URL: 'postgres://network@db.example/network' }],
    ['DATABASE_URL', { ...PRODUCTION, DATABASE_URL: 'postgres://network:network@db.example/network' }],
    ['DATABASE_URL', { ...PRODUCTION, DATABASE_URL: 'postgres://network:aaaaaaaaaaaaaaaaaaaa@db.example/network' }],
    ['DATABASE_URL', { ...PRODUCTION, DATABASE_URL: 'postgres://db.example/network', PGPASSWORD: 'postgres' }],
    ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '0' }],
    ['DATABASE_POOL_SIZE', { DATABASE_POOL_SIZE: '1001' }],
    ['DATABASE_CONNECT_TIMEOUT', { DATABASE_CONNECT_TIMEOUT: '0' }],
    ['DATABASE_STATEMENT_TIMEOUT', { DATABASE_STATEMENT_TIMEOUT: '61' }],
    ['DATABASE_LOCK_TIMEOUT', { DATABASE_LOCK_TIMEOUT: '6' }],
    ['SHUTDOWN_DELAY', { SHUTDOWN_DELAY: '-1' }],
    ['SHUTDOWN_TIMEOUT', { SHUTDOWN_TIMEOUT: '0' }],
    ['RATE_LIMIT_PER_SESSION', { RATE_LIMIT_PER_SESSION: '0' }],
    ['METADATA_ROOT', { METADATA_BLOB: 'blob.jwt' }],
    ['LOG_LEVEL', { LOG_LEVEL: 'verbose' }],
    ['RATE_LIMIT_PER_CLIENT', { RATE_LIMIT_PER_CLIENT: '0' }],
    ['RATE_LIMIT_PER_CLIENT', { RATE_LIMIT_PER_CLIENT: 'none' }],
    ['RATE_LIMIT_PER_ADDRESS', { RATE_LIMIT_PER_ADDRESS: '-5' }],
    ['RATE_LIMIT_PER_MERCHANT', { RATE_LIMIT_PER_MERCHANT: '0' }],
    ['MERCHANTS_PER_PROVIDER', { MERCHANTS_PER_PROVIDER: '0' }],
  ] as const)('%s is named when it is wrong: %j', (setting, env) => {
    const read = () => readConfig(env);
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(expect.objectContaining({ setting, message: expect.stringMatching(`^${setting} .*\\.$`) }));
  });
});
