/** A passkey of the load generator: ES256, signed by node:crypto. Nothing is computed twice, so it costs very little. */
import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type CborValue, encodeCbor } from '@payment-passkeys/authenticator';
import type { AuthenticationCredential, RegistrationCredential } from '@payment-passkeys/protocol';

const signOnThread = promisify(sign);
const CREDENTIAL_ID_BYTES = 32;
/** Flags: user present, user verified; and attested credential data (WebAuthn L3 §6.1). */
const FLAGS = { create: 0b0100_0101, use: 0b0000_0101 };

export interface Passkey {
  readonly credentialId: Buffer;
  readonly userHandle: string;
  signCount: number;
}

export interface PasskeyMaker {
  create(options: { readonly challenge: string; readonly userHandle: string }): {
    readonly passkey: Passkey;
    readonly credential: RegistrationCredential;
  };
  use(passkey: Passkey, challenge: string): Promise<AuthenticationCredential>;
}

/**
 * Makes passkeys for one origin. All have the same key pair: attestation `none` proves nothing about the key, and a server does not compare
 * the keys of two passkeys. Credential ids differ.
 */
export function createPasskeyMaker(origin: string): PasskeyMaker {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rpIdHash = hash('sha256', new URL(origin).hostname, 'buffer');
  const aaguid = Buffer.alloc(16);
  const coseKey = encodeCoseKey(publicKey);
  return {
    create: ({ challenge, userHandle }) => {
      const credentialId = randomBytes(CREDENTIAL_ID_BYTES);
      const idLength = Buffer.of(0, CREDENTIAL_ID_BYTES);
      const attested = Buffer.concat([aaguid, idLength, credentialId, coseKey]);
      const authData = Buffer.concat([rpIdHash, Buffer.of(FLAGS.create), counter(0), attested]);
      const attestation = new Map<string, CborValue>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', authData],
      ]);
      const response = {
        clientDataJSON: clientData('webauthn.create', challenge, origin).toString('base64url'),
        attestationObject: encodeCbor(attestation).toString('base64url'),
        transports: ['internal'],
      };
      const credential = { ...identify(credentialId), clientExtensionResults: { credProps: { rk: true } }, response };
      return { passkey: { credentialId, userHandle, signCount: 0 }, credential };
    },
    use: async (passkey, challenge) => {
      passkey.signCount += 1;
      const authenticatorData = Buffer.concat([rpIdHash, Buffer.of(FLAGS.use), counter(passkey.signCount)]);
      const client = clientData('webauthn.get', challenge, origin);
      const signed = Buffer.concat([authenticatorData, hash('sha256', client, 'buffer')]);
      const signature = await signOnThread('sha256', signed, privateKey);
      const response = {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: signature.toString('base64url'),
        userHandle: passkey.userHandle,
      };
      return { ...identify(passkey.credentialId), clientExtensionResults: {}, response };
    },
  };
}

/** RFC 9052 §7, RFC 9053 §7.1.1: EC2, ES256, P-256. */
function encodeCoseKey(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const members: [number, number | Buffer][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ];
  return encodeCbor(new Map(members));
}

function counter(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function clientData(type: string, challenge: string, origin: string): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
}

function identify(credentialId: Buffer) {
  const id = credentialId.toString('base64url');
  return { id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform' } as const;
}
