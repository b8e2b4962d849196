import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/** A setting that is a whole number. @throws ConfigError for anything else, and outside `min` to `max`. */
export function readInteger(
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
