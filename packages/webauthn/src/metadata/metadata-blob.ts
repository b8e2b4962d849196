/** A FIDO metadata BLOB (FIDO Metadata Service v3.1 §3.1): verified to one of the operator's roots, and read for its trust anchors. */
import { verify } from 'node:crypto';
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { reachesAnchor } from '../certificates/certificate-path.ts';
import { isRecord } from '../credential.ts';
import { isAaguid } from '../policy.ts';
import { MetadataError, type MetadataErrorCode } from './metadata-error.ts';

const MAX_CHAIN_LENGTH = 8;

export interface MetadataBlob {
  /** The serial number (§3.1.6), which only grows. */
  readonly number: number;
  /** `YYYY-MM-DD`: the latest date of the next BLOB. */
  readonly nextUpdate: string;
  /** The anchors of the models that may be trusted, by AAGUID. */
  readonly anchors: ReadonlyMap<string, readonly Certificate[]>;
  /** The descriptions of all models, by AAGUID. */
  readonly names: ReadonlyMap<string, string>;
}

/** JWS algorithms (RFC 7518 §3.1) of the header, with the certificate key that they take. */
const ALGORITHMS: Readonly<
  Record<string, { readonly digest: string; readonly type: string; readonly curve?: string }>
> = {
  RS256: { digest: 'sha256', type: 'rsa' },
  ES256: { digest: 'sha256', type: 'ec', curve: 'prime256v1' },
  ES384: { digest: 'sha384', type: 'ec', curve: 'secp384r1' },
};

/**
 * §3.1.4: a model that ever had one of these statuses gets no anchors, so its attestations are not trusted: no attestation tells which of its
 * devices were repaired.
 */
const COMPROMISED: ReadonlySet<unknown> = new Set([
  'REVOKED',
  'USER_VERIFICATION_BYPASS',
  'ATTESTATION_KEY_COMPROMISE',
  'USER_KEY_REMOTE_COMPROMISE',
  'USER_KEY_PHYSICAL_COMPROMISE',
]);

/**
 * Verifies and reads a BLOB (§3.2): its certificates end at one of the roots and are valid at `at`; the first one is for the host `signer` (public
 * roots certify any host); the signature is by its key. Throws {@link MetadataError}. Does not check revocation of the signer's certificate, nor
 * whether the BLOB is overdue.
 */
export function readMetadataBlob(
  jwt: string,
  { roots, signer, at }: { readonly roots: readonly Certificate[]; readonly signer: string; readonly at: Date },
): MetadataBlob {
  const [header = '', payload = '', signature = '', ...more] = jwt.trim().split('.');
  if (more.length > 0) throw new MetadataError('MALFORMED');
  const { alg, x5c } = readJson(header);
  const chain = readChain(x5c);
  const [leaf] = chain;
  if (!reachesAnchor(chain, { anchors: roots, at })) throw new MetadataError('CHAIN_NOT_TRUSTED');
  if (leaf === undefined || leaf.x509.checkHost(signer) === undefined) throw new MetadataError('WRONG_SIGNER');
  if (!isSignedBy(leaf, { alg, signature, signed: `${header}.${payload}` }))
    throw new MetadataError('SIGNATURE_INVALID');
  return readPayload(readJson(payload));
}

/** A header without certificates, or with an `x5u` to fetch them from, is refused: nothing is fetched. */
function readChain(x5c: unknown): readonly Certificate[] {
  if (!Array.isArray(x5c) || x5c.length > MAX_CHAIN_LENGTH) throw new MetadataError('MALFORMED');
  return attempt('MALFORMED', () =>
    x5c.map((certificate) => readCertificate(Buffer.from(String(certificate), 'base64'))),
  );
}

function isSignedBy(
  { publicKey }: Certificate,
  { alg, signature, signed }: { readonly alg: unknown; readonly signature: string; readonly signed: string },
): boolean {
  const algorithm = typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (algorithm === undefined || algorithm.type !== type || algorithm.curve !== details?.namedCurve) return false;
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
  return verify(algorithm.digest, Buffer.from(signed), key, Buffer.from(signature, 'base64url'));
}

function readPayload({ no, nextUpdate, entries }: Record<string, unknown>): MetadataBlob {
  const dated = typeof nextUpdate === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(nextUpdate);
  if (typeof no !== 'number' || !Number.isSafeInteger(no) || !dated || !Array.isArray(entries)) {
    throw new MetadataError('MALFORMED');
  }
  const records = entries.filter(isRecord);
  const anchors = new Map(records.flatMap((entry) => readModel(entry)));
  return { number: no, nextUpdate, anchors, names: new Map(records.flatMap((entry) => readName(entry))) };
}

/** FIDO Metadata Statement v3 §4: `description`, at most 200 characters. Control characters and longer texts are not taken. */
function readName({ aaguid, metadataStatement }: Record<string, unknown>): [string, string][] {
  if (!isAaguid(aaguid) || !isRecord(metadataStatement)) return [];
  const { description } = metadataStatement;
  return typeof description === 'string' && /^[^\p{Cc}\p{Cs}]{1,200}$/u.test(description)
    ? [[aaguid, description]]
    : [];
}

/** Entries of UAF and U2F authenticators have no AAGUID and are skipped. */
function readModel({ aaguid, statusReports, metadataStatement }: Record<string, unknown>): [string, Certificate[]][] {
  if (!isAaguid(aaguid) || !isRecord(metadataStatement) || !Array.isArray(statusReports)) return [];
  if (statusReports.some((report) => !isRecord(report) || COMPROMISED.has(report.status))) return [];
  const roots: unknown = metadataStatement.attestationRootCertificates;
  return Array.isArray(roots) ? [[aaguid, roots.flatMap(readAnchor)]] : [];
}

/** An unreadable certificate is skipped: one vendor's mistake must not disable all metadata. */
function readAnchor(text: unknown): Certificate[] {
  try {
    return [readCertificate(Buffer.from(String(text), 'base64'))];
  } catch {
    return [];
  }
}

function readJson(part: string): Record<string, unknown> {
  const value = attempt('MALFORMED', (): unknown => JSON.parse(Buffer.from(part, 'base64url').toString()));
  if (!isRecord(value)) throw new MetadataError('MALFORMED');
  return value;
}

function attempt<Result>(code: MetadataErrorCode, step: () => Result): Result {
  try {
    return step();
  } catch (cause) {
    throw new MetadataError(code, { cause });
  }
}
