/** The addresses of the screens about one thing. */

export function sessionAddress(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

export function passkeyAddress(credentialId: string): string {
  return `/passkeys/${encodeURIComponent(credentialId)}`;
}

export function clientAddress(clientId: string): string {
  return `/clients/${encodeURIComponent(clientId)}`;
}
