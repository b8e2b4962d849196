/** Starts the shop: its database, its key, its registration at the network, its server. */
import { openTracerProvider, readRegistration, saveClient } from '@payment-passkeys/network';
import {
  type DemoGuide,
  openShop,
  provisionDemoShopper,
  SHOP_EVENT_TYPES,
  SHOP_MIGRATIONS,
  SHOP_MIGRATIONS_TABLE,
  SHOP_NAME,
  SHOP_WEBHOOK_PATH,
} from '@payment-passkeys/shop';
import { type Database, migrate, openDatabase } from '@payment-passkeys/storage';
import { closeServer } from './close-server.ts';
import { ensurePartyKey } from './party-keys.ts';
import { HOST, type PartyStart, partyUrl } from './party-start.ts';

/** `guide` is what the shop's pages suggest to a visitor. */
export async function startShop(
  { options, network, opened }: PartyStart,
  guide: DemoGuide,
): Promise<{ readonly shopUrl: string; readonly shopDatabase: Database }> {
  const { clock, ports, dataDir, databaseUrl, logLevel, onProgress } = options;
  const { pool, config } = network.network;
  const database = await openDatabase({ databaseUrl, dataDir, name: 'shop', onProgress });
  opened.push(() => database.close());
  await migrate({ database, folder: SHOP_MIGRATIONS, table: SHOP_MIGRATIONS_TABLE });

  const shopUrl = partyUrl('shop', options);
  const signing = await ensurePartyKey({ dataDir, party: 'shop', name: 'signing-key' });
  const client = { clientId: 'shop', consumerKey: 'shop!demo-signing-key' };
  const registration = readRegistration({
    ...client,
    name: SHOP_NAME,
    role: 'merchant',
    signingKey: signing.publicKey,
    callbackDomains: ['shop.localhost'],
    merchantOrigins: [shopUrl],
    merchantNames: [SHOP_NAME],
    webhooks: [{ uri: new URL(SHOP_WEBHOOK_PATH, shopUrl).href, types: SHOP_EVENT_TYPES }],
  });
  await saveClient(pool, registration, { author: { actor: { kind: 'NETWORK' } }, now: clock() });
  await provisionDemoShopper(database.pool);
  const { tracing } = options;
  const traces = tracing && (await openTracerProvider({ ...tracing, serviceName: 'shop' }, () => {}));
  if (traces) opened.push(() => traces.close());
  const shop = await openShop({
    network: { url: config.publicUrl, audience: config.audience },
    client: { ...client, signingKey: signing.privateKey },
    pool: database.pool,
    clock,
    publicUrl: shopUrl,
    demo: guide,
    trustProxy: false,
    log: { level: logLevel },
    ...(traces && { tracerProvider: traces.provider }),
  });
  opened.push(closeServer(shop));
  await shop.listen({ host: HOST, port: ports.shop });
  return { shopUrl, shopDatabase: database };
}
