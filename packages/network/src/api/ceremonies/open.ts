/** `POST /auth/passkeys/open`: the browser proves that it was sent here, and learns what it may do (contract §2.1). */
import { randomBytes } from 'node:crypto';
import {
  AccessToken,
  addSeconds,
  ClientId,
  type ComplianceSettings,
  compileSchema,
  type OpenAnswer,
  type OpenRequest,
  RETURN_ADDRESS_SECONDS,
  type RedirectAnswer,
  readComplianceSettings,
  readLocale,
  SessionHandles,
  SessionId,
} from '@payment-passkeys/protocol';
import type { Pool } from 'pg';
import { hashSecret, newSecret } from '../../domain/ceremonies/cookie.ts';
import { type ReturnAddress, resolveReturnAddress } from '../../domain/ceremonies/return-address.ts';
import { consumeOpening } from '../../domain/ceremonies/store.ts';
import { type Client, findClient } from '../../domain/clients/store.ts';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { repeatProof, successCallback } from '../../domain/proofs/success.ts';
import { decide, holdsKey, REFUSAL_ERRORS } from '../../domain/sessions/session.ts';
import { readAccounts } from '../../domain/sessions/session-accounts.ts';
import { findSession, type Session, type SessionReturn } from '../../domain/sessions/store.ts';
import { readBrowserFamily } from '../../domain/timeline/browser-family.ts';
import { type Attempt, noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep } from '../../domain/timeline/step.ts';
import type { Network } from '../../network.ts';
import { type Fault, ServiceError, schemaError } from '../../platform/errors/errors.ts';
import { describeSession, planOpening } from './plan.ts';

const handlesSchema = compileSchema(SessionHandles);
const sessionIdSchema = compileSchema(SessionId);
const clientIdSchema = compileSchema(ClientId);
const tokenSchema = compileSchema(AccessToken);

type OpenDependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'policy' | 'policyFor' | 'tracing' | 'clock'>;

export interface OpenAttempt {
  readonly launch: OpenRequest;
  readonly accessToken: string | undefined;
  /** The values of the browser's cookies. */
  readonly ceremonySecret: string | undefined;
  readonly deviceSecret: string | undefined;
  readonly userAgent: string | undefined;
}

export interface Opened {
  /** A redirect when the session is approved already: the browser missed its way back, and gets it again. */
  readonly answer: OpenAnswer | RedirectAnswer;
  readonly ceremonySecret: string;
  readonly deviceSecret: string;
}

