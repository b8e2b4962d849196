/** Environment → frozen configuration. A missing or weak value is an error that names its setting. */
import { resolve } from 'node:path';
import type { ComplianceSettings, Mode } from '@payment-passkeys/protocol';
import { findFaultOfParameters, type TimeLimits } from '@payment-passkeys/storage';
import { type NetworkBranding, readBranding } from './branding.ts';
import { ConfigError } from './config-error.ts';
import { type ConsoleSettings, readConsole } from './console-settings.ts';
import { type DemoSettings, readDemo } from './demo-settings.ts';
import { type LegalDocuments, readDocuments } from './documents.ts';
import type { Environment } from './environment.ts';
import { readInteger } from './integer-setting.ts';
import { readOrigin } from './origin-setting.ts';
import { readSecretFiles } from './secret-files.ts';
import { readTracing, type TracingSettings } from './tracing-settings.ts';
import { findFaultOfProxies } from './trust-proxy.ts';

export interface Config {
  readonly mode: Mode;
  readonly host: string;
  readonly port: number;
  /** The network's public origin, such as `https://verify.network.example`. Signatures, proofs and passkeys are tied to it. */
  readonly publicUrl: string;
  /** The `aud` of a proof. */
  readonly audience: string;
  /** The WebAuthn RP ID: PUBLIC_URL's host name, fixed for life. */
  readonly rpId: string;
  readonly databaseUrl: string | undefined;
  readonly database: DatabaseSettings;
  readonly shutdown: DrainSettings;
  /** Absolute path of the keys, and of the embedded database when there is no DATABASE_URL. */
  readonly dataDir: string;
  readonly logLevel: string;
  /** Addresses and networks (CIDR) of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; undefined for none. */
  readonly trustProxy: readonly string[] | undefined;
  readonly limits: RateLimits;
  /** The most merchants that a payment service provider may register. */
  readonly merchantsPerProvider: number;
  readonly attestation: AttestationSettings;
  /** Name, mark and colour that cardholders see. */
  readonly branding: NetworkBranding;
  /** The documents that cardholders agree to on the hosted page when a passkey is made at a shop. */
  readonly documents: ComplianceSettings;
  /** The documents that the network itself serves. */
  readonly legal: LegalDocuments;
  /** Where Prometheus finds /metrics. Undefined: on the public port in sandbox mode, nowhere in production. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing: TracingSettings | undefined;
  /** Undefined: there is no console. */
  readonly console: ConsoleSettings | undefined;
  /** The reference bank and shop beside a sandbox. */
  readonly demo: DemoSettings;
}

/** How a server ends: see process/draining.ts. */
export interface DrainSettings {
  /** Seconds in which /health/ready answers 503 and connections are still accepted, so that load balancers notice. */
  readonly delaySeconds: number;
  /** Seconds after the delay in which running requests may finish; then their connections are cut. */
  readonly timeoutSeconds: number;
}

/** Per process: the connections that serve requests. */
export interface DatabaseSettings {
  /** Connections at most. */
  readonly poolSize: number;
  readonly limits: TimeLimits;
}

/** The trust anchors of attestations; absolute paths. */
export interface AttestationSettings {
  /** PEM certificates. */
  readonly rootsFile: string | undefined;
  /** A FIDO metadata BLOB, the PEM root that it is verified to, and the host that its certificate is for. */
  readonly metadata: { readonly blobFile: string; readonly rootFile: string; readonly signer: string } | undefined;
}

