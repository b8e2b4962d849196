/** The two routes of an enrolment. */
import { createEnrolmentHandlers } from '@payment-passkeys/issuer/server';
import { buildOutcome, buildPage } from './pages.mjs';
import { describeEnrolment, issuer } from './passkeys.mjs';
import { ORIGIN } from './settings.mjs';
import { findSignedIn } from './stand-in.mjs';

// #region handlers
export const { start, callback } = createEnrolmentHandlers({
  issuer,
  callbackUri: `${ORIGIN}/passkeys/callback`,
  cardholder: () => findSignedIn()?.customerId,
  enrolment: async (request, customerId) => describeEnrolment(customerId, (await request.formData()).get('consent')),
  render: (outcome) =>
    outcome.status === 'ENROLLED'
      ? Response.redirect(`${ORIGIN}/ready`, 303)
      : new Response(buildPage(buildOutcome(outcome)), { headers: { 'content-type': 'text/html' } }),
});
// #endregion
