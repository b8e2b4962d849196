/** Whether a chain of certificates ends at an anchor of ours: RFC 5280 §6.1, as far as attestation and metadata need it. */
import { BASIC_CONSTRAINTS, type Certificate } from './certificate.ts';

const [KEY_USAGE, ALTERNATIVE_NAME, EXTENDED_KEY_USAGE] = ['2.5.29.15', '2.5.29.17', '2.5.29.37'];
/** The critical extensions that are understood here or by node:crypto; §4.2 refuses any other, name constraints among them. */
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, ALTERNATIVE_NAME, EXTENDED_KEY_USAGE]);

/**
 * Whether the chain, leaf first, reaches one of the anchors: one that issued a certificate of it, or is one (WebAuthn L3 §7.1 step 24: also
 * the leaf itself). Every certificate up to there, the anchor among them, is valid at `at`, strong, without a critical extension
 * that is not understood, and issued by the next; all but the leaf are authorities for paths of that length. An empty list of
 * anchors, or an empty chain, reaches nothing. Does not check revocation: attestation certificates are revoked by metadata.
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

/** `depth` is how many authorities stand between the issuer and the leaf. node:crypto holds key usage and key identifiers to each other. */
function issued(issuer: Certificate, { x509 }: Certificate, depth: number): boolean {
  const { constraints } = issuer;
  return (
    constraints?.authority === true &&
    constraints.pathLength >= depth &&
    x509.checkIssued(issuer.x509) &&
    x509.verify(issuer.publicKey)
  );
}
