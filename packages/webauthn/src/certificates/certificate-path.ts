/** Whether a certificate chain ends at a given anchor: the part of RFC 5280 §6.1 that attestation and metadata need. */
import { BASIC_CONSTRAINTS, type Certificate } from './certificate.ts';

const [KEY_USAGE, ALTERNATIVE_NAME, EXTENDED_KEY_USAGE] = ['2.5.29.15', '2.5.29.17', '2.5.29.37'];
/** The critical extensions that this code or node:crypto handles; any other is refused (§4.2), such as name constraints. */
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, ALTERNATIVE_NAME, EXTENDED_KEY_USAGE]);

/**
 * Whether the chain, leaf first, reaches one of the anchors: an anchor issued one of its certificates, or is one of them (WebAuthn L3 §7.1
 * step 24: even the leaf). Every certificate up to the anchor, which is included, must be valid at `at`, strong, without an unknown
 * critical extension, and issued by the next one; all but the leaf must be authorities for paths of that length. False for an empty chain,
 * and without anchors. Does not check revocation: attestation certificates are revoked by metadata.
 */
export function reachesAnchor(
  chain: readonly Certificate[],
  { anchors, at }: { readonly anchors: readonly Certificate[]; readonly at: Date },
): boolean {
  for (const [depth, certificate] of chain.entries()) {
    if (!isAcceptable(certificate, at)) return false;
    if (anchors.some((anchor) => anchor.der.equals(certificate.der))) return true;
    if (anchors.some((anchor) => isAcceptable(anchor, at) && issued(anchor, certificate, depth))) return true;
    const issuer = chain[depth + 1];
    if (issuer === undefined || !issued(issuer, certificate, depth)) return false;
  }
  return false;
}

function isAcceptable({ x509, extensions, strong }: Certificate, at: Date): boolean {
  const critical = [...extensions].filter(([, extension]) => extension.critical);
  return strong && x509.validFromDate <= at && at <= x509.validToDate && critical.every(([oid]) => UNDERSTOOD.has(oid));
}

/** `depth` is the number of authorities between the issuer and the leaf. node:crypto checks key usage and key identifiers. */
function issued(issuer: Certificate, { x509 }: Certificate, depth: number): boolean {
  const { constraints } = issuer;
  return (
    constraints?.authority === true &&
    constraints.pathLength >= depth &&
    x509.checkIssued(issuer.x509) &&
    x509.verify(issuer.publicKey)
  );
}
