/** `POST /authentication/sessions` (contract §1), and a session's report (§15). */

import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AuthenticationReason,
  addSeconds,
  buildLaunchUrl,
  type ClientRegistration,
  checkCallbackUri,
  PaymentSessionAnswer,
  SESSION_SECONDS,
  SESSIONS_PATH,
  type ServiceErrorCode,
  SessionAnswer,
  SessionParameters,
  SessionReport,
  SessionRequest,
  sessionPath,
} from '@payment-passkeys/protocol';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { rekeyAccounts } from '../../domain/accounts/rekey.ts';
import { hashSecret, newSecret } from '../../domain/ceremonies/cookie.ts';
import { type SignedCall, serveSigned, signingClient } from '../../domain/clients/signed-request.ts';
import type { Client } from '../../domain/clients/store.ts';
import { MERCHANT_FACTS } from '../../domain/sessions/payment.ts';
import { insertSession, type MerchantFacts, type NewSession } from '../../domain/sessions/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { NetworkServer } from '../../platform/http/network-server.ts';
import { noteUnknownFields } from '../../platform/http/unknown-fields.ts';
import { countSessionStart } from '../../platform/telemetry/metrics.ts';
import type { Draft, DraftContext, PaymentPart } from './draft.ts';
import { decryptSessionInfo, INFO_POINTER, partsOfInfo, readSessionInfo, type SessionInfo } from './info.ts';
import { draftIssuerSession } from './issuer-session.ts';
import { draftInstrumentSession, draftTransactionSession } from './merchant-session.ts';
import { reportSession } from './report.ts';

const REASONS_BY_ROLE: { readonly [role in ClientRegistration['role']]: readonly AuthenticationReason[] } = {
  issuer: ['ACCOUNT_LOGIN'],
  merchant: ['ENROL_FINANCIAL_INSTRUMENT', 'TRANSACTION_AUTHENTICATION'],
};

const START_ERRORS = [
  'DECRYPTION_FAILED',
  'UNKNOWN_KEY_ID',
  'FIELD_NOT_ALLOWED',
  'TOO_MANY_ACCOUNTS',
  'CARD_EXPIRED',
  'AMOUNT_INVALID',
  'STALE',
  'COMPLIANCE_INCOMPLETE',
  'CALLBACK_INVALID',
  'CALLBACK_NOT_ALLOWED',
  'REASON_NOT_ALLOWED',
  'ACCOUNT_NOT_ELIGIBLE',
  'COUNTRY_NOT_ELIGIBLE',
  'MERCHANT_NOT_ALLOWED',
  'MERCHANT_ID_NOT_ALLOWED',
  'MERCHANT_NOT_FOUND',
  'MERCHANT_DIFFERS',
  'BINDING_NOT_FOUND',
  'CLIENT_SESSION_ID_USED',
  'ORDER_ALREADY_APPROVED',
] as const satisfies readonly ServiceErrorCode[];

export function sessionRoutes(app: NetworkServer, network: Network): void {
  app.post(
    SESSIONS_PATH,
    {
      config: { nonceWithChange: true, errors: START_ERRORS },
      schema: {
        operationId: 'startSession',
        summary: 'Start a session',
        body: SessionRequest,
        response: { 201: Type.Union([SessionAnswer, PaymentSessionAnswer]) },
      },
    },
    async (request, reply) => {
      const started = await serveSigned(request, (call) => startSession(request.body, { ...call, reply }, network));
      countSessionStart(network.metrics, started);
      return reply.code(201).send(started.answer);
    },
  );

  app.get(
    sessionPath(':authenticationSessionId'),
    {
      config: { errors: ['SESSION_NOT_FOUND'] },
      schema: {
        operationId: 'readSession',
        summary: 'Read what became of a session',
        params: SessionParameters,
        response: { 200: SessionReport },
      },
    },
    async (request) => {
      const { clientId } = signingClient(request);
      return reportSession({ clientId, sessionId: request.params.authenticationSessionId }, network);
    },
  );
}

interface StartedSession {
  readonly answer: SessionAnswer | PaymentSessionAnswer;
  readonly clientId: string;
  readonly reason: AuthenticationReason;
}

