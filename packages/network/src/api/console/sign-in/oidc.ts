/**
 * Signing in by the organisation's OpenID provider (OpenID Connect Core 1.0 §3.1): authorization code with PKCE, state and nonce. A fresh confirmation
 * is a new sign-in there (`prompt=login`) by the same person, after the console asked for it.
 */
import { CLOCK_SKEW_SECONDS } from '@payment-passkeys/protocol';
import { OIDC_CALLBACK_PATH, OIDC_SIGN_IN_PATH } from '@payment-passkeys/protocol/console';
import type { FastifyBaseLogger } from 'fastify';
import * as client from 'openid-client';
import Type from 'typebox';
import { hashSecret, newSecret } from '../../../domain/ceremonies/cookie.ts';
import { ATTEMPT_SECONDS } from '../../../domain/operators/attempts.ts';
import {
  beginOidcAttempt,
  confirmByOidc,
  consumeOidcAttempt,
  OIDC_COOKIE,
  type OidcAttempt,
  readRole,
  signInByOidc,
} from '../../../domain/operators/oidc.ts';
import { CONSOLE_COOKIE, CONSOLE_COOKIE_ATTRIBUTES, endConsoleSession } from '../../../domain/operators/sessions.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import type { OidcSettings } from '../../../platform/config/console-settings.ts';
import type { NetworkServer } from '../../../platform/http/network-server.ts';
import type { AddressLimiter } from '../../../platform/http/rate-limit.ts';
import { pathAndQuery } from '../../../platform/http/request-target.ts';
import { ANYBODY } from '../guard/allow.ts';
import { findCaller } from '../guard/guard.ts';

const COOKIE_ATTRIBUTES = { ...CONSOLE_COOKIE_ATTRIBUTES, sameSite: 'lax', maxAge: ATTEMPT_SECONDS } as const;

/** How long the provider may take to answer a call. */
const PROVIDER_SECONDS = 10;

/** A page of the console. Two slashes at the start are refused: they would lead to another site. */
const PagePath = Type.String({ pattern: '^/(?!/)[A-Za-z0-9._~/?&=%+:,-]*$', maxLength: 1000 });
const Start = Type.Object({ to: Type.Optional(PagePath), confirm: Type.Optional(Type.Literal('1')) });

/** FAILED: the provider's answer was not accepted. ROLE: the claim names no role, or several. REMOVED: the operator was removed at the console. */
type Refusal = 'FAILED' | 'ROLE' | 'REMOVED';

