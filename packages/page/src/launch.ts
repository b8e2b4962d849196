/** The launch parameters (contract §2), as far as the page itself can tell that they are broken. */
import type { LaunchParameters } from '@payment-passkeys/protocol';

/** Copies of the protocol's patterns, because importing its schemas would load the schema library; a test holds them equal. */
export const PATTERNS = {
  clientId: '^[A-Za-z0-9._-]{1,64}$',
  authenticationSessionId: '^[A-Za-z0-9_-]{22,64}$',
  clientSessionId: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  accessToken: '^[A-Za-z0-9_-]{43}$',
} as const;

type Required = keyof typeof PATTERNS;

/**
 * Whether a required parameter is missing or malformed. `openedBefore`: this page has spent its token already, so its absence
 * says nothing; nor does it on the way back from the issuer's verification. Compliance details are the back end's to judge, which knows whether the session brought them.
 */
export function isBroken(launch: LaunchParameters, { openedBefore }: { readonly openedBefore: boolean }): boolean {
  return (Object.keys(PATTERNS) as Required[]).some((name) => {
    const value = launch[name];
    if (value === undefined) return !(name === 'accessToken' && (openedBefore || launch.verification !== undefined));
    return !new RegExp(PATTERNS[name]).test(value);
  });
}

/** The launch once its token is spent. */
export function withoutToken({ accessToken: _, ...rest }: LaunchParameters): LaunchParameters {
  return rest;
}
