/** `npm start` on free ports and a temporary database, with its bank and shop, for tests that add clients of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRegistration, saveClient } from '@payment-passkeys/network';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import {
  createTestClient,
  createThrowawayDatabase,
  type NetworkAddress,
  PATIENT_LIMITS,
  type TestClient,
} from '@payment-passkeys/testkit';
import { type Demo, startDemo } from '../../src/index.ts';
import { ensurePartyKey } from '../../src/party-keys.ts';
import { freePorts } from '../free-ports.ts';

export interface PartyNetwork extends NetworkAddress {
  /** The audience of the network's proofs. */
  readonly audience: string;
  readonly clock: () => Date;
  /** Registers a client with a new key. */
  addClient(changes: Partial<ClientRegistration>): Promise<TestClient>;
}

/** Where a site listens, and what browsers see. */
export interface SiteAddress {
  readonly address: string;
  readonly origin: string;
}

export interface Parties {
  readonly demo: Demo;
  readonly network: PartyNetwork;
  readonly bank: SiteAddress;
  readonly shop: SiteAddress;
  /** The reference bank or shop as a client: signs with its key. */
  clientOf(party: 'bank' | 'shop'): Promise<TestClient>;
  stop(): Promise<void>;
}

export async function startParties(): Promise<Parties> {
  const database = await createThrowawayDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'parties-'));
  const ports = await freePorts();
  const clock = () => new Date();
  const demo = await startDemo({
    ports,
    dataDir,
    databaseUrl: database.url,
    logLevel: 'silent',
    settings: PATIENT_LIMITS,
    clock,
  });
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const address = { address: at(ports.network), publicUrl: demo.networkUrl };
  const { pool, config } = demo.network.network;
  const setUp = { author: { actor: { kind: 'NETWORK' } }, now: clock() } as const;
  return {
    demo,
    network: {
      ...address,
      audience: config.audience,
      clock,
      async addClient(changes) {
        const client = await createTestClient(address, { clock, changes });
        const saved = await saveClient(pool, readRegistration(client.registration), setUp);
        if (typeof saved !== 'string')
          throw new Error(`The client conflicts with ${saved.clientId}: ${saved.conflict}`);
        return client;
      },
    },
    bank: { address: at(ports.bank), origin: demo.bankUrl },
    shop: { address: at(ports.shop), origin: demo.shopUrl },
    async clientOf(party) {
      const { privateKey } = await ensurePartyKey({ dataDir, party, name: 'signing-key' });
      const changes = { clientId: party, consumerKey: `${party}!demo-signing-key` };
      return createTestClient(address, { clock, changes, signingKey: privateKey });
    },
    async stop() {
      await demo.stop();
      await database.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
