/** Everything that a measurement uses: PostgreSQL, the servers, the load generator, and one calling issuer. */
import path from 'node:path';
import type { SignatureDialect } from '@payment-passkeys/channel';
import { type BenchClient, createBenchClient } from './bench-client.ts';
import type { LoadJob, LoadResult } from './load/job.ts';
import { type Load, startLoad } from './load/load.ts';
import {
  type NetworkProcess,
  type NetworkSettings,
  prepareNetwork,
  startNetworkProcess,
} from './network-under-test.ts';
import { startAssembledPeer, startBareServer } from './peers.ts';
import { type BenchPostgres, startPostgres } from './postgres.ts';
import { PUBLIC_URL } from './production.ts';
import type { ServerProcess } from './server-process.ts';

/** The target of a load: processes that share one database. */
export interface Target<Server extends ServerProcess = ServerProcess> {
  readonly servers: readonly Server[];
  /** The name of the group of cardholders: that of the database. */
  readonly population: string;
}

export interface Stage {
  readonly postgres: BenchPostgres;
  readonly client: BenchClient;
  /** Makes a migrated database with the client onboarded. `fill` may add rows before a network is started on it. */
  createNetworkDatabase(
    name: string,
    options?: { readonly checkout?: string; readonly fill?: (databaseUrl: string) => Promise<void> },
  ): Promise<NetworkSettings>;
  startNetwork(settings: NetworkSettings, changes?: Partial<NetworkSettings>): Promise<NetworkProcess>;
  /** A peer on a new database of its name. */
  startPeer(name: 'assembled' | 'bare'): Promise<ServerProcess>;
  load(
    target: Target,
    job: Pick<LoadJob, 'scenario' | 'until' | 'arrivals'> & { readonly dialect?: SignatureDialect },
  ): Promise<LoadResult>;
  /** Runs both scenarios, so that code is compiled, connections are open, and cardholders exist that can use a passkey. */
  warmUp(target: Target, enrolments: number): Promise<void>;
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const client = await createBenchClient();
  const postgres = await startPostgres();
  const load: Load = startLoad();
  const servers: ServerProcess[] = [];
  const keep = async <Server extends ServerProcess>(starting: Promise<Server>): Promise<Server> => {
    const server = await starting;
    servers.push(server);
    return server;
  };
  const stage: Stage = {
    postgres,
    client,
    createNetworkDatabase: async (name, { checkout, fill } = {}) => {
      const settings = {
        databaseUrl: await postgres.createDatabase(name),
        dataDir: path.join(postgres.folder, name),
        ...(checkout !== undefined && { checkout }),
      };
      await prepareNetwork(settings, client);
      await fill?.(settings.databaseUrl);
      return settings;
    },
    startNetwork: (settings, changes) => keep(startNetworkProcess({ ...settings, ...changes })),
    startPeer: async (name) => {
      const databaseUrl = await postgres.createDatabase(name);
      if (name === 'bare') return keep(startBareServer({ databaseUrl }));
      return keep(startAssembledPeer({ databaseUrl, dataDir: path.join(postgres.folder, name) }, client));
    },
    load: (target, job) => load.run({ dialect: 'RFC_5849', ...job, ...describe(target, client) }),
    warmUp: async (target, enrolments) => {
      const job = { until: { enrolments }, arrivals: { inFlight: 8 }, dialect: 'MASTERCARD' } as const;
      await stage.load(target, { scenario: 'CREATE', ...job });
      await stage.load(target, { scenario: 'USE', ...job });
    },
    stop: async () => {
      load.stop();
      await Promise.all(servers.map((server) => server.stop()));
      await postgres.stop();
    },
  };
  return stage;
}

function describe({ servers, population }: Target, { registration, privateKeyPem }: BenchClient) {
  const { clientId, consumerKey } = registration;
  return {
    servers: servers.map(({ address }) => address),
    publicUrl: PUBLIC_URL,
    client: { clientId, consumerKey, privateKeyPem },
    population,
  };
}
