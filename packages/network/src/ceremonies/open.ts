/** `POST /auth/passkeys/open`: the browser proves it was sent here, and learns what it may do (contract §2.1). */
import { randomBytes } from 'node:crypto';
import {
  AccessToken,
  addSeconds,
  ClientId,
  compileSchema,
  LanguageTag,
  type OpenAnswer,
  type OpenRequest,
  RETURN_ADDRESS_SECONDS,
  readComplianceSettings,
  SessionHandles,
  SessionId,
} from '@payment-passkeys/protocol';
import { lookupIndexes, unsealAccounts } from '../accounts/account-vault.ts';
import { type Client, findClient } from '../clients/store.ts';
import { readDeviceCookie } from '../devices/device.ts';
import { type Fault, ServiceError, schemaError } from '../http/errors.ts';
import type { Network } from '../network.ts';
import { findPasskeys } from '../passkeys/store.ts';
import { decide, REFUSAL_ERRORS } from '../sessions/session.ts';
import { findSession, type Session } from '../sessions/store.ts';
import { hashSecret, newSecret } from './cookie.ts';
import { buildDisplay, buildOffers } from './offer.ts';
import { type ReturnAddress, resolveReturnAddress } from './return-address.ts';
import { takeOpening } from './store.ts';

const handlesSchema = compileSchema(SessionHandles);
const sessionIdSchema = compileSchema(SessionId);
const clientIdSchema = compileSchema(ClientId);
const tokenSchema = compileSchema(AccessToken);
const localeSchema = compileSchema(LanguageTag);

export interface OpenAttempt {
  readonly launch: OpenRequest;
  readonly accessToken: string | undefined;
  /** What the browser's cookies hold. */
  readonly ceremonySecret: string | undefined;
  readonly deviceSecret: string | undefined;
}

export interface Opened {
  readonly answer: OpenAnswer;
  readonly ceremonySecret: string;
  readonly deviceSecret: string;
}

/** Throws {@link ServiceError}, with the address the page may return to wherever one is known. A refusal changes nothing. */
export async function openSession(attempt: OpenAttempt, network: Network): Promise<Opened> {
  const now = network.clock();
  const { launch } = attempt;
  const { session, returnAddress } = await findReturnAddress(launch, network);
  const returnTo = 'uri' in returnAddress ? returnAddress.uri : undefined;
  const refuse = (fault: Fault): never => {
    throw new ServiceError(fault, { returnTo });
  };

  const violations = handlesSchema.violations(launch);
  if (violations.length > 0) {
    throw new ServiceError(schemaError(violations).faults, { returnTo });
  }
  if (session === undefined || !namesSession(launch, session)) return refuse({ code: 'SESSION_NOT_FOUND' });
  if (session.clientSuspended) return refuse({ code: 'CLIENT_SUSPENDED' });
  const keys = readKeys(attempt);
  const decision = decide(session, { kind: 'OPEN', ...keys }, now);
  if ('refusal' in decision) return refuse({ code: REFUSAL_ERRORS[decision.refusal], sourceType: 'HEADER' });
  const compliance = session.compliance ?? readComplianceSettings(launch.complianceSettings);
  if (compliance === undefined) return refuse({ code: 'COMPLIANCE_INCOMPLETE', pointer: '/complianceSettings' });
  if (returnTo === undefined) return refuse({ code: unreturnable(returnAddress), pointer: '/callbackUri' });
  if (session.accounts === null) return refuse({ code: 'ACCESS_DENIED' });

  const { vault } = network.keys.current();
  const accounts = unsealAccounts(session.accounts, vault, session.sessionId);
  const device = readDeviceCookie(attempt.deviceSecret);
  const passkeys = await findPasskeys(network.pool, {
    deviceId: device?.deviceId,
    accountIndexes: lookupIndexes(accounts, vault),
    now,
  });
  const ceremonySecret = session.state === 'opened' && attempt.ceremonySecret ? attempt.ceremonySecret : newSecret();
  const challenge = randomBytes(32);
  const userHandle = randomBytes(32);
  const opened = await takeOpening(network.pool, {
    sessionId: session.sessionId,
    ...keys,
    newCeremonyHash: hashSecret(ceremonySecret),
    challenge,
    userHandle,
    returnTo,
    compliance,
    now,
  });
  if (!opened) return refuse({ code: 'ACCESS_DENIED', sourceType: 'HEADER' });
  const { offer, alternative } = buildOffers({ policy: network.policy, passkeys, accounts, challenge, userHandle });
  const answer: OpenAnswer = {
    ...offer,
    ...(alternative === undefined ? {} : { alternative }),
    returnTo,
    display: buildDisplay(session.clientName, accounts, pageLocale(session, launch)),
  };
  return {
    answer,
    ceremonySecret,
    deviceSecret: device === undefined ? newSecret() : (attempt.deviceSecret ?? newSecret()),
  };
}

/** The session that a launch names, and where its page may return to: told up to a day past the session's end. Changes nothing. */
export async function findReturnAddress(
  launch: OpenRequest,
  network: Network,
): Promise<{ readonly session: Session | undefined; readonly returnAddress: ReturnAddress }> {
  const session = sessionIdSchema.accepts(launch.authenticationSessionId)
    ? await findSession(network.pool, launch.authenticationSessionId)
    : undefined;
  const knownUntil = session && addSeconds(session.endedAt ?? session.expiresAt, RETURN_ADDRESS_SECONDS);
  const known = knownUntil !== undefined && network.clock() < knownUntil ? session : undefined;
  const client: Session | Client | undefined =
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
  return 'code' in address ? address.code : 'CALLBACK_MISSING';
}

/** The session's own, the launch's, or the language of the consent. */
function pageLocale(session: Session, launch: OpenRequest): string {
  return session.locale ?? (localeSchema.accepts(launch.locale) ? launch.locale : session.consent.language);
}
