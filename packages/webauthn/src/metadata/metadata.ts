/** FIDO metadata from a file that an operator keeps up to date: read and verified beside the requests, the last good copy kept. */
import { open, rename, writeFile } from 'node:fs/promises';
import type { AttestationTrust } from '../attestation-trust.ts';
import { type Certificate, readCertificate } from '../certificates/certificate.ts';
import { type MetadataBlob, readMetadataBlob } from './metadata-blob.ts';
import { MetadataError } from './metadata-error.ts';

/** The Alliance's own has about 10 MB. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

export interface MetadataSource {
  /** The BLOB, a compact JWT, as published at https://mds3.fidoalliance.org; fetched there by the operator's own means. */
  readonly file: string;
  /** Where each verified BLOB is copied to, so that a bad `file` does not outlive a restart. */
  readonly lastGoodFile: string;
  /** DER, of the authorities that certify the signer. None, no metadata. */
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
  /** A newer BLOB was due: this one is still used, and somebody should know. */
  readonly overdue: boolean;
}

export interface Metadata {
  /** The anchors of the last good BLOB; a look-up in memory. */
  readonly trust: AttestationTrust;
  readonly status: () => MetadataStatus;
  /**
   * Reads the file again; calls at the same time share one reading. Throws {@link MetadataError}, and then the last good copy stays
   * in use; OLDER for a BLOB with a smaller number, which would bring back what has been revoked.
   */
  readonly refresh: () => Promise<void>;
}

/**
 * Opens the metadata with the file, or with the last good copy where the file is not to be used. Throws the file's {@link MetadataError}
 * when neither is; and what reading a root throws.
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
      overdue: source.clock().toISOString().slice(0, 10) > blob.nextUpdate,
    }),
    refresh: () => {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
  };
}

/** The newer of the file and the last good copy: a file that was put back is no older than what was in use. */
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

/** In one step, so that a reader finds the old copy or the new one. */
async function keep(text: string, file: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
