/** A payment service provider as a client of the demonstration's network. */
import { createMemoryMerchantStore, createMerchant, type Merchant } from '@payment-passkeys/merchant/server';
import { type RunningNetwork, readRegistration, saveClient } from '@payment-passkeys/network';
import type { ClientRegistration } from '@payment-passkeys/protocol';
import { createTestClient } from '@payment-passkeys/testkit';

/** Registers the provider, whose pages are at `origin`, and opens the merchant kit for it. */
export async function registerProvider(
  { network: { clock, pool, config } }: RunningNetwork,
  { origin, webhooks }: { readonly origin: string } & Pick<ClientRegistration, 'webhooks'>,
): Promise<Merchant> {
  const clientId = 'provider';
  const { publicUrl, audience } = config;
  const address = `http://127.0.0.1:${new URL(publicUrl).port}`;
  const { registration, privateKey } = await createTestClient(
    { address, publicUrl },
    {
      clock,
      changes: {
        ...{ clientId, name: 'Provider', role: 'merchant', consumerKey: clientId, provider: true },
        ...{ callbackDomains: [new URL(origin).hostname], accountRanges: [], countries: [], merchantOrigins: [origin] },
        ...(webhooks && { webhooks }),
      },
    },
  );
  await saveClient(pool, readRegistration(registration), { author: { actor: { kind: 'NETWORK' } }, now: clock() });
  return createMerchant({
    network: { url: publicUrl, audience },
    ...{ clientId, consumerKey: registration.consumerKey, signingKey: privateKey },
    callbackOrigins: [origin],
    store: createMemoryMerchantStore(),
    clock,
  });
}
