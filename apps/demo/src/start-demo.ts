/** Starts the network, registers bank and shop as its clients, and starts both. `npm start` and the tests use the same function. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { demoCards } from '@payment-passkeys/bank';
import {
  assertPortsFree,
  inviteFirstOperator,
  type RunningNetwork,
  readConfig,
  startNetwork,
} from '@payment-passkeys/network';
import { type Database, holdFolder } from '@payment-passkeys/storage';
import { type DemoOptions, HOST, partyUrl } from './party-start.ts';
import { startBank } from './start-bank.ts';
import { startShop } from './start-shop.ts';

export interface Demo {
  readonly network: RunningNetwork;
  readonly networkUrl: string;
  readonly bankUrl: string;
  readonly bankDatabase: Database;
  readonly shopUrl: string;
  readonly shopDatabase: Database;
  readonly consoleUrl: string;
  /** The address at which the first operator of the console makes a passkey; undefined if there is an operator. For one person, for 15 minutes. */
  readonly invitation: string | undefined;
  /** Stops the network last, so that requests at bank and shop can finish. */
  stop(): Promise<void>;
}

/** The defaults of `npm start`; the environment can override them. */
const DEFAULTS = { dataDir: resolve('.data'), databaseUrl: undefined, logLevel: 'warn', tracing: undefined } as const;

/**
 * Locks the data folder, so that a second demonstration in it cannot register bank and shop at other addresses.
 * @throws StorageError DATA_DIR_IN_USE, and those of opening a database; EADDRINUSE for a port that is in use; ConfigError.
 */
export async function startDemo(given: Pick<DemoOptions, 'clock' | 'ports'> & Partial<DemoOptions>): Promise<Demo> {
  const options: DemoOptions = { ...DEFAULTS, ...given };
  const config = networkConfig(options);
  const opened: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.splice(0).toReversed()) await close();
  };
  try {
    const { ports, dataDir } = options;
    opened.push(await holdFolder({ folder: dataDir, holder: `npm start at ${config.publicUrl}` }));
    await assertPortsFree(HOST, Object.values(ports));
    const network = await startNetwork({ ...options, config });
    opened.push(() => network.stop());
    const start = { options, network, opened };
    const { bankUrl, bankDatabase } = await startBank(start);
    const networkUrl = network.network.config.publicUrl;
    const manageUrl = new URL('/auth/passkeys/manage', networkUrl).href;
    const cards = describeCards(options.clock());
    const { shopUrl, shopDatabase } = await startShop(start, { bankUrl, manageUrl, cards });
    const invitation = await inviteFirstOperator(network.network);
    const consoleUrl = network.network.config.console?.url ?? '';
    return { network, networkUrl, bankUrl, bankDatabase, shopUrl, shopDatabase, consoleUrl, invitation, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The name and the mark of the demonstration's network; not those of a real one. */
const FACE = {
  NETWORK_NAME: 'Larkspur',
  NETWORK_MARK: fileURLToPath(new URL('../assets/larkspur.svg', import.meta.url)),
  NETWORK_ACCENT: '#4a3aa8 #b3a6ff',
  NETWORK_SUPPORT_URI: 'mailto:help@larkspur.example',
};

function networkConfig(options: DemoOptions) {
  const { ports, dataDir, databaseUrl, logLevel, tracing, approvals, settings } = options;
  const config = readConfig({
    MODE: 'sandbox',
    PORT: String(ports.network),
    CONSOLE_PORT: String(ports.console),
    CONSOLE_APPROVALS: approvals,
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: logLevel,
    DEMO_BANK_URL: partyUrl('bank', options),
    DEMO_SHOP_URL: partyUrl('shop', options),
    ...FACE,
    ...settings,
  });
  return { ...config, tracing };
}

/** The demonstration's cards in the form that the shop's pages show to a visitor. */
function describeCards(now: Date) {
  return demoCards(now).map(({ pan, expirationMonth, expirationYear }) => ({
    number: pan.replace(/(....)(?=.)/g, '$1 '),
    expires: `${expirationMonth}/${expirationYear.slice(-2)}`,
  }));
}
