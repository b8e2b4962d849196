/** WebAuthn L3 §8.2: packed attestation, by a certified key or by the passkey itself. */
import type { Certificate } from '../certificates/certificate.ts';
import { contentOf, OCTET_STRING, readDer } from '../certificates/der.ts';
import { importKey } from '../public-key.ts';
import { isSignedBy, isSignedByPasskey, signedData } from '../signature.ts';
import { ensureAttested, readChain, type StatementInput, type VerifiedStatement } from './verification.ts';

const [COUNTRY, ORGANISATION, UNIT, COMMON_NAME] = ['2.5.4.6', '2.5.4.10', '2.5.4.11', '2.5.4.3'];
const FIDO_GEN_CE_AAGUID = '1.3.6.1.4.1.45724.1.1.4';

export function verifyPacked(input: StatementInput): VerifiedStatement {
  const { statement, data, credential, publicKey, clientDataHash } = input;
  const [algorithm, signature] = [statement.get('alg'), statement.get('sig')];
  const signed = signedData(data.bytes, clientDataHash);
  if (!statement.has('x5c')) {
    ensureAttested(algorithm === publicKey.algorithm);
    ensureAttested(isSignedByPasskey(signature, importKey(publicKey), signed));
    return { chain: [], aaguidSigned: false };
  }
  const chain = readChain(statement.get('x5c'));
  const [leaf] = chain;
  ensureAttested(isSignedBy(signature, { algorithm, key: leaf.publicKey, data: signed }));
  checkPackedCertificate(leaf);
  checkCertifiedAaguid(leaf, credential.aaguid);
  return { chain, aaguidSigned: true };
}

/** §8.2.1. */
function checkPackedCertificate({ version, subject, constraints }: Certificate): void {
  const attribute = (oid: string) => subject.find(([type]) => type === oid)?.[1] ?? '';
  ensureAttested(version === 3);
  ensureAttested(/^[A-Za-z]{2}$/.test(attribute(COUNTRY)));
  ensureAttested(attribute(ORGANISATION) !== '' && attribute(COMMON_NAME) !== '');
  ensureAttested(attribute(UNIT) === 'Authenticator Attestation');
  ensureAttested(constraints?.authority === false);
}

/** If the certificate names a model, it must be the one in the authenticator data (§8.2, §8.3); the extension must not be critical. */
export function checkCertifiedAaguid({ extensions }: Certificate, aaguid: Buffer): void {
  const extension = extensions.get(FIDO_GEN_CE_AAGUID);
  if (extension === undefined) return;
  ensureAttested(!extension.critical && contentOf(readDer(extension.value), OCTET_STRING).equals(aaguid));
}
