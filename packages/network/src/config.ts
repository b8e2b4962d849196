/** Environment → frozen configuration. Refuses to start on a missing or weak value, naming it. */
import { resolve } from 'node:path';
import type { Mode } from '@payment-passkeys/protocol';

export interface Config {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  /** The network's public origin, such as `https://verify.network.example`: what signatures, proofs and passkeys are tied to. */
  readonly publicUrl: string;
  /** The `aud` of a proof. */
  readonly audience: string;
  /** The WebAuthn RP ID: PUBLIC_URL's host name, fixed for life. */
  readonly rpId: string;
  readonly databaseUrl: string | undefined;
  /** An absolute path: keys, and the embedded database where there is no DATABASE_URL. */
  readonly dataDir: string;
  readonly logLevel: string;
  readonly limits: RateLimits;
}

/** Requests a second. */
export interface RateLimits {
  readonly perClient: number;
  readonly perAddress: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly setting: string;

  constructor(setting: string, remedy: string) {
    super(`${setting} ${remedy}`);
    this.setting = setting;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Throws {@link ConfigError} for the first value that cannot be used. */
export function readConfig(env: Environment): Config {
  const mode = readMode(env.MODE);
  const port = readInteger(env, 'PORT', { absent: 4000, min: 1, max: 65535 });
  const publicUrl = readPublicUrl(env.PUBLIC_URL, mode, port);
  const logLevel = env.LOG_LEVEL || 'info';
  if (!LOG_LEVELS.includes(logLevel)) throw new ConfigError('LOG_LEVEL', `has to be one of ${LOG_LEVELS.join(', ')}.`);
  return Object.freeze({
    mode,
    host: env.HOST || '127.0.0.1',
    port,
    publicUrl,
    audience: env.AUDIENCE || publicUrl,
    rpId: new URL(publicUrl).hostname,
    databaseUrl: env.DATABASE_URL || undefined,
    dataDir: resolve(env.DATA_DIR || '.data'),
    logLevel,
    limits: Object.freeze({
      perClient: readInteger(env, 'RATE_LIMIT_PER_CLIENT', { absent: 200, min: 1, max: 1_000_000 }),
      perAddress: readInteger(env, 'RATE_LIMIT_PER_ADDRESS', { absent: 1000, min: 1, max: 1_000_000 }),
    }),
  });
}

function readMode(value: string | undefined): Mode {
  if (!value) return 'sandbox';
  if (value === 'sandbox' || value === 'production') return value;
  throw new ConfigError('MODE', 'has to be sandbox or production.');
}

function readPublicUrl(value: string | undefined, mode: Mode, port: number): string {
  if (!value) {
    if (mode === 'production')
      throw new ConfigError('PUBLIC_URL', 'is required in production, such as https://verify.network.example.');
    return `http://verify.localhost:${port}`;
  }
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) {
    throw new ConfigError('PUBLIC_URL', 'has to be an origin without a path, such as https://verify.network.example.');
  }
  if (mode === 'production' && url.protocol !== 'https:')
    throw new ConfigError('PUBLIC_URL', 'has to be https in production.');
  if (/^[\d.]+$|^\[/.test(url.hostname)) {
    throw new ConfigError(
      'PUBLIC_URL',
      'has to be a host name: WebAuthn does not work on an IP address; try http://verify.localhost.',
    );
  }
  return url.origin;
}

function readInteger(
  env: Environment,
  name: string,
  { absent, min, max }: { readonly absent: number; readonly min: number; readonly max: number },
): number {
  const text = env[name];
  if (!text) return absent;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(name, `has to be a whole number from ${min} to ${max}.`);
  }
  return value;
}
