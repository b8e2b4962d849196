/** The start page of a customer who is signed in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CustomerStore } from '../accounts/customers.ts';
import type { CustomerPasskeys } from '../bindings/customer-passkeys.ts';
import { frameOf } from '../frame.ts';
import { buildOverviewPage } from './page.ts';

export function overviewRoutes({
  customers,
  passkeys,
  clock,
  demo,
}: {
  readonly customers: CustomerStore;
  readonly passkeys: Pick<CustomerPasskeys, 'find'>;
  readonly clock: () => Date;
  readonly demo: boolean;
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/', async (request, reply) => {
      if (request.signedIn === undefined) return reply.redirect('/sign-in', 303);
      const { userId: customerId, displayName } = request.signedIn;
      const known = await passkeys.find(customerId);
      const cards = await customers.findCards(customerId); // after a replacement may have been confirmed
      const frame = frameOf(request, reply);
      return reply.html(buildOverviewPage({ frame, displayName, cards, ...known, now: clock(), demo }));
    });
  };
}
