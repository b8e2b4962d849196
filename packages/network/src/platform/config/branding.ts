/** The network's branding on the hosted page: its name, mark, colour and support address. */

import { type Accent, readAccent } from './accent.ts';
import { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { type Mark, readMark } from './mark.ts';

export interface NetworkBranding {
  /** Shown in the page's header and title, in the sentence about the terms, and in the browser's dialog when a passkey is made. */
  readonly name: string;
  /** Undefined: only the name is shown. */
  readonly mark: Mark | undefined;
  /** Undefined: the page's own colour. */
  readonly accent: Accent | undefined;
  /** An address on the web, or `mailto:`. Undefined: no link. */
  readonly supportUri: string | undefined;
}

/** An authenticator may cut an RP name after 64 bytes (WebAuthn). */
const MAX_NAME_BYTES = 64;
const MAX_URI_LENGTH = 1024;

/** Without NETWORK_NAME the name is the host name. Throws {@link ConfigError} for the first setting that cannot be used. */
export function readBranding(env: Environment, publicUrl: string): NetworkBranding {
  const name = env.NETWORK_NAME?.trim() || new URL(publicUrl).hostname;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) {
    const remedy = `has to be one line of at most ${MAX_NAME_BYTES} bytes of UTF-8, without control characters.`;
    throw new ConfigError('NETWORK_NAME', remedy);
  }
  const mark = env.NETWORK_MARK ? readMark(env.NETWORK_MARK) : undefined;
  const accent = env.NETWORK_ACCENT ? readAccent(env.NETWORK_ACCENT) : undefined;
  const supportUri = env.NETWORK_SUPPORT_URI || undefined;
  if (supportUri !== undefined && !isSupportUri(supportUri)) {
    const remedy =
      'has to be an https or mailto address, such as https://network.example/help or mailto:help@network.example.';
    throw new ConfigError('NETWORK_SUPPORT_URI', remedy);
  }
  return Object.freeze({ name, mark, accent, supportUri });
}

function isSupportUri(text: string): boolean {
  if (text.length > MAX_URI_LENGTH || !URL.canParse(text)) return false;
  const { username } = new URL(text);
  return (
    /^mailto:[^\s@,;?]+@[^\s@,;?]+(\?\S*)?$/i.test(text) || (/^https:\/\/[^\s/]+\S*$/i.test(text) && username === '')
  );
}
