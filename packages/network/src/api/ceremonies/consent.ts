/**
 * `POST /auth/passkeys/consent`: records that the cardholder agrees to the terms, and sends the cardholder to the card's issuer (contract
 * §11).
 */
import { randomBytes } from 'node:crypto';
import { issueVerificationRequest } from '@payment-passkeys/channel';
import {
  type AccountReferences,
  type ConsentRequest,
  VERIFICATION_PATH,
  VERIFICATION_REQUEST_PARAMETER,
} from '@payment-passkeys/protocol';
import { type CeremonyCaller, findOwnSession } from '../../domain/ceremonies/own-session.ts';
import { readClientKey } from '../../domain/clients/public-keys.ts';
import { readDeviceCookie } from '../../domain/devices/device.ts';
import { signingKeyAt } from '../../domain/keys/key-ring.ts';
import { findPasskeys } from '../../domain/passkeys/store.ts';
import { decide, offersIssuer, REFUSAL_ERRORS } from '../../domain/sessions/session.ts';
import { deviceHasPasskey, readAccounts, searchOfCard } from '../../domain/sessions/session-accounts.ts';
import type { Session } from '../../domain/sessions/store.ts';
import { RefusedAttempt } from '../../domain/timeline/notes.ts';
import { buildStep } from '../../domain/timeline/step.ts';
import { findVerifyingIssuer } from '../../domain/verification/issuer.ts';
import { askIssuer } from '../../domain/verification/store.ts';
import type { Network } from '../../network.ts';
import { ServiceError } from '../../platform/errors/errors.ts';

type Dependencies = Pick<Network, 'config' | 'pool' | 'keys' | 'tracing' | 'clock'>;

/**
 * Returns the issuer's address. Throws {@link ServiceError}. A cardholder who came back without an answer may be sent again, with a new
 * request. From then on only the answer to the new request counts.
 */
export async function redirectToIssuer(
  attempt: CeremonyCaller & { readonly consent: ConsentRequest; readonly deviceSecret: string | undefined },
  network: Dependencies,
): Promise<string> {
  const session = await findOwnSession(attempt, network);
  const now = network.clock();
  const accounts = readAccounts(session, network.keys.current().vault);
  const knowsPasskey = offersIssuer(session) && (await isOnDevice({ session, accounts, ...attempt, now }, network));
  const decision = decide(session, { kind: 'REDIRECT_TO_ISSUER', deviceHasPasskey: knowsPasskey }, now);
  if (decision.outcome === 'REFUSED') {
    const fault = { code: REFUSAL_ERRORS[decision.refusal] };
    throw new RefusedAttempt({ session, step: 'ISSUER_REQUEST', because: decision.refusal }, fault);
  }
  const issuer = await findVerifyingIssuer(network.pool, session);
  const [card] = accounts?.cards ?? [];
  if (issuer === undefined || card === undefined)
    throw new RefusedAttempt({ session, step: 'ISSUER_REQUEST' }, { code: 'ACCOUNT_NOT_ELIGIBLE' });

  const requestId = randomBytes(24).toString('base64url');
  const { publicUrl, documents } = network.config;
  const { primaryAccountNumber, panExpirationMonth, panExpirationYear } = card;
  const request = await issueVerificationRequest({
    issuer: publicUrl,
    audience: issuer.clientId,
    requestId,
    returnUri: publicUrl + VERIFICATION_PATH,
    merchantName: session.payment?.merchantName ?? session.clientName,
    account: { primaryAccountNumber, panExpirationMonth, panExpirationYear },
    encryptionKey: readClientKey(issuer.verification.encryptionKey),
    key: signingKeyAt(network.keys.current(), now),
    now,
  });
  const consent = { ...attempt.consent, documents };
  const { sessionId, state } = session;
  const step = buildStep({ step: 'ISSUER_REQUEST' }, { session, tracing: network.tracing, now });
  if (!(await askIssuer(network.pool, { sessionId, state, requestId, consent, step, now }))) {
    throw new ServiceError({ code: 'ACCESS_DENIED' }); // the session ended meanwhile
  }
  const address = new URL(issuer.verification.uri);
  address.searchParams.append(VERIFICATION_REQUEST_PARAMETER, request);
  return address.href;
}

interface DeviceQuestion {
  readonly session: Session;
  readonly accounts: AccountReferences | undefined;
  readonly deviceSecret: string | undefined;
  readonly now: Date;
}

/** Whether this device is known to hold a live passkey of the payment's card. */
async function isOnDevice(
  { session, accounts, deviceSecret, now }: DeviceQuestion,
  network: Pick<Dependencies, 'pool' | 'keys'>,
): Promise<boolean> {
  const device = readDeviceCookie(deviceSecret);
  if (device === undefined) return false;
  const search = {
    ...searchOfCard(session, { accounts, now }, network.keys.current().vault),
    deviceId: device.deviceId,
  };
  return deviceHasPasskey(await findPasskeys(network.pool, search));
}
