/**
 * Builds what others install, to JavaScript and declarations in dist/ of each package: all of them, or those named on
 * the command line (`node ../../scripts/build.mjs channel`), whose dependencies have to be built before.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** In the order of their arrows. */
export const PUBLISHED = ['protocol', 'channel', 'storage', 'issuer', 'merchant', 'native', 'testkit'];
/** Parts of them run in a page; that the rest of them do not use the DOM, `npm run types` sees. */
const IN_A_PAGE = ['issuer'];
/** Run after the rest: what a package makes for pages without a bundler. */
const BUNDLES = { issuer: ['build-registration.mjs'], merchant: ['build-browser.mjs'] };

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIGS = path.join(ROOT, 'node_modules', '.cache', 'payment-passkeys');
const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

if (import.meta.filename === process.argv[1]) {
  const named = process.argv.slice(2);
  for (const name of PUBLISHED.filter((name) => named.length === 0 || named.includes(name))) build(name);
}

function build(name) {
  const folder = path.join(ROOT, 'packages', name);
  const config = path.join(CONFIGS, `${name}.json`);
  rmSync(path.join(folder, 'dist'), { recursive: true, force: true });
  mkdirSync(CONFIGS, { recursive: true });
  writeFileSync(config, JSON.stringify(configOf(folder)));
  run([TSC, '-p', config]);
  for (const script of BUNDLES[name] ?? []) run(['--conditions=source', path.join(folder, script)]);
  console.log(`packages/${name}/dist`);
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exit(1);
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
      lib: IN_A_PAGE.includes(path.basename(folder)) ? ['es2024', 'dom', 'dom.iterable'] : ['es2024'],
      typeRoots: [path.join(ROOT, 'node_modules', '@types')],
      rootDir: path.join(folder, 'src'),
      outDir: path.join(folder, 'dist'),
    },
    include: [path.join(folder, 'src')],
    exclude: ['test', 'fixture'].map((kind) => path.join(folder, 'src', '**', `*.${kind}.ts`)),
  };
}
