/** The reference shop: `openShop` starts all of it, `buildShop` builds the server on a merchant that you made. */
import { createMerchant, createPostgresMerchantStore, type MerchantOptions } from '@payment-passkeys/merchant/server';
import type { FastifyInstance } from 'fastify';
import { buildShop, type ShopOptions } from './shop.ts';

export type { DemoGuide } from './demo-guide.ts';
export { buildShop, type ShopOptions } from './shop.ts';
export { DEMO_SHOPPER, provisionDemoShopper } from './sign-in/shoppers.ts';
export { SHOP_NAME } from './site.ts';

/** For storage's `migrate`: the shop's own tables, and the merchant kit's. */
export const SHOP_MIGRATIONS: URL = new URL('../migrations/', import.meta.url);
/** The table in which `migrate` notes what was applied. */
export const SHOP_MIGRATIONS_TABLE = 'shop_migrations';

export interface ShopConfig extends Omit<ShopOptions, 'merchant' | 'networkUrl'> {
  /** Where the network is, and the audience of its proofs. */
  readonly network: MerchantOptions['network'];
  /** Who the shop is at the network, and the key that it signs with. */
  readonly client: Pick<MerchantOptions, 'clientId' | 'consumerKey' | 'signingKey'>;
  /** OpenTelemetry's; for the kit's spans. */
  readonly tracerProvider?: MerchantOptions['tracerProvider'];
}

/** The shop with the merchant kit inside, not listening yet. Its `close()` closes the kit as well, and leaves the pool to the caller. */
export async function openShop({ network, client, tracerProvider, ...options }: ShopConfig): Promise<FastifyInstance> {
  const { pool, clock, publicUrl } = options;
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
