/** DEMO_…: the reference bank and shop that run beside a sandbox. Its start page links to them. */
import type { Mode } from '@payment-passkeys/protocol';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';

/** Their origins, such as `http://bank.localhost:4001`; undefined where there is none. */
export interface DemoSettings {
  readonly bankUrl: string | undefined;
  readonly shopUrl: string | undefined;
}

/** @throws ConfigError, also where one is set in production */
export function readDemo(env: Environment, mode: Mode): DemoSettings {
  const read = (name: string) => {
    const value = env[name];
    if (!value) return undefined;
    if (mode === 'production') throw new ConfigError(name, 'is for sandbox mode only: leave it out.');
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
      throw new ConfigError(name, 'has to be an origin without a path, such as http://bank.localhost:4001.');
    return url.origin;
  };
  return Object.freeze({ bankUrl: read('DEMO_BANK_URL'), shopUrl: read('DEMO_SHOP_URL') });
}
