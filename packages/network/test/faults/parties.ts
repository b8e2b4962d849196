/** The bank and the shop, which call the network through their kits, and the card's issuer, which the network calls. */

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
import { bySetUp } from '../by-set-up.ts';

export const BANK = 'http://bank.localhost:4001';
export const SHOP = 'http://shop.localhost:4002';

export interface Parties {
  readonly bank: TestClient;
  readonly shop: TestClient;
  readonly verifier: VerifyingIssuer;
}

/** One process of the bank and one of the shop: each keeps its own record of when not to call the network. */
export interface Counter {
  readonly issuer: Issuer;
  readonly merchant: Merchant;
  close(): Promise<void>;
}

const clock = () => new Date();

/** The kits wait as long as the network's Retry-After says, but in these tests at most this long. */
const LONGEST_WAIT_MILLISECONDS = 250;
const timers: Timers = {
  ...systemTimers,
  wait: (milliseconds) => systemTimers.wait(Math.min(milliseconds, LONGEST_WAIT_MILLISECONDS)),
};

/** Makes their keys and onboards them, directly in the network's database. */
export async function onboardParties(network: NetworkAddress, pool: Pool): Promise<Parties> {
  const bank = await createTestClient(network, { clock });
  const shop = await createTestClient(network, { clock, changes: TEST_MERCHANT });
  const verifier = await createVerifyingIssuer(network, { clientId: bank.registration.clientId, clock });
  const issuing = { ...bank.registration, verification: verifier.verification };
  for (const registration of [issuing, shop.registration]) {
    const saved = await saveClient(pool, readRegistration(registration), bySetUp(clock()));
    if (typeof saved !== 'string') throw new Error(`The client conflicts with ${saved.clientId}: ${saved.conflict}`);
  }
  return { bank, shop, verifier };
}

/** `store` is a database with the kits' tables; `publicUrl` is the network's. */
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