export interface RateLimits {
  /** Signed requests a second. */
  readonly perClient: number;
  /** Session starts a second of one merchant of a payment service provider. */
  readonly perMerchant: number;
  /** Requests a second. */
  readonly perAddress: number;
  /** Calls of the hosted page's back end for one session, a minute. */
  readonly perSession: number;
  /** Calls before and while somebody signs in at the console, a minute, for each address. */
  readonly signIn: number;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/** Throws {@link ConfigError} for the first value that cannot be used. */
export function readConfig(given: Environment): Config {
  const env = readSecretFiles(given);
  const mode = readMode(env.MODE);
  const port = readInteger(env, 'PORT', { absent: 4000, min: 1, max: 65535 });
  const host = env.HOST || '127.0.0.1';
  const publicUrl = readPublicUrl(env.PUBLIC_URL, mode, port);
  const logLevel = env.LOG_LEVEL || 'info';
  const legal = readDocuments(env, publicUrl);
  if (!LOG_LEVELS.includes(logLevel)) throw new ConfigError('LOG_LEVEL', `has to be one of ${LOG_LEVELS.join(', ')}.`);
  return Object.freeze({
    mode,
    host,
    port,
    publicUrl,
    audience: env.AUDIENCE || publicUrl,
    rpId: new URL(publicUrl).hostname,
    databaseUrl: readDatabaseUrl(env, mode),
    database: readDatabaseSettings(env),
    shutdown: Object.freeze({
      // Load balancers ask for health every few seconds; a developer does not want to wait.
      delaySeconds: readInteger(env, 'SHUTDOWN_DELAY', { absent: mode === 'production' ? 5 : 0, min: 0, max: 300 }),
      timeoutSeconds: readInteger(env, 'SHUTDOWN_TIMEOUT', { absent: 30, min: 1, max: 600 }),
    }),
    dataDir: resolve(env.DATA_DIR || '.data'),
    logLevel,
    branding: readBranding(env, publicUrl),
    documents: legal.documents,
    legal,
    trustProxy: readTrustProxy(env.TRUST_PROXY, mode),
    attestation: readAttestation(env),
    metrics: readMetrics(env),
    tracing: readTracing(env),
    console: readConsole(env, { mode, host, port, publicUrl }),
    demo: readDemo(env, mode),
    merchantsPerProvider: readInteger(env, 'MERCHANTS_PER_PROVIDER', { absent: 10_000, min: 1, max: 1_000_000 }),
    limits: Object.freeze({
      perClient: readInteger(env, 'RATE_LIMIT_PER_CLIENT', { absent: 200, min: 1, max: 1_000_000 }),
      perMerchant: readInteger(env, 'RATE_LIMIT_PER_MERCHANT', { absent: 50, min: 1, max: 1_000_000 }),
      perAddress: readInteger(env, 'RATE_LIMIT_PER_ADDRESS', { absent: 1000, min: 1, max: 1_000_000 }),
      perSession: readInteger(env, 'RATE_LIMIT_PER_SESSION', { absent: 300, min: 1, max: 1_000_000 }),
      signIn: readInteger(env, 'RATE_LIMIT_SIGN_IN', { absent: 60, min: 1, max: 1_000_000 }),
    }),
  });
}

function readDatabaseSettings(env: Environment): DatabaseSettings {
  const statementSeconds = readInteger(env, 'DATABASE_STATEMENT_TIMEOUT', { absent: 5, min: 1, max: 60 });
  return Object.freeze({
    poolSize: readInteger(env, 'DATABASE_POOL_SIZE', { absent: 20, min: 1, max: 1000 }),
    limits: Object.freeze({
      connectSeconds: readInteger(env, 'DATABASE_CONNECT_TIMEOUT', { absent: 5, min: 1, max: 60 }),
      statementSeconds,
      lockSeconds: readInteger(env, 'DATABASE_LOCK_TIMEOUT', {
        absent: Math.min(3, statementSeconds),
        min: 1,
        max: statementSeconds,
      }),
    }),
  });
}

function readMetrics(env: Environment): Config['metrics'] {
  if (!env.METRICS_PORT) return undefined;
  const port = readInteger(env, 'METRICS_PORT', { absent: 0, min: 1, max: 65535 });
  return Object.freeze({ host: env.METRICS_HOST || '127.0.0.1', port });
}

function readAttestation(env: Environment): AttestationSettings {
  const file = (name: string) => (env[name] ? resolve(env[name]) : undefined);
  const [rootsFile, blobFile, rootFile] = [file('ATTESTATION_ROOTS'), file('METADATA_BLOB'), file('METADATA_ROOT')];
  if (blobFile === undefined) return Object.freeze({ rootsFile, metadata: undefined });
  if (rootFile === undefined) {
    throw new ConfigError('METADATA_ROOT', 'is required with METADATA_BLOB: the PEM certificate that signs for it.');
  }
  const signer = env.METADATA_SIGNER || 'mds.fidoalliance.org';
  return Object.freeze({ rootsFile, metadata: Object.freeze({ blobFile, rootFile, signer }) });
}

function readMode(value: string | undefined): Mode {
  if (!value) return 'sandbox';
  if (value === 'sandbox' || value === 'production') return value;
  throw new ConfigError('MODE', 'has to be sandbox or production.');
}

function readPublicUrl(value: string | undefined, mode: Mode, port: number): string {
  return readOrigin(value, {
    setting: 'PUBLIC_URL',
    name: 'verify',
    port,
    mode,
    required: 'is required in production',
  });
}

/** In production TLS ends at a proxy in front, and only the headers of that proxy are trusted. */
function readTrustProxy(value: string | undefined, mode: Mode): readonly string[] | undefined {
  if (!value) {
    if (mode === 'sandbox') return undefined;
    throw new ConfigError(
      'TRUST_PROXY',
      'is required in production: the addresses or networks of the proxies in front that end TLS, such as 10.0.0.0/8.',
    );
  }
  const entries = value.split(',').map((entry) => entry.trim());
  const fault = findFaultOfProxies(entries);
  if (fault) throw new ConfigError('TRUST_PROXY', fault);
  return Object.freeze(entries);
}

const MIN_PASSWORD_LENGTH = 16;

/** In production a database on another machine needs a strong password or a client certificate. */
function readDatabaseUrl(env: Environment, mode: Mode): string | undefined {
  const value = env.DATABASE_URL || undefined;
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  // The error does not quote the value: it holds a password.
  if (url === undefined || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new ConfigError('DATABASE_URL', 'has to be an address such as postgres://user:password@host:5432/database.');
  }
  const fault = findFaultOfParameters(value);
  if (fault) throw new ConfigError('DATABASE_URL', fault);
  if (mode === 'sandbox' || isLocalDatabase(value) || url.searchParams.has('sslcert')) return value;
  const password = readPassword(url) || env.PGPASSWORD || '';
  if (password.length < MIN_PASSWORD_LENGTH || new Set(password).size < MIN_PASSWORD_LENGTH / 2) {
    throw new ConfigError(
      'DATABASE_URL',
      `has a ${password === '' ? 'missing' : 'weak'} password: at least ${MIN_PASSWORD_LENGTH} random characters are expected (or PGPASSWORD, or sslcert).`,
    );
  }
  return value;
}

function readPassword({ password }: URL): string {
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

/** On this machine: over loopback or a Unix socket. */
export function isLocalDatabase(databaseUrl: string): boolean {
  const { hostname, searchParams } = new URL(databaseUrl);
  const host = searchParams.get('host') ?? hostname;
  return (
    host === '' || host.startsWith('/') || host.startsWith('%2F') || /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)
  );
}
