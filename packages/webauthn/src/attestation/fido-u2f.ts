/** WebAuthn L3 §8.6: attestation of a U2F authenticator. It signs neither the flags nor the counter nor the AAGUID. */
import { isSignedBy } from '../signature.ts';
import { ensureAttested, readChain, type StatementInput, type VerifiedStatement } from './verification.ts';

const ES256 = -7;
const [X, Y] = [-2, -3];

export function verifyFidoU2f(input: StatementInput): VerifiedStatement {
  const { statement, data, credential, publicKey, clientDataHash } = input;
  const chain = readChain(statement.get('x5c'));
  ensureAttested(chain.length === 1 && publicKey.algorithm === ES256);
  const [x, y] = [publicKey.members.get(X), publicKey.members.get(Y)];
  ensureAttested(x instanceof Buffer && y instanceof Buffer);
  const uncompressed = Buffer.concat([Buffer.of(0x04), x, y]);
  const signed = Buffer.concat([Buffer.of(0), data.rpIdHash, clientDataHash, credential.credentialId, uncompressed]);
  // ES256 demands a key on P-256 (§8.6 step 2).
  ensureAttested(isSignedBy(statement.get('sig'), { algorithm: ES256, key: chain[0].publicKey, data: signed }));
  return { chain, aaguidSigned: false };
}
