/** What the scripts of both collections share. */

export const KEYS_PATH = '/keys/encryption';

/** The Authorization header of a request that is not signed yet. */
export const PARTY: RegExp = /^OAuth (issuer|merchant)$/;

/** For a session's clientSessionId: its form, and no secret. */
export function randomUuid(): string {
  return 'xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx'.replace(/x/g, () => Math.floor(Math.random() * 16).toString(16));
}
