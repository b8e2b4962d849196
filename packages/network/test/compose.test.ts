/** The compose file and its proxy: they agree with each other and with the network, and Caddy serves as docs/operating-the-network.md demands. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createThrowawayDatabase, freePort } from '@payment-passkeys/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { rotateKeys } from '../src/domain/keys/key-folder.ts';
import { readConfig } from '../src/platform/config/config.ts';
import { type RunningNetwork, startNetwork } from '../src/process/start.ts';
import { FOLDER, unknownSettings } from './operations.ts';

const CADDYFILE = fileURLToPath(new URL('compose/Caddyfile', FOLDER));

interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly ports?: readonly string[];
  readonly networks: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly string[];
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<'proxy' | 'network' | 'postgres', Service>>;
  readonly networks: { readonly edge: object; readonly data: { readonly internal: boolean } };
  readonly volumes: object;
  readonly secrets: object;
}

const compose: Compose = parse(readFileSync(new URL('compose/compose.yaml', FOLDER), 'utf8'));
const { proxy, network, postgres } = compose.services;

/** The variables that an operator gives, in the form `${NAME}`, `${NAME:-default}` or `${NAME:?what it is}`. */
const GIVEN: Readonly<Record<string, string>> = {
  PUBLIC_HOST: 'verify.network.example',
  CONSOLE_HOST: 'console.network.example',
  NETWORK_NAME: 'Kestrel',
};
const fillIn = (value: string) =>
  value.replace(/\$\{(\w+)(?::[-?]([^}]*))?\}/g, (_all, name: string, otherwise = '') => GIVEN[name] ?? otherwise);
const environmentOf = ({ environment }: Service) =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fillIn(value)]));

describe('the compose file', () => {
  test('sets only what the network’s configuration knows, and production starts with it', () => {
    const env = environmentOf(network);
    expect(unknownSettings({ ...env, DATA_DIR: '/data', HOST: '0.0.0.0', PORT: '4000' })).toEqual([]);
    expect(env).toMatchObject({
      MODE: 'production',
      PUBLIC_URL: 'https://verify.network.example',
      CONSOLE_URL: 'https://console.network.example:8443',
    });
  });

  test('has no secret in an environment: each comes as a file that is named', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const [variable, value] of Object.entries(service.environment)) {
        if (/PASSWORD|SECRET|DATABASE_URL|KEY|TOKEN/.test(variable)) {
          expect(variable, name).toMatch(/_FILE$/);
          const [, secret = ''] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
          expect(service.secrets, `${name} ${variable}`).toContain(secret);
        }
      }
      for (const secret of service.secrets) expect(compose.secrets).toHaveProperty([secret]);
    }
  });

  test('confines every service', () => {
    for (const [name, { read_only, cap_drop, security_opt }] of Object.entries(compose.services)) {
      expect([read_only, cap_drop, security_opt], name).toEqual([true, ['ALL'], ['no-new-privileges:true']]);
    }
    expect(network).not.toHaveProperty('cap_add');
  });

  test('publishes the proxy’s ports only; the console’s is on loopback, unless the operator says otherwise', () => {
    expect(proxy.ports?.map(fillIn)).toEqual(['80:80', '443:443', '127.0.0.1:8443:8443']);
    for (const service of [network, postgres]) expect(service).not.toHaveProperty('ports');
  });

  test('lets the network believe the proxy’s address and no other, and the database talk to the network only', () => {
    expect(proxy.networks).toEqual({ edge: { ipv4_address: network.environment.TRUST_PROXY } });
    expect(network.networks).toEqual(['edge', 'data']);
    expect(postgres.networks).toEqual(['data']);
    expect(compose.networks.data.internal).toBe(true);
  });

  test('keeps the keys in a volume at the image’s DATA_DIR, and waits for the network’s end', () => {
    const dockerfile = readFileSync(new URL('../Dockerfile', FOLDER), 'utf8');
    const [, dataDir = ''] = /DATA_DIR=(\S+)/.exec(dockerfile) ?? [];
    expect(network.volumes).toEqual([`keys:${dataDir}`]);
    expect(compose.volumes).toHaveProperty('keys');
    expect(Number(network.stop_grace_period?.replace('s', ''))).toBeGreaterThan(5 + 30 + 10);
  });
});

const WITHOUT_CADDY = spawnSync('caddy', ['version']).error !== undefined;
if (process.env.DRILLS && WITHOUT_CADDY)
  console.warn('Caddy is not here: the proxy of the compose file is not run, SKIPPED.');

