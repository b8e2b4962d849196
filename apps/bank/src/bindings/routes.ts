/** A customer's passkeys after the enrolment: what there is, and block, unblock, remove, "my phone was lost", a new card. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { replyWithProblem, type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { CustomerStore } from '../accounts/customers.ts';
import { frameOf } from '../frame.ts';
import { Uuid } from '../uuid.ts';
import { buildActQuestion, buildLostQuestion, buildReplaceQuestion } from './ask-page.ts';
import type { BindingAction } from './calls.ts';
import type { CustomerPasskeys, Known } from './customer-passkeys.ts';
import { buildOrderPage, kindOf, stateOf } from './order-page.ts';
import { ACT_NAMES, LOST_PATH, orderPath, passkeyPath } from './parts.ts';
import { buildPasskeyPage } from './passkey-page.ts';
import type { PasskeyView, Place } from './passkey-view.ts';

export interface BindingRoutes {
  readonly passkeys: CustomerPasskeys;
  readonly customers: CustomerStore;
  /** Offers a new card, and shows its number. */
  readonly demo: boolean;
}

/** The network's ids of passkeys and bindings. */
export const NetworkId: Type.TString = Type.String({ pattern: '^[A-Za-z0-9_.~-]{1,64}$' });
const Chosen = Type.Object({ binding: Type.Optional(NetworkId) });
const Position = Type.Object({ position: Type.Integer({ minimum: 1, maximum: 32_767 }) });
const ofPasskey = Type.Object({ credentialId: NetworkId });

export function bindingRoutes({ passkeys, customers, demo }: BindingRoutes): FastifyPluginAsyncTypebox {
  /** The passkey, and the place if one was chosen. Undefined if it is not the customer's (any more). */
  const find = async (
    customerId: string,
    { credentialId, bindingId }: { readonly credentialId: string; readonly bindingId?: string | undefined },
  ): Promise<(Known & { readonly passkey: PasskeyView; readonly place: Place | undefined }) | undefined> => {
    const known = await passkeys.find(customerId);
    const passkey = known.passkeys.find((each) => each.credentialId === credentialId);
    const place = passkey?.places.find((each) => each.bindingId === bindingId);
    if (passkey === undefined || (bindingId !== undefined && place === undefined)) return undefined;
    return { ...known, passkey, place };
  };
  const findCard = async (customerId: string, position: number) =>
    (await customers.findCards(customerId)).find((card) => card.position === position);

  return async (app) => {
    app.get(passkeyPath(':credentialId'), { schema: { params: ofPasskey } }, (request, reply) =>
      forCustomer(request, reply, async ({ userId: customerId }) => {
        const { credentialId } = request.params;
        const found = await find(customerId, { credentialId });
        if (found === undefined) return replyWithProblem(request, reply, { status: 404 });
        const approvals = await passkeys.listApprovals({ customerId, credentialId });
        return reply.html(buildPasskeyPage({ frame: frameOf(request, reply), ...found, approvals }));
      }),
    );

    for (const action of Object.keys(ACT_NAMES) as BindingAction[]) {
      const path = `${passkeyPath(':credentialId')}/${ACT_NAMES[action]}`;
      app.get(path, { schema: { params: ofPasskey, querystring: Chosen } }, (request, reply) =>
        forCustomer(request, reply, async ({ userId: customerId }) => {
          const { credentialId } = request.params;
          const found = await find(customerId, { credentialId, bindingId: request.query.binding });
          if (found === undefined) return replyWithProblem(request, reply, { status: 404 });
          return reply.html(buildActQuestion({ frame: frameOf(request, reply), ...found, action }));
        }),
      );

      app.post(path, { schema: { params: ofPasskey, body: Chosen } }, (request, reply) =>
        forCustomer(request, reply, async ({ userId: customerId }) => {
          const { credentialId } = request.params;
          const bindingId = request.body.binding;
          if (!(await passkeys.has({ customerId, credentialId, bindingId }))) {
            return replyWithProblem(request, reply, { status: 404 });
          }
          const target = bindingId === undefined ? { credentialId } : { bindingId };
          const reasonCode = 'CARDHOLDER_REQUEST';
          const orderId = await passkeys.order({ customerId, action, reasonCode, target });
          return reply.redirect(orderPath(orderId), 303);
        }),
      );
    }

    app.get(LOST_PATH, (request, reply) =>
      forCustomer(request, reply, async ({ userId: customerId }) => {
        const cards = await customers.findCards(customerId);
        return reply.html(buildLostQuestion({ frame: frameOf(request, reply), cards }));
      }),
    );

    app.post(LOST_PATH, (request, reply) =>
      forCustomer(request, reply, async ({ userId: customerId }) => {
        const order = { customerId, action: 'SUSPEND', reasonCode: 'DEVICE_LOST', target: undefined } as const;
        return reply.redirect(orderPath(await passkeys.order(order)), 303);
      }),
    );

    app.get(orderPath(':orderId'), { schema: { params: Type.Object({ orderId: Uuid }) } }, (request, reply) =>
      forCustomer(request, reply, async ({ userId: customerId }) => {
        const calls = await passkeys.findOrder({ customerId, orderId: request.params.orderId });
        const [first] = calls;
        if (first === undefined) return replyWithProblem(request, reply, { status: 404 });
        const shops = kindOf(calls) === 'LOST' ? await passkeys.listShops(customerId) : [];
        const replaced = demo && first.action === 'REPLACE' && stateOf(calls) === 'DONE';
        const newCard = replaced ? await customers.findDemoNumber(customerId, first.cardPosition ?? 0) : undefined;
        return reply.html(buildOrderPage({ frame: frameOf(request, reply), calls, shops, newCard }));
      }),
    );

    app.post(
      '/passkeys/notices/:eventId',
      { schema: { params: Type.Object({ eventId: NetworkId }) } },
      (request, reply) =>
        forCustomer(request, reply, async ({ userId: customerId }) => {
          await passkeys.dismissNotice({ customerId, eventId: request.params.eventId });
          return reply.redirect('/', 303);
        }),
    );

    if (!demo) return;
    app.get('/cards/:position/replace', { schema: { params: Position } }, (request, reply) =>
      forCustomer(request, reply, async ({ userId: customerId }) => {
        const card = await findCard(customerId, request.params.position);
        if (card === undefined) return replyWithProblem(request, reply, { status: 404 });
        return reply.html(buildReplaceQuestion({ frame: frameOf(request, reply), card }));
      }),
    );

    app.post(
      '/cards/:position/replace',
      { schema: { params: Position, body: Type.Object({ lastFour: Type.String({ pattern: '^[0-9]{4}$' }) }) } },
      (request, reply) =>
        forCustomer(request, reply, async ({ userId: customerId }) => {
          const orderId = await passkeys.replaceCard({ customerId, ...request.params, ...request.body });
          // A second click, or a card whose earlier replacement is not confirmed: the overview shows it.
          return reply.redirect(orderId === undefined ? '/' : orderPath(orderId), 303);
        }),
    );
  };
}

/** A customer who is not signed in must sign in first. A form is then not processed: the sign-in leads to the start page. */
function forCustomer(
  request: FastifyRequest,
  reply: FastifyReply,
  handle: (signedIn: SignedIn) => Promise<FastifyReply>,
): Promise<FastifyReply> | FastifyReply {
  const { signedIn, method, url } = request;
  if (signedIn === undefined) return reply.redirect(method === 'GET' ? signInPath(url) : '/sign-in', 303);
  return handle(signedIn);
}
