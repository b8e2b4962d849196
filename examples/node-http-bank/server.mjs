/** A bank on Node's own HTTP server. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createEnrolmentHandlers, toNodeHandler } from '@payment-passkeys/issuer/server';
import { buildOutcome, buildPage, buildRegistration, READY } from './pages.mjs';
import { describeEnrolment, issuer } from './passkeys.mjs';
import { ORIGIN } from './settings.mjs';
import { findSignedIn } from './stand-in.mjs';

const html = (main) => new Response(buildPage(main), { headers: { 'content-type': 'text/html' } });

// #region routes
const { start, callback } = createEnrolmentHandlers({
  issuer,
  callbackUri: `${ORIGIN}/passkeys/callback`,
  cardholder: () => findSignedIn()?.customerId,
  enrolment: async (request, customerId) => describeEnrolment(customerId, (await request.formData()).get('consent')),
  render: (outcome) =>
    outcome.status === 'ENROLLED' ? Response.redirect(`${ORIGIN}/ready`, 303) : html(buildOutcome(outcome)),
});

const script = readFileSync(new URL(import.meta.resolve('@payment-passkeys/issuer/registration/bundle')));
const routes = {
  // The start is a POST that sends somebody away: it has to come from the bank's own page.
  'POST /passkeys': (request) =>
    request.headers.get('origin') === ORIGIN ? start(request) : new Response(null, { status: 403 }),
  'GET /passkeys/callback': callback,
  'GET /registration.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
  'GET /': async () => html(await buildRegistration(findSignedIn().customerId)),
  'GET /ready': () => html(READY),
};

async function handle(request) {
  const route = routes[`${request.method} ${new URL(request.url).pathname}`];
  return route === undefined ? new Response(null, { status: 404 }) : route(request);
}

const server = createServer(toNodeHandler(handle, { origin: ORIGIN, onError: console.error }));
// #endregion

server.listen(Number(new URL(ORIGIN).port), '127.0.0.1', () => console.log(`The bank: ${ORIGIN}`));
