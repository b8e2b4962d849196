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
import { HOST, type PartyStart, partyUrl, type StartProvider } from './party-start.ts';

/** `guide` is what the shop's pages suggest to a visitor. */
export async function startShop(
  { options, network, opened }: PartyStart,
  guide: DemoGuide,
): Promise<{ readonly shopUrl: string; readonly shopDatabase: Database }> {
  const { clock, ports, dataDir, databaseUrl, logLevel, onProgress } = options;
  const { config } = network.network;
  const database = await openDatabase({ databaseUrl, dataDir, name: 'shop', onProgress });
  opened.push(() => database.close());
  await migrate({ database, folder: SHOP_MIGRATIONS, table: SHOP_MIGRATIONS_TABLE });

  const shopUrl = partyUrl('shop', options);
  const client = options.startProvider
    ? await openAccount(options.startProvider, { network, opened, shopUrl })
    : await registerShop({ options, network }, shopUrl);
  await provisionDemoShopper(database.pool);
  const { tracing } = options;
  const traces = tracing && (await openTracerProvider({ ...tracing, serviceName: 'shop' }, () => {}));
  if (traces) opened.push(() => traces.close());
  const shop = await openShop({
    network: { url: config.publicUrl, audience: config.audience },
    client,
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

/** The shop as a client of the network. */
async function registerShop({ options, network }: Omit<PartyStart, 'opened'>, shopUrl: string) {
  const { clock, dataDir } = options;
  const signing = await ensurePartyKey({ dataDir, party: 'shop', name: 'signing-key' });
  const oauth2 = await ensurePartyKey({ dataDir, party: 'shop', name: 'oauth2-key' });
  const client = { clientId: 'shop', consumerKey: 'shop!demo-signing-key' };
  const registration = readRegistration({
    ...client,
    name: SHOP_NAME,
    role: 'merchant',
    signingKey: signing.publicKey,
    oauth2Keys: [oauth2.publicKey],
    callbackDomains: ['shop.localhost'],
    merchantOrigins: [shopUrl],
    merchantNames: [SHOP_NAME],
    webhooks: [{ uri: new URL(SHOP_WEBHOOK_PATH, shopUrl).href, types: SHOP_EVENT_TYPES }],
  });
  await saveClient(network.network.pool, registration, { author: { actor: { kind: 'NETWORK' } }, now: clock() });
  return { ...client, signingKey: signing.privateKey };
}

/** The shop as a merchant of a payment service provider. */
async function openAccount(
  startProvider: StartProvider,
  { network, opened, shopUrl }: Omit<PartyStart, 'options'> & { readonly shopUrl: string },
) {
  const provider = await startProvider({ network, shop: { name: SHOP_NAME, origin: shopUrl } });
  opened.push(() => provider.stop());
  return { provider: provider.account };
}
