/** `POST /auth/passkeys/open`: the browser proves that it was sent here, and learns what it may do (contract §2.1). */
import { randomBytes } from 'node:crypto';
import {
  AccessToken,
  addSeconds,
  ClientId,
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
import { consumeOpening, type OpenedSession, type Opening } from '../../domain/ceremonies/opening.ts';
import { type ReturnAddress, resolveReturnAddress } from '../../domain/ceremonies/return-address.ts';
import { type Client, findClient } from '../../domain/clients/store.ts';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { repeatProof, successCallback } from '../../domain/proofs/success.ts';
import { decide, holdsKey, REFUSAL_ERRORS, stepOf } from '../../domain/sessions/session.ts';
import { indexesToLookUp, readAccounts } from '../../domain/sessions/session-accounts.ts';
import { findSession, type Session, type SessionReturn } from '../../domain/sessions/store.ts';
import { readBrowserFamily } from '../../domain/timeline/browser-family.ts';
import { type Attempt, noteStep, RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep, NOT_READ } from '../../domain/timeline/step.ts';
import { findVerifyingIssuer } from '../../domain/verification/issuer.ts';
import type { Network } from '../../network.ts';
import { type Fault, ServiceError, schemaError } from '../../platform/errors/errors.ts';
import { describeSession, planOffers } from './plan.ts';

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
  /** A redirect if the session is already approved: the browser gets the callback again, because the first answer may be lost. */
  readonly answer: OpenAnswer | RedirectAnswer;
  readonly ceremonySecret: string;
  readonly deviceSecret: string;
}

/**
 * One statement opens the session. If that fails, the session is read: either a second try opens it, or the refusal says why. Throws
 * {@link ServiceError}, with the address that the page may return to, if one is known. A refusal does not change the session's state.
 */
export async function openSession(attempt: OpenAttempt, network: OpenDependencies): Promise<Opened> {
  const now = network.clock();
  const { launch } = attempt;
  const { vault } = network.keys.current();
  const device = readDeviceCookie(attempt.deviceSecret);
  const deviceSecret = device === undefined ? newSecret() : (attempt.deviceSecret ?? newSecret());
  const newCeremonySecret = newSecret();
  const [challenge, userHandle] = [randomBytes(32), randomBytes(32)];
  const opening: OpeningTry = {
    ...readKeys(attempt),
    newCeremonyHash: hashSecret(newCeremonySecret),
    deviceId: device?.deviceId,
    challenge,
    userHandle,
    compliance: readComplianceSettings(launch.complianceSettings),
    browserFamily: readBrowserFamily(attempt.userAgent),
    vault,
    now,
  };
  const opened = (await openAtOnce(launch, opening, network)) ?? (await openWithFacts(attempt, opening, network));
  if ('redirect' in opened)
    return { answer: opened, ceremonySecret: attempt.ceremonySecret ?? newCeremonySecret, deviceSecret };
  network.tracing.join(opened.traceContext);
  const accounts = readAccounts(opened, vault);
  const offers = planOffers(opened, { accounts, challenge, userHandle }, network);
  const display = describeSession(opened, accounts, pageLocale(opened, launch));
  return {
    answer: { ...offers, returnTo: opened.returnTo, display },
    ceremonySecret: opened.state === 'created' ? newCeremonySecret : (attempt.ceremonySecret ?? newCeremonySecret),
    deviceSecret,
  };
}

/** The part of an opening that does not depend on the session. */
type OpeningTry = Omit<Opening, 'sessionId' | 'clientId' | 'clientSessionId' | 'step'>;

/** Undefined if the session has to be read first; then nothing has changed. */
async function openAtOnce(
  launch: OpenRequest,
  opening: OpeningTry,
  network: OpenDependencies,
): Promise<OpenedSession | undefined> {
  // The statement cannot check the launch's callback address.
  if (launch.callbackUri !== undefined || !handlesSchema.accepts(launch)) return undefined;
  // The request has joined no trace yet. It joins the session's trace once the session is open.
  const step = buildStep({ step: 'OPEN' }, { session: NOT_READ, tracing: network.tracing, now: opening.now });
  return consumeOpening(network.pool, { step, ...opening, ...handlesOf(launch) });
}

