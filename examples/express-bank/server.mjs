/** A bank on Express. */
import { fileURLToPath } from 'node:url';
import { createEnrolmentHandlers, toNodeHandler } from '@payment-passkeys/issuer/server';
import express from 'express';
import { buildOutcome, buildPage, buildRegistration, READY } from './pages.mjs';
import { describeEnrolment, issuer } from './passkeys.mjs';
import { ORIGIN } from './settings.mjs';
import { findSignedIn } from './stand-in.mjs';

// #region routes
const { start, callback } = createEnrolmentHandlers({
  issuer,
  callbackUri: `${ORIGIN}/passkeys/callback`,
  cardholder: () => findSignedIn()?.customerId,
  enrolment: async (request, customerId) => describeEnrolment(customerId, (await request.formData()).get('consent')),
  render: (outcome) =>
    outcome.status === 'ENROLLED'
      ? Response.redirect(`${ORIGIN}/ready`, 303)
      : new Response(buildPage(buildOutcome(outcome)), { headers: { 'content-type': 'text/html' } }),
});

/** The start is a POST that sends somebody away: it has to come from the bank's own page. */
const ofOwnPage = (request, response, next) => (request.get('origin') === ORIGIN ? next() : response.sendStatus(403));

const app = express();
app.post('/passkeys', ofOwnPage, toNodeHandler(start, { origin: ORIGIN }));
app.get('/passkeys/callback', toNodeHandler(callback, { origin: ORIGIN }));
// #endregion

// #region pages
const script = fileURLToPath(import.meta.resolve('@payment-passkeys/issuer/registration/bundle'));
app.get('/registration.js', (_request, response) => response.sendFile(script));
app.get('/', async (_request, response) =>
  response.send(buildPage(await buildRegistration(findSignedIn().customerId))),
);
app.get('/ready', (_request, response) => response.send(buildPage(READY)));
// #endregion

app.listen(new URL(ORIGIN).port, '127.0.0.1', () => console.log(`The bank: ${ORIGIN}`));
