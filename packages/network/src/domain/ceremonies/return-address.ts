/** The address that a hosted page may return to: the session's own callback, or an allow-listed one of the launch (contract §3). */
import { checkLaunchCallbackUri, type Mode, type ServiceErrorCode } from '@payment-passkeys/protocol';
import type { Session } from '../sessions/store.ts';

export interface ReturnRules {
  readonly mode: Mode;
  readonly callbackDomains: readonly string[];
  readonly callbackSchemes: readonly string[];
}

export type ReturnAddress =
  | { readonly ok: true; readonly uri: string }
  | { readonly ok: false; readonly code: ServiceErrorCode };

/**
 * `sessionCallback` was checked when the session was made, and has precedence. `rules` are those of the session's client; if the session is
 * unknown, those of the client that the launch names; undefined if both are unknown.
 */
export function resolveReturnAddress(
  sessionCallback: string | null | undefined,
  launchCallback: string | undefined,
  rules: ReturnRules | undefined,
): ReturnAddress {
  if (sessionCallback) return { ok: true, uri: sessionCallback };
  if (!launchCallback) return { ok: false, code: 'CALLBACK_MISSING' };
  if (rules === undefined) return { ok: false, code: 'CALLBACK_NOT_ALLOWED' };
  const { mode, callbackSchemes, callbackDomains } = rules;
  const checked = checkLaunchCallbackUri(launchCallback, { mode, registeredSchemes: callbackSchemes, callbackDomains });
  if (checked.ok) return checked;
  return { ok: false, code: checked.refusal === 'HOST_NOT_ALLOWED' ? 'CALLBACK_NOT_ALLOWED' : 'CALLBACK_INVALID' };
}

/** Where an opened session returns to. */
export function returnAddress({ returnTo }: Pick<Session, 'returnTo'>): string {
  if (returnTo === null) throw new Error('An opened session has a return address.');
  return returnTo;
}
