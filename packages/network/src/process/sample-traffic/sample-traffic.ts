/**
 * Fills a demo's database with traffic, so that the console has something to show. Sandbox only. It writes the product's own tables;
 * the mover counts the sessions as it counts every other.
 */
import { addSeconds, isLocalhost } from '@payment-passkeys/protocol';
import type { Database } from '@payment-passkeys/storage';
import { listClients } from '../../domain/clients/store.ts';
import { moveForReader } from '../../domain/events/mover.ts';
import { keyFolderOf, openKeyFolder } from '../../domain/keys/key-folder.ts';
import type { Config } from '../../platform/config/config.ts';
import { ConfigError } from '../../platform/config/config-error.ts';
import { migrateNetwork, openNetworkDatabase } from '../network-database.ts';
import { BANKS, registerParties, SAMPLE_PREFIX } from './parties.ts';
import { planTraffic } from './plan.ts';
import {
  addSession,
  addTroubledWebhook,
  type Cardholder,
  emptyBatch,
  findLatest,
  storeBatch,
  suspendLatest,
} from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;
const BATCH_SESSIONS = 1_000;
const SUSPENDED_BINDINGS = 24;
const DEAD_DELIVERIES = 37;

export interface SampleTrafficOptions {
  readonly config: Config;
  readonly clock: () => Date;
  /** How far back the traffic begins. */
  readonly days: number;
  /** Returns a number from 0 to 1. */
  readonly random: () => number;
  readonly onProgress: (progress: { readonly share: number; readonly sessions: number }) => void;
  readonly log: (line: string) => void;
}

/**
 * Adds the sessions since the last call, for at most `days` days. Returns their number.
 * @throws ConfigError if the network is in production mode, or if a client in the database has a callback address that is not on this machine.
 */
export async function makeSampleTraffic({
  config,
  clock,
  days,
  random,
  onProgress,
  log,
}: SampleTrafficOptions): Promise<number> {
  if (config.mode !== 'sandbox')
    throw new ConfigError('MODE', 'is production: sample traffic is for the sandbox only.');
  const database = await openNetworkDatabase(config, log);
  try {
    await migrateNetwork(database, config);
    const known = await assertDemo(database);
    const keys = await openKeyFolder({ folder: keyFolderOf(config), mode: config.mode, clock, signer: undefined });
    const now = clock();
    await registerParties(database.pool, known, now);
    const { vault } = keys.current();
    const latest = await findLatest(database.pool);
    const begin = addSeconds(now, -days * DAY_SECONDS);
    const from = latest.at !== null && latest.at > begin ? latest.at : begin;
    const length = now.getTime() - from.getTime();
    const payers: Cardholder[] = [];
    let made = 0;
    let batch = emptyBatch();
    for (const planned of planTraffic({ from, now, random })) {
      const payer = planned.payment?.steppedUp ? undefined : payers[Math.floor(random() * payers.length)];
      if (planned.payment !== undefined && !planned.payment.steppedUp && payer === undefined) continue; // nobody has enrolled yet
      made += 1;
      const enrolled = addSession(batch, planned, { number: latest.sessions + made, payer, vault });
      if (enrolled) payers.push(enrolled);
      if (batch.sessions.length < BATCH_SESSIONS) continue;
      await storeBatch(database.pool, batch);
      batch = emptyBatch();
      onProgress({ share: (WRITING * (planned.at.getTime() - from.getTime())) / length, sessions: made });
    }
    await storeBatch(database.pool, batch);
    onProgress({ share: WRITING, sessions: made });
    await moveForReader(database.pool, { clientId: BANKS[0]?.clientId ?? '', now });
    await addTrouble(database, now);
    onProgress({ share: 1, sessions: made });
    return made;
  } finally {
    await database.close();
  }
}

/** The part of the work that is done when all sessions are written; the mover does the rest. */
const WRITING = 0.7;

/** Returns the ids of the clients. A demo's clients have their callbacks on this machine; clients of other networks do not. */
async function assertDemo({ pool }: Database): Promise<ReadonlySet<string>> {
  const clients = await listClients(pool);
  const real = clients.find(
    ({ clientId, callbackDomains }) =>
      !clientId.startsWith(SAMPLE_PREFIX) &&
      (callbackDomains.length === 0 || !callbackDomains.every((domain) => isLocalhost(domain.split(':')[0] ?? ''))),
  );
  if (real !== undefined) {
    throw new ConfigError(
      'DATABASE_URL',
      `is no demo's database: not every callback address of the client ${real.clientId} is on this machine.`,
    );
  }
  return new Set(clients.map(({ clientId }) => clientId));
}

/** Adds problems for an operator to find: suspended bindings, a webhook that answers 500, and a webhook that is off. */
async function addTrouble({ pool }: Database, now: Date): Promise<void> {
  const [, failing, off] = BANKS;
  if (failing === undefined || off === undefined) return;
  await suspendLatest(pool, SUSPENDED_BINDINGS, now);
  const webhook = ({ clientId }: { readonly clientId: string }) => ({
    clientId,
    uri: `https://events.${clientId.slice(SAMPLE_PREFIX.length)}.example/passkeys`,
    now,
  });
  await addTroubledWebhook(pool, { ...webhook(failing), deliveries: DEAD_DELIVERIES, disabledAt: null });
  await addTroubledWebhook(pool, { ...webhook(off), deliveries: 0, disabledAt: addSeconds(now, -2 * DAY_SECONDS) });
}