/** Throws {@link ServiceError}, with the address that the page may return to, if one is known. A refusal changes nothing. */
export async function openSession(attempt: OpenAttempt, network: OpenDependencies): Promise<Opened> {
  const now = network.clock();
  const { launch } = attempt;
  const { session, returnAddress } = await findReturnAddress(launch, findSession, network);
  const returnTo = returnAddress.ok ? returnAddress.uri : undefined;
  const refuse = (fault: Fault): never => {
    throw new ServiceError(fault, { returnTo });
  };

  const violations = handlesSchema.violations(launch);
  if (violations.length > 0) {
    throw new ServiceError(schemaError(violations).faults, { returnTo });
  }
  if (session === undefined || !namesSession(launch, session)) return refuse({ code: 'SESSION_NOT_FOUND' });
  const browserFamily = readBrowserFamily(attempt.userAgent);
  const keys = readKeys(attempt);
  const refuseAttempt = (fault: Fault, because?: Attempt['because']): never => {
    // A caller with neither the token nor the cookie has no part in this session, so it writes nothing to it.
    if (!holdsKey(session, keys)) return refuse(fault);
    throw new RefusedAttempt({ session, step: 'OPEN', because, browser: browserFamily }, fault, { returnTo });
  };
  if (session.clientSuspended) return refuseAttempt({ code: 'CLIENT_SUSPENDED' });
  const decision = decide(session, { kind: 'OPEN', ...keys }, now);
  if (decision.outcome === 'REFUSED')
    return refuseAttempt({ code: REFUSAL_ERRORS[decision.refusal], sourceType: 'HEADER' }, decision.refusal);
  const device = readDeviceCookie(attempt.deviceSecret);
  const deviceSecret = device === undefined ? newSecret() : (attempt.deviceSecret ?? newSecret());
  if (decision.outcome === 'REPEATED') {
    const redirect = successCallback(session, await repeatProof(session, network));
    await noteStep(session, { step: 'APPROVAL', decision: 'REPEATED' }, network);
    return { answer: { redirect }, ceremonySecret: attempt.ceremonySecret ?? newSecret(), deviceSecret };
  }
  const compliance = readCompliance(session, launch);
  if (compliance === undefined) return refuseAttempt({ code: 'COMPLIANCE_INCOMPLETE', pointer: '/complianceSettings' });
  if (returnTo === undefined) return refuseAttempt({ code: unreturnable(returnAddress), pointer: '/callbackUri' });
  const challenge = randomBytes(32);
  const userHandle = randomBytes(32);
  const accounts = readAccounts(session, network.keys.current().vault);
  const visit = { accounts, deviceId: device?.deviceId, challenge, userHandle, now };
  const planning = await planOpening(session, visit, network);
  if (planning.outcome === 'REFUSED') return refuseAttempt(planning.fault);
  const { offer, offers, ...plan } = planning.plan;
  const ceremonySecret = session.state !== 'created' && attempt.ceremonySecret ? attempt.ceremonySecret : newSecret();
  const reopened = session.state === 'created' ? {} : ({ decision: 'REPEATED' } as const);
  const passkeys = await consumeOpening(network.pool, {
    sessionId: session.sessionId,
    state: session.state,
    ...keys,
    newCeremonyHash: hashSecret(ceremonySecret),
    challenge,
    userHandle,
    returnTo,
    compliance,
    browserFamily,
    step: buildStep(
      { step: 'OPEN', ...reopened, ...(offers && { offer: offers }) },
      { session, tracing: network.tracing, now },
    ),
    ...plan,
  });
  if (passkeys === undefined) return refuseAttempt({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  const display = describeSession(session, accounts, pageLocale(session, launch));
  return { answer: { ...(await offer(passkeys)), returnTo, display }, ceremonySecret, deviceSecret };
}

/**
 * Finds the session that a launch names, read by `find`, and the address that its page may return to, until a day after the session's end.
 * Changes nothing.
 */
export async function findReturnAddress<Known extends SessionReturn>(
  launch: OpenRequest,
  find: (pool: Pool, sessionId: string) => Promise<Known | undefined>,
  network: Pick<Network, 'config' | 'pool' | 'tracing' | 'clock'>,
): Promise<{ readonly session: Known | undefined; readonly returnAddress: ReturnAddress }> {
  const session = sessionIdSchema.accepts(launch.authenticationSessionId)
    ? await find(network.pool, launch.authenticationSessionId)
    : undefined;
  network.tracing.join(session?.traceContext);
  const knownUntil = session && addSeconds(session.endedAt ?? session.expiresAt, RETURN_ADDRESS_SECONDS);
  const known = knownUntil !== undefined && network.clock() < knownUntil ? session : undefined;
  const client: SessionReturn | Client | undefined =
    known ?? (clientIdSchema.accepts(launch.clientId) ? await findClient(network.pool, launch.clientId) : undefined);
  const rules = client && { ...client, mode: network.config.mode };
  return { session, returnAddress: resolveReturnAddress(known?.callbackUri, launch.callbackUri, rules) };
}

function readKeys({ accessToken, ceremonySecret }: OpenAttempt) {
  return {
    tokenHash: tokenSchema.accepts(accessToken) ? hashSecret(accessToken) : undefined,
    ceremonyHash: tokenSchema.accepts(ceremonySecret) ? hashSecret(ceremonySecret) : undefined,
  };
}

function namesSession(launch: OpenRequest, session: Session): boolean {
  return (
    launch.clientId === session.clientId &&
    launch.clientSessionId?.toLowerCase() === session.clientSessionId.toLowerCase()
  );
}

function unreturnable(address: ReturnAddress): Fault['code'] {
  return address.ok ? 'CALLBACK_MISSING' : address.code;
}

/**
 * An issuer's session or its launch brings the documents; in a merchant's session the network shows its own (null). Undefined when they are
 * incomplete.
 */
function readCompliance(session: Session, launch: OpenRequest): ComplianceSettings | null | undefined {
  if (session.reason !== 'ACCOUNT_LOGIN') return null;
  return session.compliance ?? readComplianceSettings(launch.complianceSettings);
}

/** The session's locale, else the launch's, else the language of the consent. */
function pageLocale(session: Session, launch: OpenRequest): string {
  return session.locale ?? readLocale(launch.locale) ?? readLocale(session.consent?.language) ?? 'en';
}
