/** WebAuthn L3 §8.8: Apple anonymous attestation. The certificate itself is the signature: it names a hash of what is attested. */
import { contentOf, findExplicit, membersOf, OCTET_STRING, readDer } from '../certificates/der.ts';
import { importKey } from '../public-key.ts';
import { sha256, signedData } from '../signature.ts';
import { ensureAttested, readChain, type StatementInput, type VerifiedStatement } from './verification.ts';

const NONCE = '1.2.840.113635.100.8.2';

export function verifyApple({ statement, data, publicKey, clientDataHash }: StatementInput): VerifiedStatement {
  const chain = readChain(statement.get('x5c'));
  const [{ extensions, publicKey: certified }] = chain;
  const extension = extensions.get(NONCE);
  ensureAttested(extension !== undefined);
  // SEQUENCE { [1] EXPLICIT OCTET STRING }
  const nonce = contentOf(findExplicit(membersOf(readDer(extension.value)), 1), OCTET_STRING);
  ensureAttested(nonce.equals(sha256(signedData(data.bytes, clientDataHash))));
  ensureAttested(certified.equals(importKey(publicKey).key));
  return { chain, aaguidSigned: true };
}
