/** The proof in the return of a row: good, or with one fault. The network enrols and approves nothing by it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { generateSigningKey } from '@payment-passkeys/channel';
import { addSeconds, type PaymentClaims, PROOF_SECONDS } from '@payment-passkeys/protocol';
import { newSecret } from '../../../domain/ceremonies/cookie.ts';
import { readDeviceCookie } from '../../../domain/devices/device.ts';
import { type SigningKey, signingKeyAt } from '../../../domain/keys/key-ring.ts';
import { proveCeremony } from '../../../domain/proofs/proof.ts';
import { paymentClaims } from '../../../domain/proofs/success.ts';
import type { Session } from '../../../domain/sessions/store.ts';
import type { Network } from '../../../network.ts';
import type { ProofFault } from '../rows/index.ts';

/** A proof of the session, by a passkey that does not exist. Its hash is stored nowhere, so it binds nothing. */
export async function buildProof(
  session: Session,
  fault: ProofFault | undefined,
  { config, keys, clock }: Pick<Network, 'config' | 'keys' | 'clock'>,
): Promise<string> {
  const now = clock();
  const key = signingKeyAt(keys.current(), now);
  const payment = session.payment === null ? undefined : changePayment(paymentClaims(session, randomUUID()), fault);
  const ceremony = {
    reason: session.reason,
    clientSessionId: fault === 'OTHER_SESSION' ? randomUUID() : session.clientSessionId,
    deviceId: readDeviceCookie(newSecret())?.deviceId ?? '',
    passkeyId: randomBytes(16).toString('base64url'),
    completedAt: fault === 'EXPIRED' ? addSeconds(now, -2 * PROOF_SECONDS) : now,
    payment,
  };
  const { publicUrl, audience } = config;
  const signedBy = fault === 'FORGED' ? await forgeKey(key) : key;
  return (await proveCeremony(ceremony, { publicUrl, audience, key: signedBy })).text;
}

function changePayment(claims: PaymentClaims, fault: ProofFault | undefined): PaymentClaims {
  switch (fault) {
    case 'OTHER_AMOUNT':
      return { ...claims, transactionAmount: `1${claims.transactionAmount}` };
    case 'OTHER_ORDER':
      return { ...claims, orderId: randomUUID() };
    case 'OTHER_SHOP':
      return { ...claims, merchantOrigin: 'https://another-shop.example' };
    default:
      return claims;
  }
}

/** Another key with the `kid` of the network's own. */
async function forgeKey(key: SigningKey): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateSigningKey();
  return { ...key, privateKey, publicKey };
}
