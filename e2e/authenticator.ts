/** A virtual authenticator on a page: a device's screen lock, as long as the page exists. */
import type { CDPSession, Page } from '@playwright/test';

export interface VirtualAuthenticator {
  /** The WebAuthn ids of the passkeys it holds. */
  credentialIds(): Promise<readonly string[]>;
  /** The user verification fails or is cancelled. */
  setUserVerified(verified: boolean): Promise<void>;
  /** Whether a user answers; without one, a ceremony waits for its timeout. */
  setPresence(present: boolean): Promise<void>;
  /** Deletes the passkeys, as a user does in the settings. */
  clear(): Promise<void>;
  /** Copies the passkeys of `other`, as the sync of a passkey provider does. */
  syncFrom(other: VirtualAuthenticator): Promise<void>;
  remove(): Promise<void>;
  readonly session: CDPSession;
  readonly id: string;
}

/** Like a phone's own: internal, with resident keys and user verification, which answers by itself. */
export async function addAuthenticator(page: Page): Promise<VirtualAuthenticator> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const credentials = async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return {
    session,
    id: authenticatorId,
    credentialIds: async () => (await credentials()).map(({ credentialId }) => credentialId),
    setUserVerified: async (isUserVerified) => {
      await session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
    setPresence: async (enabled) => {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
    clear: async () => {
      await session.send('WebAuthn.clearCredentials', { authenticatorId });
    },
    syncFrom: async (other) => {
      const held = await other.session.send('WebAuthn.getCredentials', { authenticatorId: other.id });
      for (const credential of held.credentials) {
        await session.send('WebAuthn.addCredential', { authenticatorId, credential });
      }
    },
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
}
