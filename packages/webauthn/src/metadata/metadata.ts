/** FIDO metadata from a file that the operator updates. The file is read and verified in the background; a copy of the last good one is kept. */
import { open, rename, writeFile } from 'node:fs/promises';
import type { AttestationTrust } from '../attestation-trust.ts';
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { type MetadataBlob, readMetadataBlob } from './metadata-blob.ts';
import { MetadataError } from './metadata-error.ts';

/** The FIDO Alliance's BLOB has about 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface MetadataSource {
  /** The BLOB, a compact JWT, as published at https://mds3.fidoalliance.org. The operator downloads it. */
  readonly file: string;
  /** Path of a copy of the last verified BLOB. It is used if `file` is bad at a restart. */
  readonly lastGoodFile: string;
  /** Certificates in DER of the authorities that certify the signer. With an empty list, no metadata is trusted. */
  readonly roots: readonly Uint8Array[];
  /** The host that the BLOB's certificate is for: `mds.fidoalliance.org`. */
  readonly signer: string;
  readonly clock: () => Date;
}

export interface MetadataStatus {
  readonly number: number;
  /** `YYYY-MM-DD`. */
  readonly nextUpdate: string;
  readonly models: number;
}

export interface Metadata {
  /** Finds the trust anchors in the last good BLOB, in memory. */
  readonly trust: AttestationTrust;
  /** The description of a model in the last good BLOB, by its AAGUID. */
  readonly findModel: (aaguid: string) => string | undefined;
  readonly status: () => MetadataStatus;
  /**
   * Reads the file again; concurrent calls share one reading. Throws {@link MetadataError}; the last good BLOB then stays in use. The code
   * OLDER means that the BLOB has a smaller number: it could lack later revocations of authenticator models.
   */
  readonly refresh: () => Promise<void>;
}

/**
 * Opens the metadata from the file, or from the last good copy if the file is refused or older. Throws the file's {@link MetadataError} if
 * both fail, and an error if a root cannot be read.
 */
export async function openMetadata(source: MetadataSource): Promise<Metadata> {
  const roots = source.roots.map(readCertificate);
  let blob = await openNewer(source, roots);
  let refreshing: Promise<void> | undefined;
  async function refresh(): Promise<void> {
    const next = await readFile(source.file, { ...source, roots });
    if (next.blob.number < blob.number) throw new MetadataError('OLDER');
    await writeCopy(next.text, source.lastGoodFile);
    blob = next.blob;
  }
  return {
    trust: { findAnchors: (aaguid) => blob.anchors.get(aaguid) ?? [] },
    findModel: (aaguid) => blob.names.get(aaguid),
    status: () => ({
      number: blob.number,
      nextUpdate: blob.nextUpdate,
      models: blob.anchors.size,
    }),
    refresh: () => {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
  };
}

/** The newer one of the file and the last good copy, so that an older file cannot replace a newer BLOB. */
async function openNewer(source: MetadataSource, roots: readonly Certificate[]): Promise<MetadataBlob> {
  const [file, lastGood] = await Promise.allSettled([
    readFile(source.file, { ...source, roots }),
    readFile(source.lastGoodFile, { ...source, roots }),
  ]);
  if (
    file.status === 'fulfilled' &&
    (lastGood.status === 'rejected' || file.value.blob.number >= lastGood.value.blob.number)
  ) {
    await writeCopy(file.value.text, source.lastGoodFile);
    return file.value.blob;
  }
  if (lastGood.status === 'fulfilled') return lastGood.value.blob;
  throw file.status === 'rejected' ? file.reason : new MetadataError('UNREADABLE');
}

async function readFile(
  file: string,
  { roots, signer, clock }: Pick<MetadataSource, 'signer' | 'clock'> & { readonly roots: readonly Certificate[] },
): Promise<{ readonly text: string; readonly blob: MetadataBlob }> {
  const text = await readText(file).catch((cause: unknown) => {
    throw new MetadataError('UNREADABLE', { cause });
  });
  return { text, blob: readMetadataBlob(text, { roots, signer, at: clock() }) };
}

async function readText(file: string): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  if (size > MAX_FILE_BYTES) throw new RangeError('The file is too large.');
  return handle.readFile('utf8');
}

/** Replaces the copy atomically. */
async function writeCopy(text: string, file: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
