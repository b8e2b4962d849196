/** The back end of the cardholder's own page (contract §17): JSON only, same origin only, and after sign-in a cookie for each visit. */
import {
  MANAGE_CHALLENGE_PATH,
  MANAGE_LEAVE_PATH,
  MANAGE_REMOVAL_PATH,
  MANAGE_SIGN_IN_PATH,
  ManageChallenge,
  ManageOverview,
  ManageRemoval,
  ManageRemovalAnswer,
  ManageSignIn,
} from '@payment-passkeys/protocol';
import Type from 'typebox';
import { DEVICE_COOKIE } from '../../domain/devices/device.ts';
import { endVisit } from '../../domain/visits/store.ts';
import { CHALLENGE_COOKIE, VISIT_COOKIE, VISIT_COOKIE_ATTRIBUTES } from '../../domain/visits/visit.ts';
import type { Network } from '../../network.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { takePageCalls } from '../../platform/http/page-calls.ts';
import type { AddressLimiter } from '../../platform/http/rate-limit.ts';
import { countResult, countRevokedSessions } from '../../platform/telemetry/metrics.ts';
import { remove } from './removal.ts';
import { challengeVisitor, signInVisitor } from './sign-in.ts';

const NOTHING = Type.Object({});

export function manageRoutes(app: NetworkServer, network: Network, limitVisitor: AddressLimiter): void {
  takePageCalls(app, network.config.publicUrl);

  app.post(
    MANAGE_CHALLENGE_PATH,
    {
      // Anybody can call it, and each call stores a row.
      onRequest: limitVisitor,
      schema: {
        operationId: 'challengeVisitor',
        summary: 'Ask for a challenge, to sign in to the own page',
        body: NOTHING,
        response: { 200: ManageChallenge },
      },
    },
    async (_request, reply) => {
      const { answer, challengeSecret } = await challengeVisitor(network);
      reply.setCookie(CHALLENGE_COOKIE, challengeSecret, VISIT_COOKIE_ATTRIBUTES);
      return reply.send(answer);
    },
  );

  app.post(
    MANAGE_SIGN_IN_PATH,
    {
      config: { errors: ['CREDENTIAL_REFUSED', 'CREDENTIAL_UNKNOWN'] },
      schema: {
        operationId: 'signInVisitor',
        summary: 'Sign in with a passkey',
        body: ManageSignIn,
        response: { 200: ManageOverview },
      },
    },
    async (request, reply) => {
      const { cookies, body } = request;
      const attempt = { ...body, challengeSecret: cookies[CHALLENGE_COOKIE], deviceSecret: cookies[DEVICE_COOKIE] };
      const { overview, visitSecret, ...counted } = await signInVisitor(attempt, network);
      countResult(network.metrics, counted);
      reply.clearCookie(CHALLENGE_COOKIE, VISIT_COOKIE_ATTRIBUTES);
      reply.setCookie(VISIT_COOKIE, visitSecret, VISIT_COOKIE_ATTRIBUTES);
      return reply.send(overview);
    },
  );

  app.post(
    MANAGE_REMOVAL_PATH,
    {
      schema: {
        operationId: 'removeFromPasskey',
        summary: 'Remove a bank, a shop, a device, or the passkey',
        body: ManageRemoval,
        response: { 200: ManageRemovalAnswer },
      },
    },
    async ({ body, cookies }, reply) => {
      const attempt = { removal: body, visitSecret: cookies[VISIT_COOKIE], deviceSecret: cookies[DEVICE_COOKIE] };
      const { answer, endedClients } = await remove(attempt, network);
      countRevokedSessions(network.metrics, endedClients);
      if (answer.overview === undefined) reply.clearCookie(VISIT_COOKIE, VISIT_COOKIE_ATTRIBUTES);
      return reply.send(answer);
    },
  );

  app.post(
    MANAGE_LEAVE_PATH,
    {
      schema: { operationId: 'endVisit', summary: 'End the visit', body: NOTHING, response: { 200: NOTHING } },
    },
    async ({ cookies }, reply) => {
      const visitSecret = cookies[VISIT_COOKIE];
      if (visitSecret !== undefined) await endVisit(network.pool, visitSecret);
      reply.clearCookie(VISIT_COOKIE, VISIT_COOKIE_ATTRIBUTES);
      return reply.send({});
    },
  );
}
