/** The reference shop: `openShop` starts all of it; `buildShop` builds the server with a merchant from the caller. */
import { createMerchant, createPostgresMerchantStore, type MerchantOptions } from '@payment-passkeys/merchant/server';
import type { FastifyInstance } from 'fastify';
import { connectProvider, type ProviderAccount } from './provider/provider.ts';
import { buildShop, type ShopOptions } from './shop.ts';

export type { DemoGuide } from './demo-guide.ts';
export { SHOP_EVENT_TYPES, SHOP_WEBHOOK_PATH } from './network-events.ts';
export type { ProviderAccount } from './provider/provider.ts';
export { signDelivery } from './provider/webhook.ts';
export { buildShop, type ShopOptions } from './shop.ts';
export { DEMO_SHOPPER, provisionDemoShopper } from './sign-in/shoppers.ts';
export { SHOP_NAME } from './site.ts';

/** For storage's `migrate`: the shop's own tables, and the merchant kit's. */
export const SHOP_MIGRATIONS: URL = new URL('../migrations/', import.meta.url);
/** The table in which `migrate` records applied migrations. */
export const SHOP_MIGRATIONS_TABLE = 'shop_migrations';

export interface ShopConfig extends Omit<ShopOptions, 'merchant' | 'networkUrl'> {
  /** The network's address, and the audience of its proofs. */
  readonly network: MerchantOptions['network'];
  /** The shop's client id at the network, and its signing key; or its account at a payment service provider, which is the network's client. */
  readonly client:
    | Pick<MerchantOptions, 'clientId' | 'consumerKey' | 'signingKey'>
    | { readonly provider: ProviderAccount };
  /** OpenTelemetry's provider, for the kit's spans. */
  readonly tracerProvider?: MerchantOptions['tracerProvider'];
}

/** The shop with its merchant kit. It does not listen yet. Its `close()` also closes the kit, but not the pool: the caller does. */
export async function openShop({ network, client, tracerProvider, ...options }: ShopConfig): Promise<FastifyInstance> {
  const { pool, clock, publicUrl } = options;
  if ('provider' in client) {
    return buildShop({ ...options, merchant: connectProvider(client.provider, clock), networkUrl: network.url });
  }
  const merchant = createMerchant({
    ...client,
    network,
    callbackOrigins: [new URL(publicUrl).origin],
    store: createPostgresMerchantStore(pool),
    clock,
    ...(tracerProvider && { tracerProvider }),
    onEvent: (event) => shop.log.info({ event }, 'payment passkeys'),
  });
  const shop = await buildShop({ ...options, merchant, networkUrl: network.url });
  shop.addHook('onClose', () => merchant.close());
  return shop;
}
