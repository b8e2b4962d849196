/** "Confirm it's you": the network sends a cardholder here who is adding a card at a shop, contract §11. */
import { randomInt } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { maskMobile, maskPan } from '@payment-passkeys/issuer/server';
import type { Verification, VerificationAnswer, VerificationQuestion } from '@payment-passkeys/issuer/verification';
import { COOKIE_ATTRIBUTES, cookieName, type SignedIn, signInPath } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { CustomerStore } from '../accounts/customers.ts';
import { frameOf, languageOf } from '../frame.ts';
import { SITE } from '../site.ts';
import { buildConfirmPage, buildDeadEndPage, buildLeavingPage, buildNotYoursPage } from './page.ts';
import type { VerificationStore } from './store.ts';

/** The client's `verification.uri` at the network. */
export const VERIFICATION_PATH = '/verification';
const CONFIRM_PATH = '/verification/confirm';
const CANCEL_PATH = '/verification/cancel';
/**
 * Identifies the verification of this browser. After the first redirect no address contains the request, and no other browser can continue
 * it.
 */
const COOKIE_NAME = cookieName(SITE, 'verification');
const MAX_REQUEST_LENGTH = 4096;

/** Sends a one-time code to the customer's phone. */
export type SendCode = (message: {
  readonly countryCode: string;
  readonly phoneNumber: string;
  readonly code: string;
}) => Promise<void>;

export interface VerificationRoutes {
  readonly verification: Verification;
  readonly verifications: VerificationStore;
  readonly customers: CustomerStore;
  readonly clock: () => Date;
  readonly sendCode: SendCode;
  /** Shows the code on the page. */
  readonly demo: boolean;
}

export function verificationRoutes(parts: VerificationRoutes): FastifyPluginAsyncTypebox {
  const { verification, verifications, customers, clock, sendCode, demo } = parts;

  const showConfirm = async (
    exchange: Exchange,
    {
      token,
      question,
      wrong,
    }: { readonly token: string; readonly question: VerificationQuestion; readonly wrong: boolean },
  ) => {
    const { signedIn, reply, request } = exchange;
    const { userId: customerId } = signedIn;
    const accounts = await customers.findAccountReferences(customerId);
    const [mobile] = accounts.mobileNumbers ?? [];
    const { merchantName, account } = question;
    const page = { frame: { ...frameOf(request, reply), here: CONFIRM_PATH }, merchantName };
    const isTheirs = accounts.cards.some(
      (card) =>
        card.primaryAccountNumber === account.primaryAccountNumber &&
        card.panExpirationMonth === account.panExpirationMonth &&
        card.panExpirationYear === account.panExpirationYear,
    );
    if (!isTheirs || mobile === undefined) return reply.code(403).html(buildNotYoursPage(page));
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    if (!(await verifications.keepCode({ token, customerId, code }))) return showDeadEnd(exchange, 'EXPIRED');
    await sendCode({ ...mobile, code });
    return reply.code(wrong ? 422 : 200).html(
      buildConfirmPage({
        ...page,
        card: keepTogether(maskPan(account.primaryAccountNumber)),
        mobile: keepTogether(maskMobile(mobile)),
        demoCode: demo ? code : undefined,
        wrong,
      }),
    );
  };

  const answer = async (
    exchange: Exchange,
    {
      token,
      question,
      given,
    }: { readonly token: string; readonly question: VerificationQuestion; readonly given: VerificationAnswer },
  ) => {
    const { reply, request } = exchange;
    if (!(await verifications.consumeVerification(token))) return showDeadEnd(exchange, 'EXPIRED');
    request.log.info({ result: given.result }, 'a verification was answered');
    reply.clearCookie(COOKIE_NAME, COOKIE_ATTRIBUTES);
    const address = await verification.answer(question, given);
    // Not a 303: the browser checks every redirect after a form against `form-action`. The last one leads to the shop, and the policy cannot name all shops.
    return reply
      .header('refresh', `0; url=${address}`)
      .html(buildLeavingPage({ frame: { language: languageOf(request) }, address }));
  };

  /** For all routes after the first: finds the question of this browser, and requires a sign-in. */
  const withQuestion = async (
    request: FastifyRequest,
    reply: FastifyReply,
    handle: (exchange: Exchange, asked: { readonly token: string; readonly question: VerificationQuestion }) => unknown,
  ) => {
    const token = request.cookies[COOKIE_NAME];
    const kept = token === undefined ? undefined : await verifications.findRequest(token);
    const received = kept === undefined ? undefined : await verification.receive(kept);
    if (token === undefined || received === undefined) return showDeadEnd({ request, reply }, 'EXPIRED');
    if (received.status === 'REFUSED') return showDeadEnd({ request, reply }, received.because);
    const { signedIn } = request;
    if (signedIn === undefined) return reply.redirect(signInPath(CONFIRM_PATH), 303);
    return handle({ request, reply, signedIn }, { token, question: received });
  };

  return async (app) => {
    app.get(
      VERIFICATION_PATH,
      {
        schema: { querystring: Type.Object({ request: Type.String({ minLength: 1, maxLength: MAX_REQUEST_LENGTH }) }) },
      },
      async (request, reply) => {
        const received = await verification.receive(request.query.request);
        if (received.status === 'REFUSED') return showDeadEnd({ request, reply }, received.because);
        const token = await verifications.addVerification(request.query.request);
        return reply.setCookie(COOKIE_NAME, token, COOKIE_ATTRIBUTES).redirect(CONFIRM_PATH, 303);
      },
    );

    app.get(CONFIRM_PATH, (request, reply) =>
      withQuestion(request, reply, (exchange, asked) => showConfirm(exchange, { ...asked, wrong: false })),
    );

    app.post(
      CONFIRM_PATH,
      { schema: { body: Type.Object({ code: Type.String({ maxLength: 12 }) }) } },
      (request, reply) =>
        withQuestion(request, reply, async (exchange, asked) => {
          const { userId: customerId } = exchange.signedIn;
          const verdict = await verifications.tryCode({ ...asked, customerId, code: request.body.code.trim() });
          if (verdict === 'WRONG') return showConfirm(exchange, { ...asked, wrong: true });
          const given: VerificationAnswer =
            verdict === 'RIGHT' ? { result: 'VERIFIED', method: 'OTP', verifiedAt: clock() } : { result: 'REFUSED' };
          return answer(exchange, { ...asked, given });
        }),
    );

    app.post(CANCEL_PATH, (request, reply) =>
      withQuestion(request, reply, (exchange, asked) => answer(exchange, { ...asked, given: { result: 'REFUSED' } })),
    );
  };
}

/** A mask is not broken over two lines. */
function keepTogether(mask: string): string {
  return mask.replaceAll(' ', '\u00a0');
}

interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signedIn: SignedIn;
}

function showDeadEnd(
  { request, reply }: Pick<Exchange, 'request' | 'reply'>,
  because: 'INVALID' | 'EXPIRED',
): FastifyReply {
  const status = because === 'EXPIRED' ? 410 : 400;
  const here = request.method === 'GET' ? request.url : CONFIRM_PATH;
  return reply.code(status).html(buildDeadEndPage({ frame: { ...frameOf(request, reply), here }, because }));
}
