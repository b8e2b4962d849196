/** The result of a finished session: its proof, and the callback with it. The same facts and key give the same text. */
import { buildSuccessCallback, type PaymentClaims } from '@payment-passkeys/protocol';
import type { Config } from '../../platform/config/config.ts';
import { ServiceError } from '../../platform/errors/errors.ts';
import type { Tracing } from '../../platform/telemetry/tracing.ts';
import { returnAddress } from '../ceremonies/return-address.ts';
import type { KeyFolder } from '../keys/key-folder.ts';
import { signingKeyAt } from '../keys/key-ring.ts';
import type { Session } from '../sessions/store.ts';
import { type Proof, proveCeremony } from './proof.ts';

/** What the network signs proofs with. */
export interface ProofDependencies {
  readonly config: Pick<Config, 'publicUrl' | 'audience'>;
  readonly keys: KeyFolder;
  readonly tracing: Tracing;
}

/** The facts of a ceremony that was just verified. */
export interface Completion {
  readonly deviceId: string;
  readonly passkeyId: string;
  readonly completedAt: Date;
  readonly payment: PaymentClaims | undefined;
}

export interface SignedProof extends Proof {
  readonly keyId: string;
}

export async function proveCompletion(
  session: Session,
  completion: Completion,
  network: ProofDependencies,
): Promise<SignedProof> {
  const key = signingKeyAt(network.keys.current(), completion.completedAt);
  const { clientSessionId, reason } = session;
  const { publicUrl, audience } = network.config;
  const proof = await network.tracing.step('sign proof', () =>
    proveCeremony({ ...completion, clientSessionId, reason }, { publicUrl, audience, key }),
  );
  return { ...proof, keyId: key.kid };
}

/** Signs the proof of a session again, from the same facts with the same key. */
export async function repeatProof(session: Session, network: ProofDependencies): Promise<string> {
  const { deviceId, passkeyId, completedAt, proofKeyId } = session;
  const key = network.keys.current().signing.find(({ kid }) => kid === proofKeyId);
  if (deviceId === null || passkeyId === null || completedAt === null || key === undefined) {
    throw new ServiceError({ code: 'ACCESS_DENIED' });
  }
  const payment = session.bindingId === null ? undefined : paymentClaims(session, session.bindingId);
  const proof = await proveCeremony(
    { ...session, deviceId, passkeyId, completedAt, payment },
    { ...network.config, key },
  );
  return proof.text;
}

/** The callback address with the proof. */
export function successCallback(session: Session, proof: string): string {
  const status = session.payment === null ? 'ENROLLED' : 'AUTHENTICATED';
  return buildSuccessCallback(returnAddress(session), proof, status);
}

/** The claims of a payment's proof. */
export function paymentClaims({ payment, cardLastFour, verification }: Session, bindingId: string): PaymentClaims {
  if (payment === null || cardLastFour === null) throw new Error("A payment's session has a payment and a card.");
  const { amount, currency, merchantOrigin, orderId } = payment;
  return {
    transactionAmount: amount,
    transactionCurrencyCode: currency,
    merchantOrigin,
    orderId,
    bindingId,
    panLastFour: cardLastFour,
    ...(verification !== null && { cardholderVerification: verification }),
  };
}
