/**
 * Compares our verification with two independent libraries on generated ceremonies: valid ones, and ones with one fault. The table explains each
 * disagreement. The test fails for a disagreement without a row, and for a row without a disagreement.
 * DIFFERENTIAL_ROUNDS sets the size of the run. The default is 1 (about 375 ceremonies), in `npm run drills` (DRILLS) 24.
 */
import { expect, test } from 'vitest';
import { type Fault, type Generated, generateCeremonies } from '../test/generated-ceremonies.ts';
import { fido2Lib, type Judge, ours, simpleWebAuthn } from '../test/judges.ts';

interface Disagreement {
  readonly judge: 'SimpleWebAuthn' | 'fido2-lib';
  readonly they: 'accept' | 'refuse';
  readonly kind: 'create' | 'use' | 'both';
  readonly fault: Fault;
  /** Undefined: all algorithms. */
  readonly algorithms?: readonly string[];
  /** Undefined: all attestations. */
  readonly attestations?: readonly string[];
  readonly why: string;
}

const signed = ['packed-self'];
const unsignedByTheKey = ['none', 'packed-x5c'];
/** fido2-lib refuses every EdDSA ceremony, so its other faults show only with these algorithms. */
const known = ['ES256', 'RS256'];

const EXPLAINED: readonly Disagreement[] = [
  // SimpleWebAuthn 14.0.3: client data, and the members outside of the signed data.
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'both',
    fault: 'cross-origin',
    why: 'it reads crossOrigin in neither ceremony',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'top-origin',
    why: 'it reads topOrigin at authentication only',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'both',
    fault: 'other-credential-id',
    why: 'it does not compare id with the attested credential, nor with the stored one: the caller is to have looked it up',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'use',
    fault: 'other-user-handle',
    why: 'it leaves the user handle to the caller',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'cross-platform',
    why: 'it leaves the attachment to the caller',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'not-resident',
    why: 'it leaves credProps to the caller',
  },
  // The key and the attestation.
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'algorithm-swapped',
    algorithms: ['ES256', 'EdDSA'],
    why: 'it does not hold the algorithm to the key type and curve',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'algorithm-swapped',
    algorithms: ['RS256'],
    attestations: unsignedByTheKey,
    why: 'likewise; a self attestation shows it',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'public-key-damaged',
    algorithms: known,
    attestations: unsignedByTheKey,
    why: 'it checks neither that the point is on the curve nor the exponent',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'public-key-forgeable',
    algorithms: ['EdDSA', 'RS256'],
    attestations: unsignedByTheKey,
    why: 'it checks neither the order of the point nor the modulus',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'attestation-algorithm',
    algorithms: ['EdDSA'],
    attestations: signed,
    why: 'it does not hold the alg of a self attestation to the key, and an Ed25519 key verifies by itself',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'attestation-object-trailing-bytes',
    why: 'its CBOR decoder stops after the first item',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'accept',
    kind: 'create',
    fault: 'authenticator-data-truncated',
    attestations: unsignedByTheKey,
    why: 'its CBOR decoder takes a byte string that is cut short',
  },
  {
    judge: 'SimpleWebAuthn',
    they: 'refuse',
    kind: 'use',
    fault: 'counter-behind',
    why: 'it refuses; to us a counter is a signal of risk (synced passkeys may go backwards)',
  },

  // fido2-lib 3.5.9.
  {
    judge: 'fido2-lib',
    they: 'refuse',
    kind: 'both',
    fault: 'none',
    algorithms: ['EdDSA'],
    why: 'it does not support EdDSA',
  },
  {
    judge: 'fido2-lib',
    they: 'refuse',
    kind: 'create',
    fault: 'public-key-damaged',
    algorithms: ['EdDSA'],
    attestations: unsignedByTheKey,
    why: 'likewise; we take 32 bytes that are no point, which make a passkey that never verifies',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'both',
    fault: 'cross-origin',
    algorithms: known,
    why: 'it reads neither crossOrigin nor topOrigin',
  },
  { judge: 'fido2-lib', they: 'accept', kind: 'both', fault: 'top-origin', algorithms: known, why: 'likewise' },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'both',
    fault: 'backed-up-but-not-eligible',
    algorithms: known,
    why: 'it knows no backup flags (Level 2)',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'both',
    fault: 'authenticator-data-trailing-bytes',
    algorithms: known,
    why: 'it does not look for the end',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'create',
    fault: 'cross-platform',
    algorithms: known,
    why: 'it leaves the attachment to the caller',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'create',
    fault: 'not-resident',
    algorithms: known,
    why: 'it leaves credProps to the caller',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'create',
    fault: 'public-key-damaged',
    algorithms: ['RS256'],
    attestations: unsignedByTheKey,
    why: 'it checks no exponent',
  },
  {
    judge: 'fido2-lib',
    they: 'accept',
    kind: 'create',
    fault: 'public-key-forgeable',
    algorithms: ['RS256'],
    attestations: unsignedByTheKey,
    why: 'nor whether the modulus is odd',
  },
  {
    judge: 'fido2-lib',
    they: 'refuse',
    kind: 'use',
    fault: 'counter-behind',
    why: 'it refuses; to us a counter is a signal of risk',
  },
];

