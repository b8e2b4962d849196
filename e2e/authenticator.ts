/** A virtual authenticator on a page: a device's screen lock, as long as the page exists. */
import type { CDPSession, Page } from '@playwright/test';

/** A passkey with its private key and its counter, as Chromium gives it out. */
export type Credential = Awaited<ReturnType<typeof getCredentials>>[number];

export interface VirtualAuthenticator {
  /** The WebAuthn ids of the passkeys it holds. */
  credentialIds(): Promise<readonly string[]>;
  credentials(): Promise<readonly Credential[]>;
  addCredentials(credentials: readonly Credential[]): Promise<void>;
  /** With `false`, the user verification fails or is cancelled. */
  setUserVerified(verified: boolean): Promise<void>;
  /** Whether a user answers. Without a user, a ceremony waits for its timeout. */
  setPresence(present: boolean): Promise<void>;
  /** Deletes the passkeys, as a user does in the settings. */
  clear(): Promise<void>;
  /** Copies the passkeys of `other`, as the sync of a passkey provider does. */
  syncFrom(other: VirtualAuthenticator): Promise<void>;
  remove(): Promise<void>;
  readonly session: CDPSession;
  readonly id: string;
}

/** Adds an authenticator like a phone's own: internal, with resident keys and user verification. It answers without a person. */
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
  const credentials = () => getCredentials(session, authenticatorId);
  const addCredentials = async (added: readonly Credential[]) => {
    for (const credential of added) await session.send('WebAuthn.addCredential', { authenticatorId, credential });
  };
  const authenticator: VirtualAuthenticator = {
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
    credentials,
    addCredentials,
    syncFrom: async (other) => addCredentials(await other.credentials()),
    remove: async () => {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId });
    },
  };
  authenticators.set(page, authenticator);
  return authenticator;
}

async function getCredentials(session: CDPSession, authenticatorId: string) {
  return (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
}

const authenticators = new WeakMap<Page, VirtualAuthenticator>();

/** The authenticator that was added to the page last. */
export function findAuthenticator(page: Page): VirtualAuthenticator {
  const authenticator = authenticators.get(page);
  if (!authenticator) throw new Error('The page has no authenticator.');
  return authenticator;
}
