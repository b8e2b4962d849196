/** DEMO_…: the reference bank and shop that run beside a sandbox. Its start page links to them. */
import type { Mode } from '@payment-passkeys/protocol';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { readOriginUrl } from './origin-setting.ts';

/** The origins of the reference bank and shop, such as `http://bank.localhost:4001`; undefined if there is none. */
export interface DemoSettings {
  readonly bankUrl: string | undefined;
  readonly shopUrl: string | undefined;
}

/** @throws ConfigError, also if one of them is set in production */
export function readDemo(env: Environment, mode: Mode): DemoSettings {
  const read = (name: string) => {
    const value = env[name];
    if (!value) return undefined;
    if (mode === 'production') throw new ConfigError(name, 'is for sandbox mode only: leave it out.');
    return readOriginUrl(value, { setting: name, example: 'such as http://bank.localhost:4001.' }).origin;
  };
  return Object.freeze({ bankUrl: read('DEMO_BANK_URL'), shopUrl: read('DEMO_SHOP_URL') });
}
