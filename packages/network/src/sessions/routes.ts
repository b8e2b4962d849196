/** `POST /authentication/sessions` (contract §1). */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  addSeconds,
  buildLaunchUrl,
  checkCallbackUri,
  SESSION_SECONDS,
  SESSIONS_PATH,
  type SessionAnswer,
  SessionAnswer as SessionAnswerSchema,
  SessionRequest,
} from '@payment-passkeys/protocol';
import { sealAccounts } from '../accounts/account-vault.ts';
import { ServiceError } from '../http/errors.ts';
import { signingClient } from '../http/signed-request.ts';
import type { Network, NetworkServer } from '../network.ts';
import { findIneligibilities } from './eligibility.ts';
import { INFO_POINTER, readSessionInfo } from './info.ts';
import { insertSession } from './store.ts';

export function sessionRoutes(app: NetworkServer, network: Network): void {
  app.post(
    SESSIONS_PATH,
    { schema: { summary: 'Start a session', body: SessionRequest, response: { 201: SessionAnswerSchema } } },
    async (request, reply) => {
      const client = signingClient(request);
      const { clientSessionId = randomUUID(), srcCorrelationId = randomUUID(), authenticationReasons } = request.body;
      const [reason = 'ACCOUNT_LOGIN'] = authenticationReasons ?? [];
      if (client.role !== 'issuer' || reason !== 'ACCOUNT_LOGIN') {
        throw new ServiceError({ code: 'REASON_NOT_ALLOWED', pointer: '/authenticationReasons/0' });
      }
      const now = network.clock();
      const info = await readSessionInfo(request.body.srcSessionInitiationRequestInfo.encryptedData, network);
      const rules = { mode: network.config.mode, ...client, now };
      const [first, ...rest] = findIneligibilities(info, rules).map(({ code, pointer }) => ({
        code,
        pointer: INFO_POINTER + pointer,
      }));
      if (first !== undefined) throw new ServiceError([first, ...rest]);

      const sessionId = randomBytes(24).toString('base64url');
      const accessToken = randomBytes(32).toString('base64url');
      const session = {
        sessionId,
        clientId: client.clientId,
        clientSessionId,
        srcCorrelationId,
        reason,
        createdAt: now,
        expiresAt: addSeconds(now, SESSION_SECONDS),
        callbackUri: info.callbackUri === undefined ? undefined : normalCallback(info.callbackUri, rules),
        locale: info.locale,
        verification: info.cardholderVerification,
        consent: info.consent,
        compliance: info.complianceSettings,
        accounts: sealAccounts(info.accountReferences, network.keys.current().vault, sessionId),
        tokenHash: createHash('sha256').update(accessToken).digest(),
      };
      if (!(await insertSession(network.pool, session))) {
        throw new ServiceError({ code: 'CLIENT_SESSION_ID_USED', pointer: '/clientSessionId' });
      }
      const launch = { clientId: client.clientId, authenticationSessionId: sessionId, clientSessionId, accessToken };
      const answer: SessionAnswer = {
        authenticationSessionId: sessionId,
        clientSessionId,
        uri: buildLaunchUrl(network.config.publicUrl, launch),
        expiresAt: session.expiresAt.toISOString(),
        srcCorrelationId,
      };
      return reply.code(201).send(answer);
    },
  );
}

/** The one form of an address that has passed eligibility. */
function normalCallback(
  text: string,
  rules: { readonly mode: Network['config']['mode']; readonly callbackSchemes: readonly string[] },
): string {
  const checked = checkCallbackUri(text, { mode: rules.mode, registeredSchemes: rules.callbackSchemes });
  if ('refusal' in checked)
    throw new ServiceError({ code: 'CALLBACK_INVALID', pointer: `${INFO_POINTER}/callbackUri` });
  return checked.uri;
}
