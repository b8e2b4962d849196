/** WebAuthn L3 §8.3: attestation by a TPM, which certifies the passkey's key with an attestation identity key. */
import { hash, verify } from 'node:crypto';
import { findTpmAlgorithm, isKeyOf } from '../algorithms.ts';
import type { Certificate } from '../certificates/certificate.ts';
import { readName } from '../certificates/certificate.ts';
import { membersOf, readDer, readObjectIdentifier } from '../certificates/der.ts';
import { importKey } from '../public-key.ts';
import { signedData } from '../signature.ts';
import { checkCertifiedAaguid } from './packed.ts';
import { readCertifyInfo, readPublicArea } from './tpm-structures.ts';
import { ensureAttested, readChain, type StatementInput, type VerifiedStatement } from './verification.ts';

const [ALTERNATIVE_NAME, EXTENDED_KEY_USAGE] = ['2.5.29.17', '2.5.29.37'];
const AIK_CERTIFICATE = '2.23.133.8.3';
/** tcg-at-tpmManufacturer, -tpmModel, -tpmVersion (TCG EK Credential Profile §3.2.9). */
const TPM_NAMES = ['2.23.133.2.1', '2.23.133.2.2', '2.23.133.2.3'];
const DIRECTORY_NAME = 4;

export function verifyTpm(input: StatementInput): VerifiedStatement {
  const { statement, data, credential, publicKey, clientDataHash } = input;
  const [alg, signature] = [statement.get('alg'), statement.get('sig')];
  const [certInfo, pubArea] = [statement.get('certInfo'), statement.get('pubArea')];
  ensureAttested(statement.get('ver') === '2.0' && typeof alg === 'number' && signature instanceof Buffer);
  ensureAttested(certInfo instanceof Buffer && pubArea instanceof Buffer);
  const area = readPublicArea(pubArea);
  ensureAttested(area.key.equals(importKey(publicKey).key));

  const chain = readChain(statement.get('x5c'));
  const [leaf] = chain;
  const algorithm = findTpmAlgorithm(alg);
  ensureAttested(algorithm !== undefined && algorithm.digest !== null && isKeyOf(algorithm, leaf.publicKey));
  const certified = readCertifyInfo(certInfo);
  const attested = hash(algorithm.digest, signedData(data.bytes, clientDataHash), 'buffer');
  ensureAttested(certified.extraData.equals(attested));
  const name = Buffer.concat([area.nameAlgorithm, hash(area.nameHash, pubArea, 'buffer')]);
  ensureAttested(certified.name.equals(name));
  ensureAttested(verify(algorithm.digest, certInfo, leaf.publicKey, signature));
  checkIdentityCertificate(leaf);
  checkCertifiedAaguid(leaf, credential.aaguid);
  return { chain, aaguidSigned: true };
}

/** §8.3.1. Manufacturers are not listed here: the anchors decide which are trusted. */
function checkIdentityCertificate({ version, subject, constraints, extensions }: Certificate): void {
  ensureAttested(version === 3 && subject.length === 0);
  ensureAttested(constraints?.authority === false);
  const [usage, names] = [extensions.get(EXTENDED_KEY_USAGE), extensions.get(ALTERNATIVE_NAME)];
  ensureAttested(usage !== undefined && names !== undefined);
  const purposes = membersOf(readDer(usage.value)).map(readObjectIdentifier);
  ensureAttested(purposes.includes(AIK_CERTIFICATE));
  const directory = membersOf(readDer(names.value)).find(
    ({ tagClass, tag }) => tagClass === 2 && tag === DIRECTORY_NAME,
  );
  ensureAttested(directory !== undefined);
  const named = readName(readDer(directory.content)).map(([type]) => type);
  ensureAttested(TPM_NAMES.every((name) => named.includes(name)));
}
