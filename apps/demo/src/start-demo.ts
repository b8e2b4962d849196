/** Starts the network, makes the bank its client, and starts the bank: the same way for `npm start` and for the tests. */
import {
  BANK_ACCOUNT_RANGES,
  BANK_COUNTRIES,
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  BANK_NAME,
  openBank,
  provisionDemoCustomers,
} from '@payment-passkeys/bank';
import {
  RegistrationError,
  type RunningNetwork,
  readConfig,
  readRegistration,
  saveClient,
  startNetwork,
} from '@payment-passkeys/network';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import { ensureBankKey } from './bank-key.ts';

export interface DemoOptions {
  readonly ports: { readonly network: number; readonly bank: number };
  /** Keys, and the embedded database where there is no `databaseUrl`. */
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly logLevel: string;
  readonly clock: () => Date;
  readonly onProgress?: (line: string) => void;
}

export interface Demo {
  readonly network: RunningNetwork;
  readonly networkUrl: string;
  readonly bankUrl: string;
  readonly bankDatabase: Database;
  /** The network last, so that what is under way at the bank can finish. */
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const opened: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const network = await startNetwork({ ...options, config: networkConfig(options) });
    opened.push(() => network.stop());
    const bankDatabase = await openBankDatabase(options);
    opened.push(() => bankDatabase.close());
    const { networkUrl, bankUrl } = await startBank({ options, network, bankDatabase, opened });
    return { network, networkUrl, bankUrl, bankDatabase, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function networkConfig({ ports, dataDir, databaseUrl, logLevel }: DemoOptions) {
  return readConfig({
    MODE: 'sandbox',
    PORT: String(ports.network),
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: logLevel,
  });
}

async function openBankDatabase({ databaseUrl, dataDir, onProgress }: DemoOptions): Promise<Database> {
  const database = await openDatabase({ databaseUrl, dataDir, name: 'bank', onProgress });
  await migrate({ database, folder: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });
  return database;
}

async function startBank(parts: {
  readonly options: DemoOptions;
  readonly network: RunningNetwork;
  readonly bankDatabase: Database;
  readonly opened: (() => Promise<void>)[];
}) {
  const { options, network, bankDatabase, opened } = parts;
  const { clock, ports, dataDir, logLevel } = options;
  const { pool, config } = network.network;
  const bankUrl = `http://bank.localhost:${ports.bank}`;
  const key = await ensureBankKey(dataDir);
  const client = { clientId: 'bank', consumerKey: 'bank!demo-signing-key' };
  const registration = readRegistration({
    ...client,
    name: BANK_NAME,
    role: 'issuer',
    signingKey: key.publicKey,
    callbackDomains: ['bank.localhost'],
    accountRanges: BANK_ACCOUNT_RANGES,
    countries: BANK_COUNTRIES,
  });
  const saved = await saveClient(pool, registration, clock());
  if (typeof saved !== 'string') {
    throw new RegistrationError([
      `the demo's bank cannot be onboarded: its cards belong to the client ${saved.clientId} already`,
    ]);
  }
  await provisionDemoCustomers({ pool: bankDatabase.pool, now: clock() });
  const bank = await openBank({
    network: { url: config.publicUrl, audience: config.audience },
    client: { ...client, signingKey: key.privateKey },
    pool: bankDatabase.pool,
    clock,
    publicUrl: bankUrl,
    demo: true,
    trustProxy: false,
    log: { level: logLevel },
  });
  opened.push(() => bank.close());
  await bank.listen({ host: HOST, port: ports.bank });
  return { networkUrl: config.publicUrl, bankUrl };
}
