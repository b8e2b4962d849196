/**
 * Builds what others install, to JavaScript and declarations in dist/ of each package: all of them, or those named on
 * the command line (`node ../../scripts/build.mjs channel`), whose dependencies have to be built before.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** In the order of their arrows. */
const PUBLISHED = ['protocol', 'channel', 'storage', 'issuer', 'testkit'];

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGS = path.join(ROOT, 'node_modules', '.cache', 'payment-passkeys');
const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

const named = process.argv.slice(2);
for (const name of PUBLISHED.filter((name) => named.length === 0 || named.includes(name))) build(name);

function build(name) {
  const folder = path.join(ROOT, 'packages', name);
  const config = path.join(CONFIGS, `${name}.json`);
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  mkdirSync(CONFIGS, { recursive: true });
  writeFileSync(config, JSON.stringify(configOf(folder)));
  const { status } = spawnSync(process.execPath, [TSC, '-p', config], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  console.log(`packages/${name}/dist`);
}

/** Without the condition `source`: a package is built against what its dependencies publish. */
function configOf(folder) {
  return {
    extends: path.join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      declaration: true,
      customConditions: [],
      typeRoots: [path.join(ROOT, 'node_modules', '@types')],
      rootDir: path.join(folder, 'src'),
      outDir: path.join(folder, 'dist'),
    },
    include: [path.join(folder, 'src')],
    exclude: [path.join(folder, 'src', '**', '*.test.ts')],
  };
}
