/** `/api/clients/{id}/merchants`: the merchants that a payment service provider has registered. Only the provider changes them. */
import { ClientMerchants, ClientMerchantsQuery } from '@payment-passkeys/protocol/console';
import { listMerchants } from '../../../domain/merchants/store.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { cutPage } from '../../../platform/http/cursor.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import { allow } from '../guard/allow.ts';
import { CLIENT_PATH, ClientParameters, findKnownClient, READERS } from './known-client.ts';

const PAGE_MERCHANTS = 50;

export function merchantsOfClientRoutes(app: NetworkServer, { pool }: Pick<ConsoleNetwork, 'pool'>): void {
  app.get(
    `${CLIENT_PATH}/merchants`,
    {
      config: allow(READERS),
      schema: {
        summary: 'List the merchants that a payment service provider has registered',
        params: ClientParameters,
        querystring: ClientMerchantsQuery,
        response: { 200: ClientMerchants },
      },
    },
    async ({ params: { id: clientId }, query: { cursor: after = '' } }) => {
      await findKnownClient(pool, clientId);
      const found = await listMerchants(pool, { clientId, after, limit: PAGE_MERCHANTS + 1 });
      const { rows, last } = cutPage(found, PAGE_MERCHANTS);
      return { items: [...rows], ...(last && { next: last.merchantId }) };
    },
  );
}
