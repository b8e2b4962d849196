/** What the kits of bank and shop are configured with at a test network. */
import { type NetworkProfile, ourNetwork } from '@payment-passkeys/issuer/server';
import type { Fetch } from '@payment-passkeys/kit';
import type { TestClient } from '@payment-passkeys/testkit';
import type { TestNetwork } from './running-network.ts';

/** The options for a client that `network` knows. */
export function kitOptions(network: TestNetwork, { registration, privateKey }: TestClient = network.client) {
  const { publicUrl, address } = network;
  const { clientId, consumerKey } = registration;
  // The public address is signed; the network listens on loopback.
  const toLoopback: Fetch = (url, init) => fetch(url.replace(publicUrl, address), init);
  return { clientId, consumerKey, signingKey: privateKey, clock: () => network.now, fetch: toLoopback };
}

/** The issuer kit's profile of `network`; the issuer verifies proofs. */
export function profileOf({ publicUrl }: TestNetwork): NetworkProfile {
  return ourNetwork({ url: publicUrl, proof: { verify: 'ISSUER', audience: publicUrl } });
}
