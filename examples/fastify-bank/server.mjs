/** A bank on Fastify. */
import { readFileSync } from 'node:fs';
import formBody from '@fastify/formbody';
import { enrolmentRoutes } from '@payment-passkeys/issuer/fastify';
import Fastify from 'fastify';
import { buildOutcome, buildPage, buildRegistration, READY } from './pages.mjs';
import { describeEnrolment, issuer } from './passkeys.mjs';
import { ORIGIN } from './settings.mjs';
import { findSignedIn } from './stand-in.mjs';

const app = Fastify();

// #region routes
await app.register(formBody);
await app.register(
  enrolmentRoutes({
    issuer,
    startPath: '/passkeys',
    callbackUri: `${ORIGIN}/passkeys/callback`,
    // The start is a POST that sends somebody away: it has to come from the bank's own page.
    guardStart: async (request, reply) => {
      if (request.headers.origin !== ORIGIN) return reply.code(403).send();
    },
    cardholder: () => findSignedIn()?.customerId,
    enrolment: (request, customerId) => describeEnrolment(customerId, request.body?.consent),
    render: (outcome, _request, reply) =>
      outcome.status === 'ENROLLED'
        ? reply.redirect('/ready', 303)
        : reply.type('text/html').send(buildPage(buildOutcome(outcome))),
  }),
);
// #endregion

const script = readFileSync(new URL(import.meta.resolve('@payment-passkeys/issuer/registration/bundle')));
app.get('/registration.js', (_request, reply) => reply.type('text/javascript').send(script));
app.get('/', async (_request, reply) =>
  reply.type('text/html').send(buildPage(await buildRegistration(findSignedIn().customerId))),
);
app.get('/ready', (_request, reply) => reply.type('text/html').send(buildPage(READY)));

await app.listen({ host: '127.0.0.1', port: Number(new URL(ORIGIN).port) });
console.log(`The bank: ${ORIGIN}`);
