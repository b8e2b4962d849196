/** Whether the launch parameters (contract §2) are broken, as far as the page can tell. */
import type { LaunchParameters } from '@payment-passkeys/protocol';

/** Copies of the protocol's patterns: importing its schemas would load the schema library. A test checks that they are equal. */
export const PATTERNS = {
  clientId: '^[A-Za-z0-9._-]{1,64}$',
  authenticationSessionId: '^[A-Za-z0-9_-]{22,64}$',
  clientSessionId: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  accessToken: '^[A-Za-z0-9_-]{43}$',
} as const;

type Required = keyof typeof PATTERNS;

/**
 * Whether a required parameter is missing or malformed. A missing token counts only if the token was not used yet: not when this page has
 * opened its session before (`openedBefore`), and not after the issuer's verification. The back end checks the compliance details.
 */
export function isBroken(launch: LaunchParameters, { openedBefore }: { readonly openedBefore: boolean }): boolean {
  return (Object.keys(PATTERNS) as Required[]).some((name) => {
    const value = launch[name];
    if (value === undefined) return !(name === 'accessToken' && (openedBefore || launch.verification !== undefined));
    return !new RegExp(PATTERNS[name]).test(value);
  });
}

/** The launch after its token was used. */
export function withoutToken({ accessToken: _, ...rest }: LaunchParameters): LaunchParameters {
  return rest;
}
