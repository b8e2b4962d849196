/** The path of a client in the console's API. */
export function apiPathOf(clientId: string): string {
  return `/api/clients/${encodeURIComponent(clientId)}`;
}
