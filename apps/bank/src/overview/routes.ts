/** The start page of a customer who is signed in. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CustomerStore } from '../accounts/customers.ts';
import { frameOf } from '../frame.ts';
import type { PasskeyRecords } from '../passkeys/records.ts';
import { buildOverviewPage } from './page.ts';

export function overviewRoutes({
  customers,
  records,
  clock,
}: {
  readonly customers: CustomerStore;
  readonly records: PasskeyRecords;
  readonly clock: () => Date;
}): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get('/', async (request, reply) => {
      if (request.signedIn === undefined) return reply.redirect('/sign-in', 303);
      const { userId: customerId, displayName } = request.signedIn;
      const [cards, passkeys] = await Promise.all([customers.findCards(customerId), records.listPasskeys(customerId)]);
      const frame = frameOf(request, reply);
      return reply.html(buildOverviewPage({ frame, displayName, cards, passkeys, now: clock() }));
    });
  };
}
