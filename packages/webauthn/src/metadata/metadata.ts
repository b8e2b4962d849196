/** FIDO metadata from a file that the operator updates: read and verified in the background; the last good copy is kept. */
import { open, rename, writeFile } from 'node:fs/promises';
import type { AttestationTrust } from '../attestation-trust.ts';
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { type MetadataBlob, readMetadataBlob } from './metadata-blob.ts';
import { MetadataError } from './metadata-error.ts';

/** The FIDO Alliance's BLOB has about 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface MetadataSource {
  /** The BLOB, a compact JWT, as published at https://mds3.fidoalliance.org; fetched there by the operator's own means. */
  readonly file: string;
  /** Path of the copy of the last verified BLOB, so that after a restart a bad `file` does no harm. */
  readonly lastGoodFile: string;
  /** DER: the authorities that certify the signer. Without any, no metadata is trusted. */
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
  /** The anchors of the last good BLOB; a look-up in memory. */
  readonly trust: AttestationTrust;
  readonly status: () => MetadataStatus;
  /**
   * Reads the file again; concurrent calls share one reading. Throws {@link MetadataError}; the last good copy then stays in use. OLDER:
   * the BLOB has a smaller number, and would bring back revoked models.
   */
  readonly refresh: () => Promise<void>;
}

/**
 * Opens the metadata from the file, or from the last good copy when the file must not be used. Throws the file's {@link MetadataError} when
 * both fail, and an error when a root cannot be read.
 */
export async function openMetadata(source: MetadataSource): Promise<Metadata> {
  const roots = source.roots.map(readCertificate);
  let blob = await openFirst(source, roots);
  let refreshing: Promise<void> | undefined;
  async function refresh(): Promise<void> {
    const next = await readFile(source.file, { ...source, roots });
    if (next.blob.number < blob.number) throw new MetadataError('OLDER');
    await keep(next.text, source.lastGoodFile);
    blob = next.blob;
  }
  return {
    trust: { findAnchors: (aaguid) => blob.anchors.get(aaguid) ?? [] },
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
async function openFirst(source: MetadataSource, roots: readonly Certificate[]): Promise<MetadataBlob> {
  const [file, lastGood] = await Promise.allSettled([
    readFile(source.file, { ...source, roots }),
    readFile(source.lastGoodFile, { ...source, roots }),
  ]);
  if (
    file.status === 'fulfilled' &&
    (lastGood.status === 'rejected' || file.value.blob.number >= lastGood.value.blob.number)
  ) {
    await keep(file.value.text, source.lastGoodFile);
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

/** Replaces the copy in one step. */
async function keep(text: string, file: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
