/** A customer's own receipts; 404 for another customer's. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Consents } from '@payment-passkeys/issuer/consent';
import { replyWithProblem, signInPath } from '@payment-passkeys/web';
import Type from 'typebox';
import { frameOf } from '../frame.ts';
import { Uuid } from '../uuid.ts';
import { buildReceiptPage, buildReceiptsPage } from './pages.ts';

export function consentRoutes({ consents }: { readonly consents: Consents }): FastifyPluginAsyncTypebox {
  const { catalogue } = consents;
  return async (app) => {
    app.get('/passkeys/consents', async (request, reply) => {
      if (request.signedIn === undefined) return reply.redirect(signInPath(request.url), 303);
      const receipts = await consents.findByCardholder({ cardholderId: request.signedIn.userId });
      return reply.html(buildReceiptsPage({ frame: frameOf(request, reply), receipts, catalogue }));
    });

    app.get(
      '/passkeys/consents/:receiptId',
      { schema: { params: Type.Object({ receiptId: Uuid }) } },
      async (request, reply) => {
        if (request.signedIn === undefined) return reply.redirect(signInPath(request.url), 303);
        const receipt = await consents.find({ receiptId: request.params.receiptId });
        if (receipt?.cardholderId !== request.signedIn.userId) {
          return replyWithProblem(request, reply, { status: 404 });
        }
        return reply.html(buildReceiptPage({ frame: frameOf(request, reply), receipt, catalogue }));
      },
    );
  };
}
