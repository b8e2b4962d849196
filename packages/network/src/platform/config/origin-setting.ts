/** Settings that are origins: PUBLIC_URL and CONSOLE_URL of the listeners, DEMO_…_URL. */
import type { Mode } from '@payment-passkeys/protocol';
import { ConfigError } from './config-error.ts';

/**
 * An origin whose host name passkeys can be tied to. Without a value it is `http://NAME.localhost:PORT`, in the sandbox only.
 * @throws ConfigError
 */
export function readOrigin(
  value: string | undefined,
  {
    setting,
    name,
    port,
    mode,
    required,
  }: {
    readonly setting: string;
    /** The first label of the host names in examples. */
    readonly name: string;
    readonly port: number;
    readonly mode: Mode;
    /** Begins the error for a missing value in production. */
    readonly required: string;
  },
): string {
  const example = `such as https://${name}.network.example.`;
  if (!value) {
    if (mode === 'production') throw new ConfigError(setting, `${required}, ${example}`);
    return `http://${name}.localhost:${port}`;
  }
  const url = readOriginUrl(value, { setting, example });
  if (mode === 'production' && url.protocol !== 'https:')
    throw new ConfigError(setting, 'has to be https in production.');
  if (/^[\d.]+$|^\[/.test(url.hostname)) {
    throw new ConfigError(
      setting,
      `has to be a host name: WebAuthn does not work on an IP address; try http://${name}.localhost.`,
    );
  }
  return url.origin;
}

/** `example` ends the error. @throws ConfigError if the value is not an http or https origin without a path */
export function readOriginUrl(
  value: string,
  { setting, example }: { readonly setting: string; readonly example: string },
): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`)
    throw new ConfigError(setting, `has to be an origin without a path, ${example}`);
  return url;
}
