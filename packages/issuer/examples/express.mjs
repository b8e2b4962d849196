/** A bank on Express: the two routes, mounted with `toNodeHandler`. docs/issuer-kit.md shows this file, and a test runs it. */
import { createEnrolmentHandlers, toNodeHandler } from '@payment-passkeys/issuer/server';
import express from 'express';

/** What the bank has beside it: who is signed in, what is theirs, and its pages. */
export function buildExpressBank({ issuer, origin, signedIn, accountsOf, show }) {
  const { start, callback } = createEnrolmentHandlers({
    issuer,
    callbackUri: `${origin}/passkeys/callback`,
    cardholder: (request) => signedIn(request.headers.get('cookie')),
    enrolment: async (request, cardholderId) => accountsOf(cardholderId, await request.formData()),
    render: (outcome) => show(outcome),
  });

  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.post('/passkeys', ofOwnPage(origin), toNodeHandler(start, { origin }));
  app.get('/passkeys/callback', toNodeHandler(callback, { origin }));
  return app;
}

/** The start is a POST that sends somebody away: it has to come from the bank's own page. */
function ofOwnPage(origin) {
  return (request, response, next) => (request.get('origin') === origin ? next() : response.sendStatus(403));
}
