/**
 * Changes one byte of a W3C vector. The result must be refused, unless the table lists the byte as free and says why. Each byte is changed in
 * three ways, and is free if one of the results is accepted. The free bytes must be exactly those of the table. `npm run drills` changes every
 * byte, `npm test` every twenty-fourth; each vector starts at another byte.
 */
import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../test/valid-ceremony.ts';
import { authenticationOf, decode, registrationOf, shownBy, VECTORS, type Vector } from '../test/vectors.ts';
import { readAttestationObject } from './attestation/attestation-object.ts';
import { verifyAssertion, verifyRegistration } from './index.ts';

/** The lowest bit (UP in the flags), the second (reserved in the flags), and all bits. */
const MASKS = [0x01, 0x02, 0xff];
const STEP = process.env.DRILLS ? 1 : 24;

interface FreeBytes {
  readonly where: (vector: Vector) => readonly number[];
  readonly why: string;
}

type Signing = 'none' | 'fido-u2f' | 'signed';

/** §8.7: `none` signs nothing. §8.6: `fido-u2f` signs the hash of the client data, the RP ID hash, the credential id and the key. */
const signingOf = (vector: Vector): Signing => {
  const { format } = shownBy(vector);
  return format === 'none' || format === 'fido-u2f' ? format : 'signed';
};

/** The free bytes of the attestation object. `signed` (packed, tpm, android-key, apple) has none. */
const FREE_IN_ATTESTATION: Readonly<Record<Signing, readonly FreeBytes[]>> = {
  none: [
    {
      where: (vector) => authenticatorBytes(vector, 32, 33),
      why: 'unsigned, the flags that nothing depends on, such as the reserved ones; UP, UV and the backup flags are held to the policy',
    },
    { where: (vector) => authenticatorBytes(vector, 33, 37), why: "the counter is the client's word" },
    {
      where: (vector) => authenticatorBytes(vector, 37, 53),
      why: "the AAGUID is the client's word, and does not count (aaguidVerified is false)",
    },
  ],
  'fido-u2f': [
    {
      where: (vector) => authenticatorBytes(vector, 32, 33),
      why: 'U2F has no flags to sign: the client makes them up (§6.1.2)',
    },
    { where: (vector) => authenticatorBytes(vector, 33, 37), why: 'nor does it sign its counter at registration' },
    { where: (vector) => authenticatorBytes(vector, 37, 53), why: 'nor has it an AAGUID (aaguidVerified is false)' },
  ],
  signed: [],
};

/** The free bytes of the client data at registration. A signature, if there is one, covers the hash of the client data. */
const FREE_IN_CLIENT_DATA: Readonly<Record<Signing, readonly FreeBytes[]>> = {
  none: [
    {
      where: (vector) => textBytes(vector, /(?<=")crossOrigin(?=")(?!.*"topOrigin")/),
      why: 'unsigned, a member by another name is one to be ignored, and no crossOrigin means false; but not beside a topOrigin',
    },
    {
      where: (vector) => textBytes(vector, /(?<=")topOrigin(?=")/),
      why: 'unsigned, likewise: older browsers do not tell the top origin',
    },
    {
      where: (vector) => textBytes(vector, /(?<=")extraData":"[^"]*(?=")/, /":"/),
      why: 'unsigned, and a member to be ignored (§5.8.1)',
    },
  ],
  'fido-u2f': [],
  signed: [],
};

describe.each(VECTORS)('§7.1, one byte changed: $id', { timeout: 300_000 }, (vector) => {
  const signing = signingOf(vector);

  test('attestationObject', async () => {
    const isTried = trialsOf(vector);
    const accepted = await freeBytes(decode(vector.registration.attestationObject), isTried, (bytes) =>
      registering(vector, 'attestationObject', bytes),
    );
    expect(accepted).toEqual(offsetsOf(FREE_IN_ATTESTATION[signing], vector).filter(isTried));
  });

  test('clientDataJSON', async () => {
    const isTried = trialsOf(vector);
    const accepted = await freeBytes(decode(vector.registration.clientDataJSON), isTried, (bytes) =>
      registering(vector, 'clientDataJSON', bytes),
    );
    expect(accepted).toEqual(offsetsOf(FREE_IN_CLIENT_DATA[signing], vector).filter(isTried));
  });
});

describe.each(VECTORS)('§7.2, one byte changed: $id', { timeout: 300_000 }, (vector) => {
  test.each(['authenticatorData', 'clientDataJSON', 'signature'] as const)('%s: none is free', async (member) => {
    const { credential, ...authentication } = authenticationOf(vector);
    const accepted = await freeBytes(decode(vector.authentication[member]), trialsOf(vector), (bytes) => {
      const response = { ...credential.response, [member]: bytes.toString('base64url') };
      return outcomeOf(verifyAssertion({ ...authentication, credential: { ...credential, response } }));
    });
    expect(accepted).toEqual([]);
  });
});

function registering(vector: Vector, member: 'attestationObject' | 'clientDataJSON', bytes: Buffer) {
  const { credential, ...registration } = registrationOf(vector);
  const response = { ...credential.response, [member]: bytes.toString('base64url') };
  return outcomeOf(verifyRegistration({ ...registration, credential: { ...credential, response } }));
}

/** Whether an offset is tried in this run. */
function trialsOf(vector: Vector): (offset: number) => boolean {
  const first = VECTORS.indexOf(vector);
  return (offset) => (offset + first) % STEP === 0;
}

/** The tried offsets at which a change is accepted. */
async function freeBytes(
  original: Buffer,
  isTried: (offset: number) => boolean,
  judge: (changed: Buffer) => Promise<string>,
): Promise<number[]> {
  const free: number[] = [];
  for (const offset of [...original.keys()].filter(isTried)) {
    for (const mask of MASKS) {
      const changed = Buffer.from(original);
      changed.writeUInt8(original.readUInt8(offset) ^ mask, offset);
      if ((await judge(changed)) !== 'accepted') continue;
      free.push(offset);
      break;
    }
  }
  return free;
}

function offsetsOf(rows: readonly FreeBytes[], vector: Vector): number[] {
  return rows.flatMap(({ where }) => where(vector)).toSorted((a, b) => a - b);
}

/** Offsets within the attestation object. `from` and `to` count in the authenticator data, which is its last part. */
function authenticatorBytes({ registration }: Vector, from: number, to: number): number[] {
  const object = decode(registration.attestationObject);
  const start = object.length - readAttestationObject(object).authenticatorData.length;
  return range(start + from, start + to);
}

/** Offsets of the match of `pattern` in the client data, except those of the match of `structure` within it. */
function textBytes({ registration }: Vector, pattern: RegExp, structure?: RegExp): number[] {
  const text = decode(registration.clientDataJSON).toString('latin1');
  const found = pattern.exec(text);
  if (found === null) return [];
  const fixed = structure?.exec(found[0]);
  const fixedAt = found.index + (fixed?.index ?? 0);
  return range(found.index, found.index + found[0].length).filter(
    (at) => !fixed || at < fixedAt || at >= fixedAt + fixed[0].length,
  );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