/** Adds no route without an OpenID provider in the configuration. */
export function oidcRoutes(app: NetworkServer, network: ConsoleNetwork, limitSignIn: AddressLimiter): void {
  const { oidc, url: consoleUrl } = network.console;
  if (oidc === undefined) return;
  const { pool, clock } = network;
  const findProvider = createProvider(oidc);
  const redirectUri = consoleUrl + OIDC_CALLBACK_PATH;

  app.get(
    OIDC_SIGN_IN_PATH,
    { config: ANYBODY, onRequest: limitSignIn, schema: { hide: true, querystring: Start } },
    async (request, reply) => {
      const { to = '/', confirm } = request.query;
      const caller = confirm && (await findCaller(request, network));
      const session = request.cookies[CONSOLE_COOKIE];
      const confirms = caller && session !== undefined ? hashSecret(session).toString('base64url') : undefined;
      const attempt: OidcAttempt = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
        returnTo: to,
        begunAt: clock().getTime(),
        ...(confirms !== undefined && { confirms }),
      };
      const provider = await findProvider().catch(() => undefined);
      if (provider === undefined) {
        request.log.warn('the OpenID provider does not answer');
        return reply.redirect(refusedPage('FAILED'), 303);
      }
      const secret = newSecret();
      await beginOidcAttempt(pool, secret, attempt);
      const address = client.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(attempt.codeVerifier),
        code_challenge_method: 'S256',
        ...(confirms !== undefined && { prompt: 'login', max_age: '0' }),
      });
      return reply.setCookie(OIDC_COOKIE, secret, COOKIE_ATTRIBUTES).redirect(address.href, 303);
    },
  );

  app.get(
    OIDC_CALLBACK_PATH,
    { config: ANYBODY, onRequest: limitSignIn, schema: { hide: true } },
    async (request, reply) => {
      const now = clock();
      const secret = request.cookies[OIDC_COOKIE];
      reply.clearCookie(OIDC_COOKIE, COOKIE_ATTRIBUTES);
      const attempt = secret === undefined ? undefined : await consumeOidcAttempt(pool, secret, now);
      const refuse = (refusal: Refusal) => reply.redirect(refusedPage(refusal), 303);
      if (attempt === undefined) return refuse('FAILED');
      const answer = new URL(consoleUrl + pathAndQuery(request.raw.url));
      const claims = await readClaims(answer, { attempt, findProvider }).catch((error: unknown) => {
        logRefusal(error, request.log);
        return undefined;
      });
      if (claims === undefined) return refuse('FAILED');
      const identity = { issuer: claims.iss, subject: claims.sub };
      const confirmed = wasAuthenticatedAfter(claims, attempt);
      if (attempt.confirms !== undefined) {
        const done = confirmed && (await confirmByOidc(pool, { ...identity, confirms: attempt.confirms, now }));
        return done ? reply.redirect(attempt.returnTo, 303) : refuse('FAILED');
      }
      const role = readRole(claims[oidc.roleClaim], oidc);
      if (role === undefined) return refuse('ROLE');
      const newSession = newSecret();
      const signIn = { ...identity, name: nameOf(claims), role, secret: newSession, confirmed, now };
      if (!(await signInByOidc(pool, signIn))) return refuse('REMOVED');
      const before = request.cookies[CONSOLE_COOKIE];
      if (before !== undefined) await endConsoleSession(pool, before);
      return reply.setCookie(CONSOLE_COOKIE, newSession, CONSOLE_COOKIE_ATTRIBUTES).redirect(attempt.returnTo, 303);
    },
  );
}

const refusedPage = (refusal: Refusal) => `/sign-in?refused=${refusal}`;

type FindProvider = () => Promise<client.Configuration>;

/** Reads the provider's metadata when it is first needed, and again after a failure. */
function createProvider({ issuer, clientId, clientSecret }: OidcSettings): FindProvider {
  let found: Promise<client.Configuration> | undefined;
  // http is configured for the sandbox only: see readConsole.
  const execute = [
    client.enableNonRepudiationChecks,
    ...(issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
  ];
  const discover = () =>
    client.discovery(new URL(issuer), clientId, clientSecret, undefined, { execute, timeout: PROVIDER_SECONDS });
  return () => {
    found ??= discover().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
}

/** Throws for a wrong state, nonce, issuer, audience or signature, and for a code that the provider does not accept. */
async function readClaims(
  answer: URL,
  { attempt, findProvider }: { readonly attempt: OidcAttempt; readonly findProvider: FindProvider },
): Promise<client.IDToken> {
  const tokens = await client.authorizationCodeGrant(await findProvider(), answer, {
    pkceCodeVerifier: attempt.codeVerifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('The provider sent no ID token.');
  return claims;
}

/** Whether the provider has authenticated the operator for this attempt, and not before: an earlier single sign-on confirms nothing. */
function wasAuthenticatedAfter({ auth_time: time }: client.IDToken, { begunAt }: OidcAttempt): boolean {
  return typeof time === 'number' && time * 1000 >= begunAt - CLOCK_SKEW_SECONDS * 1000;
}

const MAX_NAME_LENGTH = 100;

/** The operator's name, for the lists and the audit trail. */
function nameOf({ name, preferred_username: username, sub }: client.IDToken): string {
  const given = [name, username, sub].find((text) => typeof text === 'string' && text.trim() !== '');
  return String(given)
    .replaceAll(/\p{Cc}|\p{Cs}/gu, '')
    .slice(0, MAX_NAME_LENGTH);
}

/** Logs only the code of the library's error, because its message may quote what the provider sent. */
function logRefusal(error: unknown, log: Pick<FastifyBaseLogger, 'warn'>): void {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  log.warn({ code }, "the OpenID provider's answer was not accepted");
}
