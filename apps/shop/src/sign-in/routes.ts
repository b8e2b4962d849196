/** The shop's part of the sign-in: the form, and the pages that it can lead to. */
import type { SignInAnswer, SignInRoutes } from '@payment-passkeys/web';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { frameOf } from '../frame.ts';
import { SITE } from '../site.ts';
import { buildSignInPage } from './page.ts';
import { DEMO_SHOPPER, type ShopperStore } from './shoppers.ts';

const NEXT_PATHS =
  /^\/(cart|cards(\/new)?|orders(\/[A-Z0-9-]{1,32}(\/pay)?)?|(payments|cards)\/callback\?[\x21-\x7e]{1,8000})$/;

/** Shows the form without a redirect, so that no other address contains the proof of a callback. The form leads back to `next`. */
export function showSignIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { demo, next, refused }: SignInAnswer & { readonly demo: boolean },
): FastifyReply {
  const frame = frameOf(request, reply);
  const page = {
    // Not signInPath, because another address would contain the proof of a callback.
    ...(refused ? { ...frame, here: next ?? '/sign-in' } : frame),
    next,
    refused,
    demoSignIn: demo ? DEMO_SHOPPER : undefined,
  };
  return reply.html(buildSignInPage(page));
}

/** For the website's `signInRoutes`. `demo` shows the demonstration's username and password. */
export function buildSignInOptions({
  shoppers,
  demo,
}: {
  readonly shoppers: ShopperStore;
  readonly demo: boolean;
}): Pick<SignInRoutes, 'site' | 'findCredentials' | 'nextPaths' | 'afterSignOut' | 'showForm'> {
  return {
    site: SITE,
    findCredentials: shoppers.findCredentials,
    nextPaths: NEXT_PATHS,
    afterSignOut: '/',
    showForm: (request, reply, answer) => showSignIn(request, reply, { ...answer, demo }),
  };
}