/** Reads the session first, then opens it. Returns a redirect if the payment was approved before. */
async function openWithFacts(
  attempt: OpenAttempt,
  opening: OpeningTry,
  network: OpenDependencies,
): Promise<OpenedSession | RedirectAnswer> {
  const { launch } = attempt;
  const { vault, now, tokenHash, ceremonyHash } = opening;
  const keys = { tokenHash, ceremonyHash };
  const { session, returnAddress } = await findReturnAddress(launch, findSession, network);
  const returnTo = returnAddress.ok ? returnAddress.uri : undefined;
  const refuse = (fault: Fault): never => {
    throw new ServiceError(fault, { returnTo });
  };

  if (!handlesSchema.accepts(launch))
    throw new ServiceError(schemaError(handlesSchema.violations(launch)).faults, { returnTo });
  if (session === undefined || !namesSession(launch, session)) return refuse({ code: 'SESSION_NOT_FOUND' });
  const refuseAttempt = (fault: Fault, because?: Attempt['because']): never => {
    // A caller with neither the token nor the cookie has no part in this session, so it writes nothing to it.
    if (!holdsKey(session, keys)) return refuse(fault);
    const browser = opening.browserFamily;
    throw new RefusedAttempt({ session, step: 'OPEN', because, browser }, fault, { returnTo });
  };
  if (session.isBarred) return refuseAttempt({ code: 'CLIENT_SUSPENDED' });
  const decision = decide(session, { kind: 'OPEN', ...keys }, now);
  if (decision.outcome === 'REFUSED')
    return refuseAttempt({ code: REFUSAL_ERRORS[decision.refusal], sourceType: 'HEADER' }, decision.refusal);
  if (decision.outcome === 'REPEATED') {
    const redirect = successCallback(session, await repeatProof(session, network));
    await noteStep(session, { step: 'APPROVAL', decision: 'REPEATED' }, network);
    return { redirect };
  }
  if (session.reason === 'ACCOUNT_LOGIN' && (session.compliance ?? opening.compliance) === undefined)
    return refuseAttempt({ code: 'COMPLIANCE_INCOMPLETE', pointer: '/complianceSettings' });
  if (returnTo === undefined) return refuseAttempt({ code: unreturnable(returnAddress), pointer: '/callbackUri' });
  const accounts = readAccounts(session, vault);
  const step = stepOf(session);
  if (step === 'VERIFY' && (await findVerifyingIssuer(network.pool, session)) === undefined)
    return refuseAttempt({ code: 'ACCOUNT_NOT_ELIGIBLE' });
  if (step === 'PASSKEY' && accounts === undefined) return refuseAttempt({ code: 'ACCESS_DENIED' });
  const opened = await consumeOpening(
    network.pool,
    {
      ...opening,
      ...handlesOf(launch),
      step: buildStep({ step: 'OPEN' }, { session, tracing: network.tracing, now }),
    },
    { returnTo, accountIndexes: indexesToLookUp(session, accounts, vault) },
  );
  return opened ?? refuseAttempt({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
}

function handlesOf({ clientId, authenticationSessionId: sessionId, clientSessionId }: SessionHandles) {
  return { clientId, sessionId, clientSessionId };
}

/**
 * Finds the session that a launch names, and the address that the page may return to. `find` reads the session. The session's own address
 * is used until a day after the session's end. Changes nothing.
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

/** The session's locale, else the launch's, else the language of the consent. */
function pageLocale({ locale, consentLanguage }: OpenedSession, launch: OpenRequest): string {
  return locale ?? readLocale(launch.locale) ?? readLocale(consentLanguage ?? undefined) ?? 'en';
}
