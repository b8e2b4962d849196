/** A platform authenticator and its browser in software: everything right, or, for tests, exactly one thing wrong. */
import { randomBytes } from 'node:crypto';
import type {
  AuthenticationCredential,
  CreationOptions,
  RegistrationCredential,
  RequestOptions,
} from '@payment-passkeys/protocol';
import type { CreateFault, UseFault } from './faults.ts';
import { COSE_ALGORITHMS, generateKeyPair, type KeyPair, signWith } from './key-pairs.ts';
import {
  type AuthenticatorSettings,
  buildAttestation,
  buildAttestedData,
  buildAuthenticatorData,
  buildClientData,
  type Device,
  flipLastBit,
  type HeldCredential,
  signedData,
} from './responses.ts';

export interface SoftwareAuthenticator {
  /** 16 bytes. */
  readonly aaguid: Buffer;
  readonly settings: AuthenticatorSettings;
  /** In order of creation. */
  readonly credentials: readonly HeldCredential[];
  /**
   * `navigator.credentials.create()` and `toJSON()`. Throws DOMExceptions as a browser rejects: InvalidStateError (holds an excluded
   * credential), NotSupportedError (algorithm not offered), SecurityError (the RP ID is not the origin's). A credential of the same
   * user id is replaced.
   */
  create(ceremony: {
    readonly options: AskedCreation;
    readonly origin: string;
    readonly breaks?: CreateFault | undefined;
  }): RegistrationCredential;
  /**
   * `navigator.credentials.get()` and `toJSON()`, with the first of the allowed credentials that it holds; or with `credentialId`,
   * allowed or not, as a dishonest client would. Throws DOMExceptions: NotAllowedError (holds none such), SecurityError.
   */
  use(ceremony: {
    readonly options: RequestOptions;
    readonly origin: string;
    readonly credentialId?: Uint8Array | undefined;
    readonly breaks?: UseFault | undefined;
  }): AuthenticationCredential;
}

/** What the authenticator reads of the options: those of a payment passkey, and those of a passkey that only signs in. */
export type AskedCreation = Pick<
  CreationOptions,
  'rp' | 'user' | 'challenge' | 'pubKeyCredParams' | 'excludeCredentials' | 'attestation'
>;

/**
 * An authenticator that holds the credentials of `held`, by default none. `random` makes credential ids and user handles (default: node:crypto);
 * keys are always made by node:crypto. RSA keys take long to make, so all RS256 credentials of an authenticator share one.
 */
export function createSoftwareAuthenticator(
  input: Partial<AuthenticatorSettings> & {
    readonly aaguid?: Uint8Array;
    readonly random?: (bytes: number) => Uint8Array;
    readonly held?: readonly HeldCredential[];
  } = {},
): SoftwareAuthenticator {
  const { random = randomBytes, aaguid = DEFAULT_AAGUID, held = [], ...changed } = input;
  const settings: AuthenticatorSettings = { ...DEFAULT_SETTINGS, ...changed };
  const device: Device = {
    aaguid: Buffer.from(aaguid),
    settings,
    random,
    credentials: new Map(),
    idOfUser: new Map(),
    lazy: {},
  };
  for (const credential of held) hold(device, credential);
  return {
    aaguid: device.aaguid,
    settings,
    get credentials() {
      return [...device.credentials.values()];
    },
    create: (ceremony) => create(device, ceremony),
    use: (ceremony) => use(device, ceremony),
  };
}

const DEFAULT_AAGUID = Buffer.from('7061796d656e742d706173736b657973', 'hex');
const DEFAULT_SETTINGS: AuthenticatorSettings = {
  algorithm: 'ES256',
  attestation: 'none',
  backupEligible: false,
  backedUp: false,
  counts: true,
};
const CREDENTIAL_ID_BYTES = 32;

