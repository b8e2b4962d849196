/** Which scope a route needs, and which scopes a client gets. */
import { OAUTH2_SCOPES, type OAuth2Scope, scopesOf } from '@payment-passkeys/protocol';

/** The scope of `/authentication/sessions/{id}` is `sessions`. Undefined: any access token will do, as for the sandbox's own routes. */
export function scopeOfRoute(url: string): OAuth2Scope | undefined {
  const resource = /^\/authentication\/([a-z]+)/.exec(url)?.[1];
  return OAUTH2_SCOPES.find((scope) => scope === resource);
}

/** The scopes that a token is granted, in the order of OAUTH2_SCOPES; undefined if the client asks for a scope that it cannot have, or for none. */
export function grantScopes(
  client: Parameters<typeof scopesOf>[0],
  asked: string | undefined,
): readonly OAuth2Scope[] | undefined {
  const possible = scopesOf(client);
  const named = new Set(asked?.split(' ').filter((scope) => scope !== '') ?? possible);
  const granted = possible.filter((scope) => named.has(scope));
  return granted.length === named.size && granted.length > 0 ? granted : undefined;
}
