/** Secrets that come in as files: `DATABASE_URL_FILE` names the file that holds DATABASE_URL. */
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/** The settings that hold a secret. docs/secrets.md has a row for each. */
export const SECRET_SETTINGS = [
  'DATABASE_URL',
  'CONSOLE_OIDC_CLIENT_SECRET',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
] as const;

const MAX_BYTES = 64 * 1024;

/**
 * The environment with each secret that a `…_FILE` setting names, such as a systemd credential or a Docker secret. The file is read once, at
 * the start; a line feed at its end is no part of the secret. The process's own environment, which its children inherit, is not changed.
 * Throws {@link ConfigError} for a file that cannot be read, is empty or larger than 64 KiB, and where the setting itself is given too.
 */
export function readSecretFiles(env: Environment): Environment {
  const given = SECRET_SETTINGS.filter((name) => env[`${name}_FILE`]);
  const read: Record<string, string> = {};
  for (const name of given) {
    const setting = `${name}_FILE`;
    if (env[name]) throw new ConfigError(setting, `and ${name} exclude each other.`);
    read[name] = readSecret(setting, env[setting] ?? '');
  }
  return given.length === 0 ? env : { ...env, ...read };
}

function readSecret(setting: string, file: string): string {
  let content: string;
  try {
    if (statSync(file).size > MAX_BYTES) throw new ConfigError(setting, 'names a file that is larger than 64 KiB.');
    content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(setting, `names a file that cannot be read: ${file}.`, { cause });
  }
  if (content === '') throw new ConfigError(setting, `names an empty file: ${file}.`);
  return content;
}
