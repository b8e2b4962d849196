/** The list of addresses that a cardholder may return to (contract §3). It is given at construction and comes from nowhere else. */
import { checkCallbackUri, isLocalhost, isPrivateUseScheme } from '@payment-passkeys/protocol';
import { KitError } from '../kit-error.ts';
import { anyText, findViolations, listOf } from '../options/rules.ts';

export interface CallbackOrigins {
  /**
   * The callback in its WHATWG form, with our `state` added. Throws `CALLBACK_NOT_ALLOWED` if the address is not text, is malformed, has a
   * `state` of its own, or has an origin or scheme that is not listed.
   */
  withState(callbackUri: string, state: string): string;
}

/**
 * An entry is an exact web origin (`https://bank.example`, with its port unless it is the default one; `http` for `localhost`
 * and `*.localhost` only), or a private-use scheme in reverse-domain form (`example.bank.app`, RFC 8252 §7.1).
 * Throws `INVALID_OPTIONS` when the list is empty or an entry is neither.
 */
export function readCallbackOrigins(entries: readonly string[]): CallbackOrigins {
  if (findViolations({ entries }, { entries: listOf(anyText) }, '').length > 0) {
    throw new KitError('INVALID_OPTIONS', 'callbackOrigins must be a list of text');
  }
  if (entries.length === 0) throw new KitError('INVALID_OPTIONS', 'callbackOrigins must name at least one origin');
  const origins = new Set(entries.filter(isWebOrigin));
  const schemes = entries.filter(isPrivateUseScheme);
  if (!entries.every((entry) => isWebOrigin(entry) || isPrivateUseScheme(entry))) {
    throw new KitError(
      'INVALID_OPTIONS',
      'each of callbackOrigins must be an https origin without path, http of localhost, or a private-use scheme with a dot',
    );
  }
  const check = (text: string): string => {
    // The list decides about plain http and accepts it for localhost only; so this check uses the laxer mode.
    if (typeof text !== 'string') throw new KitError('CALLBACK_NOT_ALLOWED', 'callbackUri must be text');
    const checked = checkCallbackUri(text, { mode: 'sandbox', registeredSchemes: schemes });
    if (checked.ok) return checked.uri;
    throw new KitError('CALLBACK_NOT_ALLOWED', `the callbackUri was refused: ${checked.refusal}`);
  };
  return {
    withState(callbackUri, state) {
      const uri = check(callbackUri);
      const url = new URL(uri);
      if (isWeb(url) && !origins.has(url.origin)) {
        throw new KitError('CALLBACK_NOT_ALLOWED', 'its origin is not one of callbackOrigins');
      }
      if (url.searchParams.has('state')) {
        throw new KitError('CALLBACK_NOT_ALLOWED', 'state is a parameter of the kit; leave it out');
      }
      const separator = !uri.includes('?') ? '?' : /[?&]$/.test(uri) ? '' : '&';
      return check(`${uri}${separator}state=${state}`);
    },
  };
}

function isWeb(url: URL): boolean {
  return url.protocol === 'https:' || url.protocol === 'http:';
}

function isWebOrigin(entry: string): boolean {
  if (!URL.canParse(entry)) return false;
  const url = new URL(entry);
  return url.origin === entry && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocalhost(url.hostname)));
}
