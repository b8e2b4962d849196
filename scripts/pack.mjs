/**
 * Builds and packs the packages for publication: `npm run pack -- FOLDER` writes one tarball for each package into FOLDER. They are packed
 * from a copy without the parts for the workspace: the condition `source`, whose files are not shipped, and devDependencies.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PUBLISHED } from './build.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Builds the packages first, if necessary.
 *
 * @param {string} destination a folder, made if absent.
 * @returns {Readonly<Record<string, string>>} the tarball's path of each package, by its folder's name.
 */
export function packPackages(destination) {
  const build = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'build.mjs')], { stdio: 'inherit' });
  if (build.status !== 0) throw new Error('The build failed; what it said stands above.');
  mkdirSync(destination, { recursive: true });
  const stage = mkdtempSync(path.join(tmpdir(), 'payment-passkeys-pack-'));
  try {
    return Object.fromEntries(PUBLISHED.map((name) => [name, pack(name, path.join(stage, name), destination)]));
  } finally {
    rmSync(stage, { recursive: true });
  }
}

function pack(name, folder, destination) {
  const home = path.join(ROOT, 'packages', name);
  mkdirSync(folder);
  const { devDependencies, scripts, ...manifest } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  const published = { ...manifest, exports: withoutSource(manifest.exports) };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  cpSync(path.join(home, 'dist'), path.join(folder, 'dist'), { recursive: true });
  copyFileSync(path.join(home, 'README.md'), path.join(folder, 'README.md'));
  copyFileSync(path.join(ROOT, 'LICENSE'), path.join(folder, 'LICENSE'));
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack of ${name} failed:\n${stderr}`);
  const packed = JSON.parse(stdout);
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  return path.join(destination, filename);
}

function withoutSource(entries) {
  return Object.fromEntries(
    Object.entries(entries).map(([entry, target]) => {
      if (typeof target === 'string') return [entry, target];
      const { source, ...conditions } = target;
      return [entry, conditions];
    }),
  );
}

if (import.meta.filename === process.argv[1]) {
  const destination = path.resolve(process.argv[2] ?? '.');
  for (const file of Object.values(packPackages(destination))) console.log(file);
}
