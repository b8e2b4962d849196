/** Starts the bank: its database, its keys, its registration at the network, its server. */
import {
  BANK_ACCOUNT_RANGES,
  BANK_COUNTRIES,
  BANK_EVENT_TYPES,
  BANK_MIGRATIONS,
  BANK_MIGRATIONS_TABLE,
  BANK_NAME,
  BANK_VERIFICATION_PATH,
  BANK_WEBHOOK_PATH,
  openBank,
  provisionDemoCustomers,
} from '@payment-passkeys/bank';
import { openTracerProvider, RegistrationError, readRegistration, saveClient } from '@payment-passkeys/network';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import { closeServer } from './close-server.ts';
import { ensurePartyKey } from './party-keys.ts';
import { HOST, type PartyStart, partyUrl } from './party-start.ts';

export async function startBank({
  options,
  network,
  opened,
}: PartyStart): Promise<{ readonly bankUrl: string; readonly bankDatabase: Database }> {
  const { clock, ports, dataDir, databaseUrl, logLevel, onProgress } = options;
  const { pool, config } = network.network;
  const database = await openDatabase({ databaseUrl, dataDir, name: 'bank', onProgress });
  opened.push(() => database.close());
  await migrate({ database, folder: BANK_MIGRATIONS, table: BANK_MIGRATIONS_TABLE });

  const bankUrl = partyUrl('bank', options);
  const party = { dataDir, party: 'bank' } as const;
  const signing = await ensurePartyKey({ ...party, name: 'signing-key' });
  const oauth2 = await ensurePartyKey({ ...party, name: 'oauth2-key' });
  const verificationSigning = await ensurePartyKey({ ...party, name: 'verification-signing-key' });
  const verificationEncryption = await ensurePartyKey({ ...party, name: 'verification-encryption-key' });
  const client = { clientId: 'bank', consumerKey: 'bank!demo-signing-key' };
  const registration = readRegistration({
    ...client,
    name: BANK_NAME,
    role: 'issuer',
    signingKey: signing.publicKey,
    oauth2Keys: [oauth2.publicKey],
    callbackDomains: ['bank.localhost'],
    accountRanges: BANK_ACCOUNT_RANGES,
    countries: BANK_COUNTRIES,
    webhooks: [{ uri: new URL(BANK_WEBHOOK_PATH, bankUrl).href, types: BANK_EVENT_TYPES }],
    verification: {
      uri: new URL(BANK_VERIFICATION_PATH, bankUrl).href,
      signingKey: verificationSigning.publicKey,
      encryptionKey: verificationEncryption.publicKey,
    },
  });
  const saved = await saveClient(pool, registration, { author: { actor: { kind: 'NETWORK' } }, now: clock() });
  if (typeof saved !== 'string') {
    throw new RegistrationError([
      {
        pointer: "the demo's bank",
        problem: `cannot be onboarded: its cards belong to the client ${saved.clientId} already`,
      },
    ]);
  }
  await provisionDemoCustomers({ pool: database.pool, now: clock() });
  const { tracing } = options;
  const traces = tracing && (await openTracerProvider({ ...tracing, serviceName: 'bank' }, () => {}));
  if (traces) opened.push(() => traces.close());
  const bank = await openBank({
    network: { url: config.publicUrl, audience: config.audience },
    client: { ...client, signingKey: signing.privateKey },
    verification: {
      signingKey: verificationSigning.privateKey,
      decryptionKeys: [verificationEncryption.privateKey],
      sendCode: async () => undefined, // in demo mode the page shows the code
    },
    pool: database.pool,
    clock,
    publicUrl: bankUrl,
    demo: true,
    trustProxy: false,
    log: { level: logLevel },
    ...(traces && { tracerProvider: traces.provider }),
  });
  opened.push(closeServer(bank));
  await bank.listen({ host: HOST, port: ports.bank });
  return { bankUrl, bankDatabase: database };
}