if (process.env.DRILLS) {
  describe.skipIf(WITHOUT_CADDY)('Caddy, with the Caddyfile, in front of a network in production mode', () => {
    let folder: string;
    let running: RunningNetwork;
    let stopDatabase: (() => Promise<void>) | undefined;
    let stopCaddy: (() => Promise<void>) | undefined;
    let ports: { readonly public: number; readonly console: number };

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'caddy-'));
      const certificate = join(folder, 'console.pem');
      const key = join(folder, 'console.key');
      const subject = ['-subj', '/CN=console', '-addext', 'subjectAltName=DNS:console.network.example'];
      const openssl = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        ...subject,
        '-keyout',
        key,
        '-out',
        certificate,
      ];
      execFileSync('openssl', openssl, { stdio: 'pipe' });

      const database = await createThrowawayDatabase({ poolSize: 1 });
      stopDatabase = database.close;
      await rotateKeys({ folder: join(folder, 'keys'), mode: 'production', now: new Date() });
      const own = { DATABASE_URL: database.url, DATA_DIR: folder, LOG_LEVEL: 'silent', TRUST_PROXY: 'loopback' };
      const listen = { HOST: '127.0.0.1', PORT: String(await freePort()), CONSOLE_PORT: String(await freePort()) };
      const { METRICS_PORT, METRICS_HOST, DATABASE_URL_FILE, ...env } = environmentOf(network);
      running = await startNetwork({ config: readConfig({ ...env, ...own, ...listen }), clock: () => new Date() });

      ports = { public: await freePort(), console: await freePort() };
      const child = spawn(
        'setpriv',
        ['--pdeathsig=KILL', 'caddy', 'run', '--adapter', 'caddyfile', '--config', CADDYFILE],
        {
          env: {
            PATH: process.env.PATH,
            HOME: folder,
            XDG_DATA_HOME: folder,
            PUBLIC_HOST: 'verify.localhost', // Caddy's own authority signs for it
            CONSOLE_HOST: GIVEN.CONSOLE_HOST,
            HTTP_PORT: String(await freePort()),
            HTTPS_PORT: String(ports.public),
            CONSOLE_LISTEN: String(ports.console),
            CONSOLE_CERTIFICATE: certificate,
            CONSOLE_KEY: key,
            NETWORK_HOST: '127.0.0.1',
            NETWORK_PORT: listen.PORT,
            CONSOLE_PORT: listen.CONSOLE_PORT,
          },
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      const ended = once(child, 'exit');
      stopCaddy = async () => {
        child.kill('SIGTERM');
        await ended;
      };
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (chunk) => {
        said += chunk;
      });
      const isServed = async () => {
        const { status } = await ask('verify.localhost', '/.well-known/jwks.json').catch(() => ({ status: said }));
        expect(status).toBe(200);
      };
      await vi.waitFor(isServed, { timeout: 120_000, interval: 50 });
    });
    afterAll(async () => {
      await stopCaddy?.();
      await running?.stop();
      await stopDatabase?.();
      if (folder) rmSync(folder, { recursive: true });
    });

    /** A request to the proxy. The certificate is not checked, because Caddy makes it. */
    const ask = async (
      host: string,
      path: string,
      options: { port?: number; method?: string; body?: Buffer; headers?: object } = {},
    ) => {
      const { port = ports.public, method = 'GET', body, headers = {} } = options;
      const sent = request({
        ...{ host: '127.0.0.1', port, path, method, servername: host, rejectUnauthorized: false },
        headers: { host, ...headers },
      });
      sent.end(body);
      const [answer] = await once(sent, 'response');
      return { status: answer.statusCode as number, body: await text(answer), headers: answer.headers };
    };

    test('the network is served, and knows that the request came by https', async () => {
      const forged = { 'x-forwarded-proto': 'http', 'x-forwarded-for': '10.9.8.7' };
      expect((await ask('verify.localhost', '/.well-known/jwks.json', { headers: forged })).status).toBe(200);
    });

    test('health and metrics are not for the public', async () => {
      for (const path of ['/health/ready', '/health/live', '/metrics']) {
        const { status, body } = await ask('verify.localhost', path);
        expect([status, body], path).toEqual([404, '']);
      }
    });

    test('a body of more than 64 kB ends at the proxy', async () => {
      const body = Buffer.alloc(100_000, 'x');
      const { status } = await ask('verify.localhost', '/auth/passkeys/open', { method: 'POST', body });
      expect([413, 502]).toContain(status); // Caddy 2.6 answers 502
    });

    test('the console is served at its own port and host name, and the network is not', async () => {
      const { status, body } = await ask('console.network.example', '/api/me', { port: ports.console });
      expect([status, JSON.parse(body)]).toEqual([
        200,
        expect.objectContaining({ mode: 'production', approvals: true }),
      ]);
      expect((await ask('console.network.example', '/.well-known/jwks.json', { port: ports.console })).status).toBe(
        404,
      );
    });

    test('neither host name is served at the other’s port', async () => {
      expect((await ask('verify.localhost', '/api/me')).status).toBe(404);
      // Caddy's own empty answer.
      expect((await ask('console.network.example', '/api/me')).body).toBe('');
      expect((await ask('verify.localhost', '/.well-known/jwks.json', { port: ports.console })).body).toBe('');
    });
  });
}
