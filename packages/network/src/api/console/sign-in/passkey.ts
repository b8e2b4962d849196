/** The challenge for an operator's passkey, and the verification of its answer. */
import { randomBytes } from 'node:crypto';
import type { AuthenticationCredential } from '@payment-passkeys/protocol';
import { CeremonyError, readCeremony, verifyAssertion } from '@payment-passkeys/webauthn';
import { type Attempt, consumeAttempt } from '../../../domain/operators/attempts.ts';
import type { PasskeyUse } from '../../../domain/operators/sessions.ts';
import { findOperatorPasskey } from '../../../domain/operators/store.ts';
import type { ConsoleNetwork } from '../../../network.ts';
import { ServiceError } from '../../../platform/errors/errors.ts';

const CHALLENGE_BYTES = 32;

export function newChallenge(): Buffer {
  return randomBytes(CHALLENGE_BYTES);
}

/** The same error for every fault, so that it does not reveal which passkeys and operators exist. The log has the cause. */
export function signInRefused(cause?: unknown): ServiceError {
  return new ServiceError({ code: 'SIGN_IN_REFUSED', sourceType: 'SERVICE' }, { cause });
}

/** Consumes the attempt, and verifies the passkey's answer. Throws {@link ServiceError} SIGN_IN_REFUSED. */
export async function verifyUse(
  credential: AuthenticationCredential,
  attempt: Pick<Attempt, 'kind' | 'now'> & { readonly secret: string | undefined },
  { pool, operatorPolicy }: Pick<ConsoleNetwork, 'pool' | 'operatorPolicy'>,
): Promise<PasskeyUse & { readonly operatorId: string }> {
  const { secret, kind, now } = attempt;
  const ceremony = readCeremony(credential);
  if (secret === undefined || ceremony?.ceremony !== 'USE') throw signInRefused();
  const { challenge } = ceremony;
  if (!(await consumeAttempt(pool, { kind, secret, challenge, now }))) throw signInRefused();
  const credentialId = Buffer.from(credential.id, 'base64url');
  const passkey = await findOperatorPasskey(pool, credentialId);
  if (passkey === undefined) throw signInRefused();
  const assertion = await verifyAssertion({ policy: operatorPolicy, challenge, credential, passkey }).catch(
    (error: unknown) => {
      throw error instanceof CeremonyError ? signInRefused(error) : error;
    },
  );
  return { credentialId, assertion, now, operatorId: passkey.operatorId };
}