const JUDGES: Readonly<Record<Disagreement['judge'], Judge>> = {
  SimpleWebAuthn: simpleWebAuthn,
  'fido2-lib': fido2Lib,
};
const rounds = Number(process.env.DIFFERENTIAL_ROUNDS ?? (process.env.DRILLS ? 24 : 1));

test('ours and two others agree, but where the table says why not', { timeout: 60_000 * rounds }, async () => {
  const [unexplained, used] = [new Set<string>(), new Set<Disagreement>()];
  const verdicts = { accepted: 0, refused: 0 };
  for await (const ceremony of generateCeremonies(rounds)) {
    const accepted = await judge(ours, ceremony);
    verdicts[accepted ? 'accepted' : 'refused'] += 1;
    // Every ceremony with a fault is refused, with two exceptions. The table has them too.
    const harmless =
      ceremony.fault === 'counter-behind' ||
      (ceremony.fault === 'public-key-damaged' &&
        ceremony.algorithm === 'EdDSA' &&
        ceremony.attestation !== 'packed-self');
    expect(accepted, describeCeremony(ceremony)).toBe(ceremony.fault === 'none' || harmless);
    for (const [name, other] of Object.entries(JUDGES)) {
      if ((await judge(other, ceremony)) === accepted) continue;
      const row = EXPLAINED.find((it) => it.judge === name && explains(it, ceremony, accepted ? 'refuse' : 'accept'));
      if (row === undefined)
        unexplained.add(`${name} would ${accepted ? 'refuse' : 'accept'}: ${describeCeremony(ceremony)}`);
      else used.add(row);
    }
  }
  expect([...unexplained]).toEqual([]);
  expect(EXPLAINED.filter((row) => !used.has(row))).toEqual([]);
  expect(verdicts.accepted).toBeGreaterThan(20 * rounds);
  expect(verdicts.refused).toBeGreaterThan(200 * rounds);
});

function judge({ create, use }: Judge, ceremony: Generated): Promise<boolean> {
  return ceremony.kind === 'create' ? create(ceremony.creation) : use(ceremony.use);
}

function explains(
  row: Disagreement,
  { kind, fault, algorithm, attestation }: Generated,
  they: Disagreement['they'],
): boolean {
  return (
    row.they === they &&
    row.fault === fault &&
    (row.kind === kind || row.kind === 'both') &&
    (row.algorithms?.includes(algorithm) ?? true) &&
    (row.attestations?.includes(attestation) ?? true)
  );
}

function describeCeremony({ kind, fault, algorithm, attestation }: Generated): string {
  return `${kind}, ${fault}, ${algorithm}, ${attestation}`;
}
