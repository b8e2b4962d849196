/** The hosted page's back end (contract §2.1): JSON only, same origin only. */
import {
  CONSENT_PATH,
  ConsentRequest,
  END_PATH,
  EndRequest,
  OPEN_PATH,
  OpenAnswer,
  OpenRequest,
  RESULT_PATH,
  RETURN_PATH,
  RedirectAnswer,
  ResultAnswer,
  ResultRequest,
  ReturnAddressAnswer,
  ReturnAddressRequest,
} from '@payment-passkeys/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { CEREMONY_COOKIE, CEREMONY_COOKIE_ATTRIBUTES } from '../../domain/ceremonies/cookie.ts';
import { readCaller } from '../../domain/ceremonies/own-session.ts';
import { DEVICE_COOKIE, DEVICE_COOKIE_ATTRIBUTES } from '../../domain/devices/device.ts';
import { noteRefusal } from '../../domain/timeline/notes.ts';
import type { Network } from '../../network.ts';
import { readBearerToken } from '../../platform/http/bearer-token.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { takePageCalls } from '../../platform/http/page-calls.ts';
import { countResult } from '../../platform/telemetry/metrics.ts';
import { redirectToIssuer } from './consent.ts';
import { openSession } from './open.ts';
import { takeEndOfSession, takeResult } from './result.ts';
import { findReturnTo } from './return.ts';

export function ceremonyRoutes(app: NetworkServer, network: Network): void {
  takePageCalls(app, network.config.publicUrl);
  app.addHook('onError', (_request, _reply, error) => noteRefusal(error, network));

  app.post(
    OPEN_PATH,
    {
      config: {
        errors: [
          'SESSION_NOT_FOUND',
          'CLIENT_SUSPENDED',
          'COMPLIANCE_INCOMPLETE',
          'CALLBACK_MISSING',
          'CALLBACK_INVALID',
          'CALLBACK_NOT_ALLOWED',
          'ACCOUNT_NOT_ELIGIBLE',
        ],
      },
      schema: {
        operationId: 'openSession',
        summary: 'Open a session',
        body: OpenRequest,
        response: { 200: Type.Union([OpenAnswer, RedirectAnswer]) },
      },
    },
    async (request, reply) => {
      const opened = await openSession(
        {
          launch: request.body,
          accessToken: readBearerToken(request),
          ...readSecrets(request),
          userAgent: request.headers['user-agent'],
        },
        network,
      );
      reply.setCookie(CEREMONY_COOKIE, opened.ceremonySecret, CEREMONY_COOKIE_ATTRIBUTES);
      setDeviceCookie(reply, opened.deviceSecret);
      return reply.send(opened.answer);
    },
  );

  app.post(
    RESULT_PATH,
    {
      config: {
        errors: [
          'CLIENT_SUSPENDED',
          'CHALLENGE_USED',
          'RESULT_ALREADY_TAKEN',
          'CREDENTIAL_REFUSED',
          'CREDENTIAL_UNKNOWN',
          'CALLBACK_MISSING',
          'CALLBACK_NOT_ALLOWED',
        ],
      },
      schema: {
        operationId: 'takeResult',
        summary: "Take a ceremony's result",
        body: ResultRequest,
        response: { 200: ResultAnswer },
      },
    },
    async (request, reply) => {
      const result = await takeResult(
        { credential: request.body.credential, ...readCaller(request), deviceSecret: request.cookies[DEVICE_COOKIE] },
        network,
      );
      countResult(network.metrics, result);
      setDeviceCookie(reply, result.deviceSecret);
      return reply.send(result.answer);
    },
  );

  app.post(
    CONSENT_PATH,
    {
      config: { errors: ['CLIENT_SUSPENDED', 'ACCOUNT_NOT_ELIGIBLE'] },
      schema: {
        operationId: 'agree',
        summary: 'Agree to the terms, and go to the card’s issuer',
        body: ConsentRequest,
        response: { 200: RedirectAnswer },
      },
    },
    async (request, reply) => {
      const { language, statement } = request.body;
      const deviceSecret = request.cookies[DEVICE_COOKIE];
      const attempt = { consent: { language, statement }, ...readCaller(request), deviceSecret };
      return reply.send({ redirect: await redirectToIssuer(attempt, network) });
    },
  );

  app.post(
    END_PATH,
    {
      config: { errors: ['CLIENT_SUSPENDED', 'RESULT_ALREADY_TAKEN', 'CALLBACK_MISSING', 'CALLBACK_NOT_ALLOWED'] },
      schema: {
        operationId: 'endSession',
        summary: 'End a session without a passkey',
        body: EndRequest,
        response: { 200: RedirectAnswer },
      },
    },
    async (request, reply) => {
      const attempt = { reason: request.body.reason, ...readCaller(request) };
      const { redirect, ...counted } = await takeEndOfSession(attempt, network);
      countResult(network.metrics, counted);
      return reply.send({ redirect });
    },
  );

  app.post(
    RETURN_PATH,
    {
      schema: {
        operationId: 'findReturnAddress',
        summary: 'Find the address that the page may go back to',
        body: ReturnAddressRequest,
        response: { 200: ReturnAddressAnswer },
      },
    },
    async (request, reply) => {
      const returnTo = await findReturnTo(request.body, network);
      return reply.send(returnTo === undefined ? {} : { returnTo });
    },
  );
}

function readSecrets({ cookies }: FastifyRequest) {
  return { ceremonySecret: cookies[CEREMONY_COOKIE], deviceSecret: cookies[DEVICE_COOKIE] };
}

function setDeviceCookie(reply: FastifyReply, secret: string | undefined): void {
  if (secret !== undefined) reply.setCookie(DEVICE_COOKIE, secret, DEVICE_COOKIE_ATTRIBUTES);
}
