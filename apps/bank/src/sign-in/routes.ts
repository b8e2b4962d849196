/** The bank's part of the sign-in: the form, and the pages to which it may return. */
import type { SignInRoutes } from '@payment-passkeys/web';
import { type CustomerStore, DEMO_SIGN_IN } from '../accounts/customers.ts';
import { frameOf } from '../frame.ts';
import { SITE } from '../site.ts';
import { UUID } from '../uuid.ts';
import { buildSignInPage } from './page.ts';

const NEXT_PATHS = new RegExp(
  `^/(verification/confirm|passkeys/(new|lost|(orders|enrolments)/${UUID}|consents(/${UUID})?|of/[\\w.~-]{1,64}|callback\\?[\\x21-\\x7e]{1,8000}))$`,
);

/** For the website's `signInRoutes`. `demo` shows the demonstration's username and password. */
export function buildSignInOptions({
  customers,
  demo,
}: {
  readonly customers: CustomerStore;
  readonly demo: boolean;
}): Pick<SignInRoutes, 'site' | 'findCredentials' | 'nextPaths' | 'afterSignOut' | 'showForm'> {
  return {
    site: SITE,
    findCredentials: customers.findCredentials,
    nextPaths: NEXT_PATHS,
    afterSignOut: '/sign-in',
    showForm: (request, reply, { next, refused }) => {
      const isSignedIn = request.signedIn !== undefined && refused === undefined;
      if (isSignedIn && next === undefined) return reply.redirect('/', 303);
      const frame = frameOf(request, reply);
      const page = {
        // signInPath(next) would copy the proof of a callback into one more address.
        frame: refused ? { ...frame, here: next ?? '/sign-in' } : frame,
        next,
        refused,
        notice: isSignedIn ? ('signIn.again' as const) : undefined,
        demoSignIn: demo ? DEMO_SIGN_IN : undefined,
      };
      return reply.html(buildSignInPage(page));
    },
  };
}