async function startSession(
  body: SessionRequest,
  { client, nonceClaim, assertAdmitted, reply }: SignedCall & { readonly reply: FastifyReply },
  network: Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>,
): Promise<StartedSession> {
  const { clientSessionId = randomUUID(), srcCorrelationId = randomUUID(), authenticationReasons } = body;
  const [reason = 'ACCOUNT_LOGIN'] = authenticationReasons ?? [];
  if (!REASONS_BY_ROLE[client.role].includes(reason)) {
    throw new ServiceError({ code: 'REASON_NOT_ALLOWED', pointer: '/authenticationReasons/0' });
  }
  assertNamesMerchant(body, client);
  const now = network.clock();
  const content = await decryptSessionInfo(body.srcSessionInitiationRequestInfo.encryptedData, network);
  for (const part of partsOfInfo(content, reason)) noteUnknownFields(reply, part, network.config.mode);
  const read = readSessionInfo(content, reason);
  const sessionId = randomBytes(24).toString('base64url');
  const accessToken = newSecret();
  const context = { client, network, sessionId, now };
  if (read.info.accountReferences !== undefined) {
    await rekeyAccounts(network.pool, read.info.accountReferences, network.keys.current().vault);
  }
  const draft = draftSession(read, context);
  const expiresAt = addSeconds(now, SESSION_SECONDS);
  const session: NewSession = {
    ...draft.session,
    sessionId,
    clientId: client.clientId,
    clientSessionId,
    srcCorrelationId,
    reason,
    createdAt: now,
    expiresAt,
    callbackUri: normalCallback(read.info.callbackUri, context),
    locale: read.info.locale,
    merchantId: body.merchantId,
    tokenHash: hashSecret(accessToken),
    traceContext: network.tracing.traceparent(),
  };
  const { verdict, card, conflict, merchant, merchantMatches } = await insertSession(network.pool, session, nonceClaim);
  assertAdmitted(verdict);
  if (!merchantMatches) throw refuseMerchant(session, merchant);
  if (draft.noCard !== undefined && card === undefined) throw new ServiceError(draft.noCard);
  if (conflict !== undefined) {
    const pointer = conflict === 'CLIENT_SESSION_ID_USED' ? '/clientSessionId' : `${INFO_POINTER}/transaction/orderId`;
    throw new ServiceError({ code: conflict, pointer });
  }
  const launch = { clientId: client.clientId, authenticationSessionId: sessionId, clientSessionId, accessToken };
  const handles = { authenticationSessionId: sessionId, clientSessionId };
  const uri = buildLaunchUrl(network.config.publicUrl, launch);
  const common = { ...handles, uri, expiresAt: expiresAt.toISOString(), srcCorrelationId };
  const answer = draft.answer && card ? answerPayment(common, draft.answer(card, merchant)) : common;
  return { answer, clientId: client.clientId, reason };
}

/** A session of a payment service provider must name a merchant; any other session must not. */
function assertNamesMerchant({ merchantId }: SessionRequest, { provider }: Client): void {
  if (provider === (merchantId !== undefined)) return;
  throw new ServiceError({ code: provider ? 'MISSING_FIELD' : 'MERCHANT_ID_NOT_ALLOWED', pointer: '/merchantId' });
}

/** Names each field that contradicts the registration of the merchant. */
function refuseMerchant({ payment }: NewSession, registered: MerchantFacts | undefined): ServiceError {
  const differing = MERCHANT_FACTS.filter(
    (field) => payment?.[field] !== undefined && payment[field] !== registered?.[field],
  );
  const [first, ...rest] = differing.map((field) => ({
    code: 'MERCHANT_DIFFERS' as const,
    pointer: `${INFO_POINTER}/transaction/${field}`,
  }));
  const isKnown = registered !== undefined && first !== undefined;
  return new ServiceError(isKnown ? [first, ...rest] : { code: 'MERCHANT_NOT_FOUND', pointer: '/merchantId' });
}

/** A STEP_UP answer has no `uri`: the merchant has to authenticate the payment another way, such as 3-D Secure. */
function answerPayment({ uri, ...common }: SessionAnswer, answer: PaymentPart): PaymentSessionAnswer {
  return answer.nextStep === 'STEP_UP' ? { ...common, ...answer } : { ...common, uri, ...answer };
}

function draftSession(read: SessionInfo, context: DraftContext): Draft {
  switch (read.reason) {
    case 'ACCOUNT_LOGIN':
      return draftIssuerSession(read.info, context);
    case 'ENROL_FINANCIAL_INSTRUMENT':
      return draftInstrumentSession(read.info, context);
    case 'TRANSACTION_AUTHENTICATION':
      return draftTransactionSession(read.info, context);
  }
}

/** The normal form of a callback address. Eligibility has accepted the address before. */
function normalCallback(text: string | undefined, { client, network }: DraftContext): string | undefined {
  if (text === undefined) return undefined;
  const checked = checkCallbackUri(text, { mode: network.config.mode, registeredSchemes: client.callbackSchemes });
  if (!checked.ok) throw new ServiceError({ code: 'CALLBACK_INVALID', pointer: `${INFO_POINTER}/callbackUri` });
  return checked.uri;
}
