/** Ceremonies by the software authenticator, for every algorithm and attestation: valid ones, and ones with each fault that it can make. */
import { randomBytes } from 'node:crypto';
import { type CreateFault, createSoftwareAuthenticator, type UseFault } from '@payment-passkeys/authenticator';
import { buildCreationOptions, type StoredPasskey, verifyRegistration } from '../src/index.ts';
import type { Creation, Use } from './judges.ts';
import { ALGORITHMS, ATTESTATIONS, NOW, ORIGIN, POLICY, useAgain } from './valid-ceremony.ts';

/** `none` is a valid ceremony. */
export type Fault = CreateFault | UseFault | 'none';

export type GeneratedCeremony =
  | { readonly kind: 'create'; readonly creation: Creation }
  | { readonly kind: 'use'; readonly use: Use };
export type Generated = GeneratedCeremony & {
  readonly fault: Fault;
  readonly algorithm: string;
  readonly attestation: string;
};

const COMMON_FAULTS = [
  'none',
  'client-data-not-json',
  'wrong-type',
  'wrong-challenge',
  'wrong-origin',
  'cross-origin',
  'top-origin',
  'wrong-rp-id',
  'user-not-present',
  'user-not-verified',
  'backed-up-but-not-eligible',
  'id-is-not-raw-id',
  'other-credential-id',
  'authenticator-data-truncated',
  'authenticator-data-trailing-bytes',
] as const satisfies readonly Fault[];

const CREATE_FAULTS: readonly (CreateFault | 'none')[] = [
  ...COMMON_FAULTS,
  'attestation-object-trailing-bytes',
  'none-with-statement',
  'attestation-format-unknown',
  'attestation-signature',
  'attestation-algorithm',
  'attestation-aaguid',
  'algorithm-swapped',
  'algorithm-not-offered',
  'public-key-damaged',
  'public-key-forgeable',
  'not-resident',
  'cross-platform',
];
const USE_FAULTS: readonly (UseFault | 'none')[] = [
  ...COMMON_FAULTS,
  'signature',
  'other-key',
  'counter-behind',
  'other-user-handle',
];

/** About 370 ceremonies a round, one of each kind. Each round has other backup flags and counters; each ceremony has its own challenge. */
export async function* generateCeremonies(rounds: number): AsyncGenerator<Generated> {
  for (const algorithm of ALGORITHMS) {
    for (const attestation of ATTESTATIONS) {
      const device = createSoftwareAuthenticator({ algorithm, attestation });
      for (let round = 0; round < rounds; round++) {
        const backupEligible = round % 2 === 1;
        Object.assign(device.settings, { backupEligible, backedUp: round % 4 === 3, counts: round % 3 !== 2 });
        for (const fault of CREATE_FAULTS) {
          const creation = createWith(device, fault);
          if (creation) yield { kind: 'create', creation, fault, algorithm, attestation };
        }
        for await (const [fault, use] of useWith(device)) yield { kind: 'use', use, fault, algorithm, attestation };
      }
    }
  }
}

type Device = ReturnType<typeof createSoftwareAuthenticator>;

/** Undefined if this attestation cannot have the fault. */
function createWith(device: Device, fault: CreateFault | 'none') {
  const [challenge, userId] = [randomBytes(32), randomBytes(32)];
  const names = { userName: '•••• 4444', userDisplayName: '•••• 4444', excludeCredentials: [] };
  const options = buildCreationOptions({ policy: POLICY, challenge, userId, ...names });
  try {
    const credential = device.create({ options, origin: ORIGIN, breaks: fault === 'none' ? undefined : fault });
    return { policy: POLICY, challenge, credential, now: NOW, userId };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function* useWith(device: Device): AsyncGenerator<[UseFault | 'none', Use]> {
  const created = createWith(device, 'none');
  const held = device.credentials.at(-1);
  if (created === undefined || held === undefined) throw new Error('A valid creation always succeeds.');
  const publicKeyPem = held.keyPair.publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const registered = await verifyRegistration(created);
  for (const fault of USE_FAULTS) {
    const passkey: StoredPasskey = { ...registered, signCount: held.signCount, userHandle: created.userId };
    // A counter can be lower than last time only from the second use on.
    if (fault === 'counter-behind' && held.signCount < 2) continue;
    yield [fault, { ...useAgain(device, passkey, fault === 'none' ? undefined : fault), publicKeyPem }];
  }
}
