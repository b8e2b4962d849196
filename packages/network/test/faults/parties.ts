/** The bank and the shop, which call the network by their kits, and the card's issuer whom the network asks. */

import { createIssuer, createPostgresEnrolmentStore, type Issuer, ourNetwork } from '@payment-passkeys/issuer/server';
import { systemTimers, type Timers } from '@payment-passkeys/kit';
import { createMerchant, createPostgresMerchantStore, type Merchant } from '@payment-passkeys/merchant/server';
import {
  createTestClient,
  createVerifyingIssuer,
  type NetworkAddress,
  TEST_MERCHANT,
  type TestClient,
  type VerifyingIssuer,
} from '@payment-passkeys/testkit';
import type { Pool } from 'pg';
import { readRegistration } from '../../src/domain/clients/registration.ts';
import { saveClient } from '../../src/domain/clients/store.ts';

export const BANK = 'http://bank.localhost:4001';
export const SHOP = 'http://shop.localhost:4002';

export interface Parties {
  readonly bank: TestClient;
  readonly shop: TestClient;
  readonly verifier: VerifyingIssuer;
}

/** One process of the bank's and one of the shop's: each knows by itself when the network is not to be asked for a while. */
export interface Counter {
  readonly issuer: Issuer;
  readonly merchant: Merchant;
  close(): Promise<void>;
}

const clock = () => new Date();

/** The kits wait as long as the network's Retry-After says; here nobody has that long. */
const LONGEST_WAIT_MILLISECONDS = 250;
const timers: Timers = {
  ...systemTimers,
  wait: (milliseconds) => systemTimers.wait(Math.min(milliseconds, LONGEST_WAIT_MILLISECONDS)),
};

/** Makes their keys and onboards them, straight in the network's database. */
export async function onboardParties(network: NetworkAddress, pool: Pool): Promise<Parties> {
  const bank = await createTestClient(network, { clock });
  const shop = await createTestClient(network, { clock, changes: TEST_MERCHANT });
  const verifier = await createVerifyingIssuer(network, { clientId: bank.registration.clientId, clock });
  const issuing = { ...bank.registration, verification: verifier.verification };
  for (const registration of [issuing, shop.registration]) {
    const saved = await saveClient(pool, readRegistration(registration), clock());
    if (typeof saved !== 'string') throw new Error(`The client conflicts with ${saved.clientId}: ${saved.conflict}`);
  }
  return { bank, shop, verifier };
}

/** `store` is a database of theirs that has the kits' tables; `publicUrl` the network's. */
export function openCounter(
  { bank, shop }: Parties,
  { publicUrl, store }: { publicUrl: string; store: Pool },
): Counter {
  const issuer = createIssuer({
    ...credentialsOf(bank),
    network: ourNetwork({ url: publicUrl, proof: { verify: 'ISSUER', audience: publicUrl } }),
    callbackOrigins: [BANK],
    store: createPostgresEnrolmentStore(store),
    timers,
  });
  const merchant = createMerchant({
    ...credentialsOf(shop),
    network: { url: publicUrl, audience: publicUrl },
    callbackOrigins: [SHOP],
    store: createPostgresMerchantStore(store),
    timers,
  });
  return {
    issuer,
    merchant,
    close: async () => {
      await Promise.all([issuer.close(), merchant.close()]);
    },
  };
}

function credentialsOf({ registration, privateKey }: TestClient) {
  const { clientId, consumerKey } = registration;
  return { clientId, consumerKey, signingKey: privateKey };
}
