/** Everything between the clients and the disk: the network behind a proxy that records it, its database, bank and shop. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENROLMENT_MIGRATION, ENROLMENT_TRACE_MIGRATION } from '@payment-passkeys/issuer/server';
import {
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
} from '@payment-passkeys/merchant/server';
import type { AccountReferences } from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import { createThrowawayDatabase, type NetworkAddress } from '@payment-passkeys/testkit';
import { indexAccounts } from '../../src/domain/accounts/account-vault.ts';
import { keyFolderOf, openKeyFolder } from '../../src/domain/keys/key-folder.ts';
import { readConfig } from '../../src/platform/config/config.ts';
import { type StatementGate, startDatabaseProxy } from './database-proxy.ts';
import { createHistory, type WritableHistory } from './history.ts';
import { type AnswerGate, type HttpProxy, startHttpProxy } from './http-proxy.ts';
import { type NetworkProcess, startNetworkProcess } from './network-process.ts';
import { type Counter, onboardParties, openCounter, type Parties } from './parties.ts';

export interface Stage {
  readonly history: WritableHistory;
  /** The address of the proxy in front. */
  readonly network: NetworkAddress;
  readonly process: NetworkProcess;
  /** All processes of the network; `process` is the first. */
  readonly processes: readonly NetworkProcess[];
  readonly front: HttpProxy;
  /** The network's database, without a proxy in front. */
  readonly database: Database;
  readonly parties: Parties;
  /** Starts another process of the bank and of the shop. */
  openCounter(): Counter;
  indexesOf(accounts: AccountReferences): readonly string[];
  stop(): Promise<void>;
}

export interface StageOptions {
  /** Servers for the network's database and for those of bank and shop; their users may create databases. The test run's own by default. */
  readonly serverUrl?: string | undefined;
  /** A server for the network only. */
  readonly networkServerUrl?: string | undefined;
  /** A migrated database for the network, in place of a temporary one; closed with the stage. */
  readonly networkDatabase?: Database;
  /** With it, a proxy that reads the statements stands between the network and its database. */
  readonly gateStatement?: StatementGate;
  readonly gateAnswer?: AnswerGate;
  /** The network will be killed, so it runs in a process of its own: see `startNetworkProcess`. */
  readonly standBy?: boolean;
  /** How many processes the network has; one by default. */
  readonly processes?: number;
  /** Added to the network's environment, a sandbox without noticeable limits. */
  readonly env?: Readonly<Record<string, string>>;
}

const pass = () => undefined;

export async function startStage(options: StageOptions = {}): Promise<Stage> {
  const { serverUrl, gateStatement, gateAnswer = pass } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const step of undo.splice(0).toReversed()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  const later = <Part>(part: Part, step: (part: Part) => Promise<unknown>): Part => {
    undo.push(() => step(part));
    return part;
  };
  try {
    const dataDir = later(await mkdtemp(join(tmpdir(), 'network-faults-')), (folder) =>
      rm(folder, { recursive: true }),
    );
    const ownServer = options.networkServerUrl ?? serverUrl;
    const database = later(options.networkDatabase ?? (await throwaway(ownServer)), (it) => it.close());
    const store = later(await throwaway(serverUrl), (it) => it.close());
    for (const migration of KIT_MIGRATIONS) await store.pool.query(migration);
    const databaseUrl =
      gateStatement === undefined
        ? database.url
        : later(await startDatabaseProxy({ serverUrl: database.url, gate: gateStatement }), (proxy) => proxy.close())
            .url;
    const history = createHistory();
    const front = later(await startHttpProxy({ history, gate: gateAnswer }), (proxy) => proxy.stop());
    const network = { address: front.address, publicUrl: `http://verify.localhost:${front.port}` };
    const env = {
      ...SETTINGS,
      ...options.env,
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      PUBLIC_URL: network.publicUrl,
    };
    const compileCache = join(dataDir, 'compile-cache');
    const start = async () =>
      later(await startNetworkProcess({ env, compileCache, standBy: options.standBy ?? false }), (it) => it.stop());
    const process = await start();
    const processes = [process];
    while (processes.length < (options.processes ?? 1)) processes.push(await start());
    front.forwardTo(...processes.map((it) => it.address()));
    const parties = await onboardParties(network, database.pool);
    const keys = await openKeyFolder({
      folder: keyFolderOf(readConfig(env)),
      mode: 'sandbox',
      clock: () => new Date(),
    });
    return {
      history,
      network,
      process,
      processes,
      front,
      database,
      parties,
      openCounter: () => openCounter(parties, { publicUrl: network.publicUrl, store: store.pool }),
      indexesOf: (accounts) => indexAccounts(accounts, keys.current().vault).map(({ index }) => index.toString('hex')),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The files of the kits' tables, in order. */
const KIT_MIGRATIONS = [
  ENROLMENT_MIGRATION,
  ENROLMENT_TRACE_MIGRATION,
  MERCHANT_MIGRATION,
  MERCHANT_ORDER_MIGRATION,
  MERCHANT_TRACE_MIGRATION,
];

const SETTINGS = {
  LOG_LEVEL: 'silent',
  RATE_LIMIT_PER_CLIENT: '10000',
  RATE_LIMIT_PER_ADDRESS: '10000',
  RATE_LIMIT_PER_SESSION: '10000',
};

function throwaway(serverUrl: string | undefined): Promise<Database> {
  return createThrowawayDatabase({ poolSize: 4, ...(serverUrl !== undefined && { serverUrl }) });
}
