/** Signing in and out at the console, and the fresh confirmation before a dangerous action. */
import {
  CONFIRM_OPTIONS_PATH,
  CONFIRM_PATH,
  Confirmed,
  ConfirmOptions,
  CredentialUse,
  ME_PATH,
  Me,
  OPERATOR_ROLES,
  SIGN_IN_OPTIONS_PATH,
  SIGN_IN_PATH,
  SIGN_OUT_PATH,
  SignInOptions,
} from '@payment-passkeys/protocol/console';
import { buildDiscoverableOptions, buildRequestOptions } from '@payment-passkeys/webauthn';
import Type from 'typebox';
import { newSecret } from '../../../domain/ceremonies/cookie.ts';
import { ATTEMPT_COOKIE, ATTEMPT_SECONDS, beginAttempt } from '../../../domain/operators/attempts.ts';
import type { SignedInOperator } from '../../../domain/operators/operator.ts';
import {
  beginConsoleSession,
  CONSOLE_COOKIE,
  CONSOLE_COOKIE_ATTRIBUTES,
  confirmByPasskey,
  endConsoleSession,
  findSignedIn,
} from '../../../domain/operators/sessions.ts';
import { listOperatorPasskeys, listOperators } from '../../../domain/operators/store.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import type { AddressLimiter } from '../../../platform/http/rate-limit.ts';
import { ANYBODY, allow } from '../guard/allow.ts';
import { findCaller } from '../guard/guard.ts';
import { newChallenge, signInRefused, verifyUse } from './passkey.ts';

const NOTHING = Type.Object({});
const ATTEMPT_COOKIE_ATTRIBUTES = { ...CONSOLE_COOKIE_ATTRIBUTES, maxAge: ATTEMPT_SECONDS };

export function signInRoutes(app: NetworkServer, network: ConsoleNetwork, limitSignIn: AddressLimiter): void {
  const { pool, clock, operatorPolicy: policy } = network;

  app.get(
    ME_PATH,
    { config: ANYBODY, schema: { summary: 'Who is signed in', response: { 200: Me } } },
    async (request) => describeCaller(await findCaller(request, network), network),
  );

  app.post(
    SIGN_IN_OPTIONS_PATH,
    {
      config: ANYBODY,
      onRequest: limitSignIn,
      schema: { summary: 'Ask for a challenge, to sign in', body: NOTHING, response: { 200: SignInOptions } },
    },
    async (_request, reply) => {
      const [secret, challenge] = [newSecret(), newChallenge()];
      await beginAttempt(pool, { kind: 'SIGN_IN', secret, challenge, now: clock() });
      reply.setCookie(ATTEMPT_COOKIE, secret, ATTEMPT_COOKIE_ATTRIBUTES);
      return { options: buildDiscoverableOptions({ policy, challenge }) };
    },
  );

  app.post(
    SIGN_IN_PATH,
    {
      config: ANYBODY,
      onRequest: limitSignIn,
      schema: { summary: 'Sign in with a passkey', body: CredentialUse, response: { 200: Me } },
    },
    async ({ body, cookies }, reply) => {
      const now = clock();
      const attempt = { kind: 'SIGN_IN', secret: cookies[ATTEMPT_COOKIE], now } as const;
      const use = await verifyUse(body.credential, attempt, network);
      const secret = newSecret();
      if (!(await beginConsoleSession(pool, { ...use, secret }))) throw await explainRefusal(use.operatorId, network);
      const before = cookies[CONSOLE_COOKIE];
      if (before !== undefined) await endConsoleSession(pool, before);
      reply.clearCookie(ATTEMPT_COOKIE, ATTEMPT_COOKIE_ATTRIBUTES);
      reply.setCookie(CONSOLE_COOKIE, secret, CONSOLE_COOKIE_ATTRIBUTES);
      return describeCaller(await findSignedIn(pool, { secret, now, by: 'BACKGROUND' }), network);
    },
  );

  app.post(
    SIGN_OUT_PATH,
    { config: ANYBODY, schema: { summary: 'Sign out', body: NOTHING, response: { 200: NOTHING } } },
    async ({ cookies }, reply) => {
      const secret = cookies[CONSOLE_COOKIE];
      if (secret !== undefined) await endConsoleSession(pool, secret);
      reply.clearCookie(CONSOLE_COOKIE, CONSOLE_COOKIE_ATTRIBUTES);
      return {};
    },
  );

  app.post(
    CONFIRM_OPTIONS_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: { summary: 'Ask for a challenge, to confirm', body: NOTHING, response: { 200: ConfirmOptions } },
    },
    async ({ operator, cookies }) => {
      const allowCredentials = await listOperatorPasskeys(pool, operator.operatorId);
      // An operator who signs in at the OpenID provider also confirms there.
      if (allowCredentials.length === 0) throw new ServiceError({ code: 'SIGN_IN_REFUSED', sourceType: 'SERVICE' });
      const challenge = newChallenge();
      const secret = cookies[CONSOLE_COOKIE] ?? '';
      await beginAttempt(pool, { kind: 'CONFIRM', secret, challenge, now: clock() });
      return { options: buildRequestOptions({ policy, challenge, allowCredentials }) };
    },
  );

  app.post(
    CONFIRM_PATH,
    {
      config: allow(OPERATOR_ROLES),
      schema: { summary: 'Confirm with the passkey', body: CredentialUse, response: { 200: Confirmed } },
    },
    async ({ body, cookies }) => {
      const secret = cookies[CONSOLE_COOKIE] ?? '';
      const use = await verifyUse(body.credential, { kind: 'CONFIRM', secret, now: clock() }, network);
      const confirmedUntil = await confirmByPasskey(pool, { ...use, secret });
      if (confirmedUntil === undefined) throw signInRefused();
      return { confirmedUntil: confirmedUntil.toISOString() };
    },
  );
}

/** Why an operator with a genuine passkey is refused: no role yet, or removed. */
async function explainRefusal(operatorId: string, { pool }: Pick<ConsoleNetwork, 'pool'>): Promise<ServiceError> {
  const waits = (await listOperators(pool)).some((known) => known.operatorId === operatorId && known.role === null);
  return waits ? new ServiceError({ code: 'ROLE_NOT_APPROVED', sourceType: 'SERVICE' }) : signInRefused();
}

function describeCaller(operator: SignedInOperator | undefined, { config, console, clock }: ConsoleNetwork): Me {
  const { mode, branding } = config;
  const known = { mode, networkName: branding.name, approvals: console.approvals, oidc: console.oidc !== undefined };
  if (operator === undefined) return known;
  const { operatorId, name, role, signsInBy, confirmedUntil, expiresAt } = operator;
  return {
    ...known,
    operator: { operatorId, name, role, signsInBy },
    ...(confirmedUntil > clock() && { confirmedUntil: confirmedUntil.toISOString() }),
    signedInUntil: expiresAt.toISOString(),
  };
}