function create(
  device: Device,
  { options, origin, breaks }: Parameters<SoftwareAuthenticator['create']>[0],
): RegistrationCredential {
  const { settings } = device;
  const rpId = options.rp.id;
  assertRpId(rpId, origin);
  if (options.excludeCredentials.some(({ id }) => device.credentials.get(id)?.rpId === rpId)) {
    throw new DOMException('An excluded credential is held.', 'InvalidStateError');
  }
  if (!options.pubKeyCredParams.some(({ alg }) => alg === COSE_ALGORITHMS[settings.algorithm])) {
    throw new DOMException('None of the algorithms is supported.', 'NotSupportedError');
  }
  const credential: HeldCredential = {
    credentialId: bytes(device.random(CREDENTIAL_ID_BYTES)),
    rpId,
    userHandle: Buffer.from(options.user.id, 'base64url'),
    keyPair: newKeyPair(device),
    signCount: settings.counts ? 1 : 0,
  };
  const clientData = buildClientData({ type: 'webauthn.create', challenge: options.challenge, origin, breaks });
  const authData = buildAuthenticatorData(device, credential, {
    breaks,
    attested: buildAttestedData(device, credential, breaks),
  });
  const attestationObject = buildAttestation(device, { credential, options, authData, clientData, breaks });
  hold(device, credential);
  return {
    ...identify(device, credential, breaks),
    authenticatorAttachment: breaks === 'cross-platform' ? 'cross-platform' : 'platform',
    clientExtensionResults: { credProps: { rk: breaks !== 'not-resident' } },
    response: {
      clientDataJSON: clientData.toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: settings.backupEligible ? ['hybrid', 'internal'] : ['internal'],
    },
  };
}

function use(
  device: Device,
  { options, origin, credentialId, breaks }: Parameters<SoftwareAuthenticator['use']>[0],
): AuthenticationCredential {
  assertRpId(options.rpId, origin);
  const named = credentialId === undefined ? undefined : bytes(credentialId).toString('base64url');
  const credential = (named === undefined ? options.allowCredentials.map(({ id }) => id) : [named])
    .map((id) => device.credentials.get(id))
    .find((held) => held?.rpId === options.rpId);
  if (credential === undefined) throw new DOMException('No allowed credential is held.', 'NotAllowedError');
  if (device.settings.counts) credential.signCount += 1;
  const clientData = buildClientData({ type: 'webauthn.get', challenge: options.challenge, origin, breaks });
  const authData = buildAuthenticatorData(device, credential, { breaks });
  const signer = breaks === 'other-key' ? generateKeyPair(credential.keyPair.algorithm) : credential.keyPair;
  const signature = signWith(signer, signedData(authData, clientData));
  if (breaks === 'signature') flipLastBit(signature);
  const userHandle = breaks === 'other-user-handle' ? bytes(device.random(32)) : credential.userHandle;
  return {
    ...identify(device, credential, breaks),
    authenticatorAttachment: 'platform',
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: userHandle.toString('base64url'),
    },
  };
}

/** WebAuthn L3 §5.1.3 step 8: the RP ID is the origin's host or a suffix of it. */
function assertRpId(rpId: string, origin: string): void {
  const { hostname } = new URL(origin);
  if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) {
    throw new DOMException("The RP ID is not the origin's.", 'SecurityError');
  }
}

/** WebAuthn L3 §6.3.2 step 7: a passkey of the same user is replaced. */
function hold(device: Device, credential: HeldCredential): void {
  const id = credential.credentialId.toString('base64url');
  const user = `${credential.rpId} ${credential.userHandle.toString('base64url')}`;
  const replaced = device.idOfUser.get(user);
  if (replaced !== undefined) device.credentials.delete(replaced);
  device.idOfUser.set(user, id);
  device.credentials.set(id, credential);
}

function newKeyPair(device: Device): KeyPair {
  if (device.settings.algorithm !== 'RS256') return generateKeyPair(device.settings.algorithm);
  device.lazy.rsaKeyPair ??= generateKeyPair('RS256');
  return device.lazy.rsaKeyPair;
}

function identify(device: Device, { credentialId }: HeldCredential, breaks: CreateFault | UseFault | undefined) {
  const own = credentialId.toString('base64url');
  const other = () => bytes(device.random(CREDENTIAL_ID_BYTES)).toString('base64url');
  const id = breaks === 'other-credential-id' ? other() : own;
  return { id, rawId: breaks === 'id-is-not-raw-id' ? other() : id, type: 'public-key' as const };
}

function bytes(source: Uint8Array): Buffer {
  return Buffer.from(source.buffer, source.byteOffset, source.byteLength);
}
