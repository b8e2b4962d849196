/** A virtual authenticator on a page: the screen lock of a device, for as long as the page lives. */
import type { CDPSession, Page } from '@playwright/test';

export interface VirtualAuthenticator {
  /** The WebAuthn ids of the passkeys it holds. */
  credentialIds(): Promise<readonly string[]>;
  /** The person fails or cancels the check. */
  setUserVerified(verified: boolean): Promise<void>;
  /** Whether somebody is there to answer; without, a ceremony waits for its timeout. */
  setPresence(present: boolean): Promise<void>;
  /** What a person does in the settings: the passkeys are gone. */
  clear(): Promise<void>;
  /** Puts a copy of `other`'s passkeys here: what a passkey provider's sync does. */
  syncFrom(other: VirtualAuthenticator): Promise<void>;
  remove(): Promise<void>;
  readonly session: CDPSession;
  readonly id: string;
}

/** As a phone's own: internal, with resident keys and user verification, answering by itself. */
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
