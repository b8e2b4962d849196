/** `/authentication/merchants`: a payment service provider registers the merchants that it acts for. */
import {
  DEFAULT_LISTED_MERCHANTS,
  isExactOrigin,
  MERCHANTS_PATH,
  Merchant,
  MerchantPage,
  MerchantParameters,
  MerchantRegistration,
  MerchantsQuery,
  merchantPath,
} from '@payment-passkeys/protocol';
import type { FastifyRequest } from 'fastify';
import { serveSigned, signingClient } from '../../domain/clients/signed-request.ts';
import {
  deleteMerchant,
  listMerchants,
  type MerchantChange,
  type ProviderCall,
  registerMerchant,
  replaceMerchant,
} from '../../domain/merchants/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import { cutPage } from '../../platform/http/cursor.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';

const MERCHANT = merchantPath(':merchantId');

export function merchantRoutes(
  app: NetworkServer,
  { config, pool, clock }: Pick<Network, 'config' | 'pool' | 'clock'>,
): void {
  /** Makes the change for the provider that signed the request. */
  function serve(
    request: FastifyRequest,
    make: (call: ProviderCall) => Promise<MerchantChange>,
  ): Promise<MerchantChange> {
    return serveSigned(request, async ({ client, nonceClaim, assertAdmitted }) => {
      if (!client.provider) throw new ServiceError({ code: 'PROVIDER_ONLY', sourceType: 'SERVICE' });
      const made = await make({ clientId: client.clientId, nonceClaim, now: clock() });
      assertAdmitted(made.verdict);
      if (made.originUsed) throw new ServiceError({ code: 'MERCHANT_ORIGIN_USED', pointer: '/origin' });
      return made;
    });
  }

  app.post(
    MERCHANTS_PATH,
    {
      config: { nonceWithChange: true, errors: ['PROVIDER_ONLY', 'MERCHANT_ORIGIN_USED', 'TOO_MANY_MERCHANTS'] },
      schema: {
        operationId: 'registerMerchant',
        summary: 'Register a merchant of a payment service provider',
        body: MerchantRegistration,
        response: { 201: Merchant },
      },
    },
    async (request, reply) => {
      assertExact(request.body);
      const limit = config.merchantsPerProvider;
      const { merchant } = await serve(request, (call) => registerMerchant(pool, request.body, { ...call, limit }));
      if (merchant === undefined) throw new ServiceError({ code: 'TOO_MANY_MERCHANTS', sourceType: 'SERVICE' });
      return reply.code(201).send(merchant);
    },
  );

  app.put(
    MERCHANT,
    {
      config: { nonceWithChange: true, errors: ['PROVIDER_ONLY', 'MERCHANT_NOT_FOUND', 'MERCHANT_ORIGIN_USED'] },
      schema: {
        operationId: 'replaceMerchant',
        summary: 'Replace the registration of a merchant',
        params: MerchantParameters,
        body: MerchantRegistration,
        response: { 200: Merchant },
      },
    },
    async (request) => {
      assertExact(request.body);
      const change = { ...request.body, ...request.params };
      return assertFound(await serve(request, (call) => replaceMerchant(pool, change, call)));
    },
  );

  app.delete(
    MERCHANT,
    {
      config: { nonceWithChange: true, errors: ['PROVIDER_ONLY', 'MERCHANT_NOT_FOUND'] },
      schema: {
        operationId: 'deleteMerchant',
        summary: 'Delete a merchant; answers what was deleted',
        params: MerchantParameters,
        response: { 200: Merchant },
      },
    },
    async (request) =>
      assertFound(await serve(request, (call) => deleteMerchant(pool, request.params.merchantId, call))),
  );

  app.get(
    MERCHANTS_PATH,
    {
      config: { errors: ['PROVIDER_ONLY'] },
      schema: {
        operationId: 'listMerchants',
        summary: 'List the merchants of a payment service provider',
        querystring: MerchantsQuery,
        response: { 200: MerchantPage },
      },
    },
    async (request) => {
      const { clientId, provider } = signingClient(request);
      if (!provider) throw new ServiceError({ code: 'PROVIDER_ONLY', sourceType: 'SERVICE' });
      const { after = '', limit = String(DEFAULT_LISTED_MERCHANTS) } = request.query;
      const { rows, last } = cutPage(
        await listMerchants(pool, { clientId, after, limit: Number(limit) + 1 }),
        Number(limit),
      );
      return { merchants: [...rows], ...(last !== undefined && { next: last.merchantId }) };
    },
  );
}

function assertExact({ origin }: MerchantRegistration): void {
  if (!isExactOrigin(origin)) throw new ServiceError({ code: 'INVALID_FIELD', pointer: '/origin', message: NO_ORIGIN });
}

const NO_ORIGIN = 'The origin is not spelt as browsers spell it, such as https://shop.example.';

function assertFound({ merchant }: MerchantChange): Merchant {
  if (merchant === undefined) throw new ServiceError({ code: 'MERCHANT_NOT_FOUND', sourceType: 'SERVICE' });
  return merchant;
}
