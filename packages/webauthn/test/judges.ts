/** The verifiers of the differential test: ours, and two independent ones. Each answers whether it accepts the ceremony. */

import type { SoftwareAuthenticator } from '@payment-passkeys/authenticator';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { Fido2Lib } from 'fido2-lib';
import {
  CeremonyError,
  type CeremonyPolicy,
  type StoredPasskey,
  verifyAssertion,
  verifyRegistration,
} from '../src/index.ts';

export interface Creation {
  readonly policy: CeremonyPolicy;
  readonly challenge: Buffer;
  readonly credential: ReturnType<SoftwareAuthenticator['create']>;
  readonly now: Date;
}

export interface Use {
  readonly policy: CeremonyPolicy;
  readonly challenge: Buffer;
  readonly credential: ReturnType<SoftwareAuthenticator['use']>;
  /** The public key of the stored passkey, in the form that fido2-lib takes. */
  readonly publicKeyPem: string;
  readonly passkey: StoredPasskey;
}

export interface Judge {
  readonly create: (creation: Creation) => Promise<boolean>;
  readonly use: (use: Use) => Promise<boolean>;
}

export const ours: Judge = {
  create: (creation) => accepts(verifyRegistration(creation)),
  use: (use) => accepts(verifyAssertion(use)),
};

async function accepts(verification: Promise<unknown>): Promise<boolean> {
  return verification.then(
    () => true,
    (error: unknown) => {
      if (error instanceof CeremonyError) return false;
      throw error;
    },
  );
}

/** SimpleWebAuthn with the strictest value of every option. */
export const simpleWebAuthn: Judge = {
  create: ({ policy, challenge, credential }) =>
    verifyRegistrationResponse({
      response: { ...credential, clientExtensionResults: {} } as never,
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...policy.origins],
      expectedRPID: policy.rpId,
      expectedType: 'webauthn.create',
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...policy.algorithms],
    }).then(
      ({ verified }) => verified,
      () => false,
    ),
  use: ({ policy, challenge, credential, passkey }) =>
    verifyAuthenticationResponse({
      response: { ...credential, clientExtensionResults: {} } as never,
      expectedChallenge: challenge.toString('base64url'),
      expectedOrigin: [...policy.origins],
      expectedRPID: policy.rpId,
      expectedType: 'webauthn.get',
      expectedTopOrigin: [],
      requireUserVerification: true,
      credential: {
        id: Buffer.from(passkey.credentialId).toString('base64url'),
        publicKey: Uint8Array.from(passkey.publicKey),
        counter: passkey.signCount,
      },
    }).then(
      ({ verified }) => verified,
      () => false,
    ),
};

/** fido2-lib with the factor `first`: user present and verified. */
export const fido2Lib: Judge = {
  create: ({ policy, challenge, credential }) =>
    new Fido2Lib({ rpId: policy.rpId, cryptoParams: [...policy.algorithms] })
      .attestationResult(
        {
          id: arrayBuffer(credential.id),
          rawId: arrayBuffer(credential.rawId),
          response: {
            clientDataJSON: credential.response.clientDataJSON,
            attestationObject: credential.response.attestationObject,
          },
        },
        { challenge: challenge.toString('base64url'), origin: origin(policy), factor: 'first', rpId: policy.rpId },
      )
      .then(
        () => true,
        () => false,
      ),
  use: ({ policy, challenge, credential, passkey, publicKeyPem }) =>
    new Fido2Lib({ rpId: policy.rpId, cryptoParams: [...policy.algorithms] })
      .assertionResult(
        {
          id: arrayBuffer(credential.id),
          rawId: arrayBuffer(credential.rawId),
          response: {
            clientDataJSON: credential.response.clientDataJSON,
            authenticatorData: arrayBuffer(credential.response.authenticatorData),
            signature: credential.response.signature,
            userHandle: credential.response.userHandle ?? '',
          },
        },
        {
          challenge: challenge.toString('base64url'),
          origin: origin(policy),
          factor: 'first',
          publicKey: publicKeyPem,
          prevCounter: passkey.signCount,
          userHandle: Buffer.from(passkey.userHandle).toString('base64url'),
          rpId: policy.rpId,
          allowCredentials: [{ id: Uint8Array.from(passkey.credentialId).buffer, type: 'public-key' }],
        },
      )
      .then(
        () => true,
        () => false,
      ),
};

function origin({ origins }: CeremonyPolicy): string {
  return origins[0] ?? '';
}

function arrayBuffer(text: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(text, 'base64url')).buffer;
}
